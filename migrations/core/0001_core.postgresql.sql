-- What every module's database keeps besides its own tables.

-- Events written in the transaction of their change (events/outbox.hpp). position and published_at are set by the relay.
CREATE TABLE outbox (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     TEXT NOT NULL,
    type         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    data         TEXT NOT NULL,
    traceparent  TEXT NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    position     BIGINT UNIQUE,
    published_at BIGINT
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE position IS NULL;

-- The last position given; one row.
CREATE TABLE relay_state (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    position BIGINT NOT NULL
);
INSERT INTO relay_state (id, position) VALUES (1, 0);

-- How far each subscription has read its source: its inbox (events/bus.hpp).
CREATE TABLE subscriptions (
    name     TEXT PRIMARY KEY,
    source   TEXT NOT NULL,
    position BIGINT NOT NULL
);

-- Events whose handler failed for good.
CREATE TABLE dead_letters (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription   TEXT NOT NULL,
    source         TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    type           TEXT NOT NULL,
    subject        TEXT NOT NULL,
    data           TEXT NOT NULL,
    traceparent    TEXT NOT NULL DEFAULT '',
    event_at       BIGINT NOT NULL,
    event_position BIGINT NOT NULL,
    error          TEXT NOT NULL,
    attempts       BIGINT NOT NULL,
    parked_at      BIGINT NOT NULL
);

-- Answers by idempotency key (db/idempotency.hpp). Subjects are time-ordered ids, so rows are appended; the index by
-- key is small and, by its bucket of 12 hours, appended to in the large.
CREATE TABLE idempotency (
    subject     TEXT NOT NULL,
    scope       TEXT NOT NULL,
    bucket      BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      BIGINT NOT NULL DEFAULT 0,
    body        TEXT NOT NULL DEFAULT '',
    location    TEXT NOT NULL DEFAULT '',
    etag        TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (subject, scope)
);
CREATE UNIQUE INDEX idempotency_key ON idempotency (bucket, scope);

-- Processes that span modules and have not ended (saga/saga.hpp).
CREATE TABLE sagas (
    id          TEXT PRIMARY KEY,
    type        TEXT NOT NULL,
    data        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('running', 'compensating', 'pending')),
    reason      TEXT NOT NULL DEFAULT '',
    attempts    BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0,
    deadline_at BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- The number of each writer's last batch: settles a COMMIT whose answer was lost (db/group_commit.cpp).
CREATE TABLE writer_marks (
    writer_id  TEXT PRIMARY KEY,
    batch      BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
