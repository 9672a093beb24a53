-- Mails on their way (mailing.hpp). A row outlives its mail by mail.retention, empty but for the reference, so that
-- what is said twice is sent once.
CREATE TABLE mails (
    reference   TEXT   NOT NULL PRIMARY KEY,
    recipient   TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    state       TEXT   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','sent','dead')),
    attempts    BIGINT NOT NULL DEFAULT 0,
    error       TEXT   NOT NULL DEFAULT '',
    next_at     BIGINT NOT NULL,
    lease_owner TEXT   NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL,
    settled_at  BIGINT
) WITHOUT ROWID;
CREATE INDEX mails_due ON mails (next_at) WHERE state = 'waiting';
CREATE INDEX mails_settled ON mails (settled_at) WHERE state <> 'waiting';
CREATE INDEX mails_recipient ON mails (recipient) WHERE recipient <> '';

-- Persons that are being erased, or were (ids only). email stays until no mail to it is left.
CREATE TABLE erasures (
    user_id   TEXT   NOT NULL PRIMARY KEY,
    email     TEXT   NOT NULL,
    waits_for TEXT   NOT NULL DEFAULT '',
    asked_at  BIGINT NOT NULL,
    ended_at  BIGINT
) WITHOUT ROWID;
CREATE INDEX erasures_ended ON erasures (ended_at) WHERE ended_at IS NOT NULL;

-- Which text it was that somebody consented to at consent_at.
ALTER TABLE users ADD COLUMN consent_text TEXT NOT NULL DEFAULT '';
