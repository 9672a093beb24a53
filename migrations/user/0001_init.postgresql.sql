-- Accounts. email is kept in lower case, so that the unique index knows no case. Addresses are one JSON array, always
-- replaced as a whole. consent_at is null only for administrators made on the command line.
CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('customer','vendor','admin')),
    first_name    TEXT   NOT NULL,
    last_name     TEXT   NOT NULL,
    phone         TEXT,
    addresses     TEXT   NOT NULL DEFAULT '[]',
    consent_at    BIGINT,
    version       BIGINT NOT NULL DEFAULT 1,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);

-- Tokens signed out before their time, until they expire by themselves.
CREATE TABLE revoked_tokens (
    token_id   TEXT   NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
-- Other processes on this database look for new ones every second.
CREATE INDEX revoked_tokens_news ON revoked_tokens (revoked_at);
