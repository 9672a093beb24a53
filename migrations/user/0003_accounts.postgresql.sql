-- What an account can do besides existing: be disabled, ask to sell, have its e-mail verified, have a second factor.
-- totp_secret is sealed (the key is not in the database) and null without one; totp_step is the last step accepted.
ALTER TABLE users ADD COLUMN status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active','disabled'));
ALTER TABLE users ADD COLUMN vendor_requested BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN email_verified_at BIGINT;
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_enabled_at BIGINT;
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT -1;
CREATE INDEX users_role ON users (role, id);

-- Codes in place of a lost second factor: hashed, deleted when used.
CREATE TABLE recovery_codes (
    user_id   TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- One row per token that is good. seen_at is the hour, device the kind of browser: no more is known of a person.
CREATE TABLE sessions (
    token_id   TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    device     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, token_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Where all tokens of a person ended at once: those with an id below first_id are worth nothing, but for kept_id.
CREATE TABLE token_epochs (
    user_id    TEXT   NOT NULL PRIMARY KEY,
    first_id   TEXT   NOT NULL,
    kept_id    TEXT,
    moved_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX token_epochs_expiry ON token_epochs (expires_at);
-- Other processes on this database look for new ones every second.
CREATE INDEX token_epochs_news ON token_epochs (moved_at);

-- Secrets that were mailed: their hashes, until they are used or their time is over.
CREATE TABLE account_tokens (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    purpose    TEXT   NOT NULL CHECK (purpose IN ('reset','verify')),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_tokens_user ON account_tokens (user_id, purpose);
CREATE INDEX account_tokens_expiry ON account_tokens (expires_at);

-- Letters asked for by somebody who is not signed in, until they are dealt with. The e-mail is sealed: it may be
-- nobody's here.
CREATE TABLE letter_requests (
    id           TEXT   NOT NULL PRIMARY KEY,
    purpose      TEXT   NOT NULL CHECK (purpose IN ('reset','verify')),
    email        TEXT   NOT NULL,
    requested_at BIGINT NOT NULL
);
