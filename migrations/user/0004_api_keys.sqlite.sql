-- Keys of programs that act for a person. Of a key its hash (SHA-256 of what nobody can guess) and its first characters
-- are kept; scopes are names with a blank between two; used_at is the minute. A row goes when the key ends: other
-- processes learn of it by revoked_tokens.
CREATE TABLE api_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    hint       TEXT   NOT NULL,
    key_hash   TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
) WITHOUT ROWID;
CREATE INDEX api_keys_user ON api_keys (user_id, id);
CREATE INDEX api_keys_expiry ON api_keys (expires_at);
