-- Endpoints that users named for events, who they are, and how they stand. `events` are types or patterns ("order.*"),
-- one space between them. A row with deleted_at waits until its deliveries are gone.
CREATE TABLE webhooks (
    id              TEXT   NOT NULL PRIMARY KEY,
    owner_id        TEXT   NOT NULL,
    owner_role      TEXT   NOT NULL CHECK (owner_role IN ('customer','vendor','admin')),
    owner_active    BIGINT NOT NULL DEFAULT 1,
    url             TEXT   NOT NULL,
    events          TEXT   NOT NULL,
    description     TEXT   NOT NULL,
    active          BIGINT NOT NULL,
    disabled_reason TEXT   NOT NULL CHECK (disabled_reason IN ('','gone','failing')),
    failures        BIGINT NOT NULL DEFAULT 0,
    failing_since   BIGINT,
    held_until      BIGINT NOT NULL DEFAULT 0,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    deleted_at      BIGINT
);
CREATE INDEX webhooks_owner ON webhooks (owner_id, id);
CREATE INDEX webhooks_deleted ON webhooks (id) WHERE deleted_at IS NOT NULL;

-- What each endpoint's messages are signed with, sealed (the key is not in the database): the newest for good, those
-- before it until they expire.
CREATE TABLE secrets (
    webhook_id TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    sealed     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (webhook_id, id)
);
CREATE INDEX secrets_expiry ON secrets (expires_at) WHERE expires_at IS NOT NULL;

-- Changes with every change of who listens to what: tells a process that its copy is old.
CREATE TABLE listeners_stamp (
    id    BIGINT PRIMARY KEY CHECK (id = 1),
    stamp TEXT   NOT NULL
);
INSERT INTO listeners_stamp (id, stamp) VALUES (1, '');

-- What is sent: one row per event and form (0: all of the event's data, 1: what others than its owner may see).
CREATE TABLE messages (
    id          TEXT   NOT NULL,
    form        BIGINT NOT NULL,
    type        TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    traceparent TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (id, form)
);
CREATE INDEX messages_age ON messages (at);

-- A message to an endpoint. tries and round_at are of the present round: redelivering begins a new one.
CREATE TABLE deliveries (
    id           TEXT   NOT NULL PRIMARY KEY,
    webhook_id   TEXT   NOT NULL,
    message_id   TEXT   NOT NULL,
    message_form BIGINT NOT NULL,
    type         TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('pending','delivered','dead')),
    attempts     BIGINT NOT NULL DEFAULT 0,
    tries        BIGINT NOT NULL DEFAULT 0,
    round_at     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    lease_owner  TEXT   NOT NULL DEFAULT '',
    lease_until  BIGINT NOT NULL DEFAULT 0,
    error        TEXT   NOT NULL DEFAULT '',
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (message_id, webhook_id);
CREATE INDEX deliveries_list ON deliveries (webhook_id, id);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at, id, state) WHERE state = 'pending';
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state = 'dead';
CREATE INDEX deliveries_dead_of ON deliveries (webhook_id, id) WHERE state = 'dead';
CREATE INDEX deliveries_age ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- Each try of a delivery. status 0: there was no answer, and error says why.
CREATE TABLE attempts (
    delivery_id TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status      BIGINT NOT NULL,
    error       TEXT   NOT NULL,
    response    TEXT   NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
