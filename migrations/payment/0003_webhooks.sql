-- What the payment provider tells us of its own accord, stored before it is acted on; (provider, event_id) is the
-- provider's name for it. The body is not kept: which charge it speaks of is all that is used.
CREATE TABLE webhook_inbox (
    provider    TEXT   NOT NULL,
    event_id    TEXT   NOT NULL,
    charge      TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('received','done','dead')),
    attempts    BIGINT NOT NULL DEFAULT 0,
    error       TEXT   NOT NULL DEFAULT '',
    next_try_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX webhook_inbox_open ON webhook_inbox (state, next_try_at) WHERE state <> 'done';
CREATE INDEX webhook_inbox_age ON webhook_inbox (received_at);

-- Orders that were given up while their payment was not; emptied by the reconciler.
CREATE TABLE given_up (
    order_id TEXT   NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL
);

-- Whose payments: filled afterwards from payments.seq, so that no checkout writes it.
CREATE TABLE payment_payers (
    payer_id   TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    PRIMARY KEY (payer_id, payment_id)
);
CREATE TABLE payment_counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO payment_counters (name, value) VALUES ('indexed_seq', 0);
