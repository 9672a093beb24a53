-- Refunds in parts, each once: a refund's amount is claimed (refunding_minor) before the gateway is asked. What is
-- taken off a payment before it is captured is lowered_minor, so captured need no longer be the whole amount; SQLite
-- cannot alter a CHECK, so the table is built again. seq is the order of commits: what is filled afterwards follows it.
CREATE TABLE payments_rebuilt (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT   NOT NULL UNIQUE,
    order_id        TEXT   NOT NULL,
    payer_id        TEXT   NOT NULL,
    amount_minor    BIGINT NOT NULL CHECK (amount_minor >= 0),
    captured_minor  BIGINT NOT NULL DEFAULT 0 CHECK (captured_minor IN (0, amount_minor - lowered_minor)),
    refunded_minor  BIGINT NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    lowered_minor   BIGINT NOT NULL DEFAULT 0 CHECK (lowered_minor >= 0 AND lowered_minor <= amount_minor),
    refunding_minor BIGINT NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0),
    currency        TEXT   NOT NULL,
    method          TEXT   NOT NULL,
    status          TEXT   NOT NULL CHECK (status IN
                    ('pending','authorized','captured','failed','partially_refunded','refunded')),
    reason          TEXT   NOT NULL DEFAULT '',
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    CHECK (refunded_minor + refunding_minor <= captured_minor)
);
INSERT INTO payments_rebuilt (id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, currency, method,
                              status, reason, version, created_at, updated_at)
    SELECT id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, currency, method, status, reason,
           version, created_at, updated_at FROM payments ORDER BY id;
DROP TABLE payments;
ALTER TABLE payments_rebuilt RENAME TO payments;
CREATE UNIQUE INDEX payments_order ON payments (order_id);

-- One row per refund; its id is the gateway's key for it. begun: claimed, the outcome is not known yet.
CREATE TABLE refunds (
    id           TEXT   NOT NULL PRIMARY KEY,
    payment_id   TEXT   NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    status       TEXT   NOT NULL CHECK (status IN ('begun','done','declined')),
    reason       TEXT   NOT NULL DEFAULT '',
    begun_at     BIGINT NOT NULL,
    ended_at     BIGINT
) WITHOUT ROWID;
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_begun ON refunds (begun_at) WHERE status = 'begun';
INSERT INTO refunds (id, payment_id, amount_minor, status, begun_at, ended_at)
    SELECT id || ':undo', id, refunded_minor, 'done', updated_at, updated_at FROM payments WHERE refunded_minor > 0;
