-- Payments are appended in time order (payment and order ids are UUIDv7). Nothing here is keyed by the payer: that
-- index would be written at random places in the transaction of every checkout.
CREATE TABLE payments (
    id             TEXT   NOT NULL PRIMARY KEY,
    order_id       TEXT   NOT NULL,
    payer_id       TEXT   NOT NULL,
    amount_minor   BIGINT NOT NULL CHECK (amount_minor >= 0),
    captured_minor BIGINT NOT NULL DEFAULT 0 CHECK (captured_minor IN (0, amount_minor)),
    refunded_minor BIGINT NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    currency       TEXT   NOT NULL,
    method         TEXT   NOT NULL,
    status         TEXT   NOT NULL CHECK (status IN
                   ('pending','authorized','captured','failed','partially_refunded','refunded')),
    reason         TEXT   NOT NULL DEFAULT '',
    version        BIGINT NOT NULL DEFAULT 1,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    CHECK (refunded_minor <= captured_minor)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX payments_order ON payments (order_id);

-- One row per change; version is the payment's version after it.
CREATE TABLE payment_history (
    payment_id TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    status     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (payment_id, version)
);

-- The simulated gateway's own ledger: what a real provider would keep on its side. Only simulated_gateway.cpp reads
-- and writes it; the module's rules never do.
CREATE TABLE simulated_charges (
    key          TEXT   NOT NULL PRIMARY KEY,
    amount_minor BIGINT NOT NULL,
    currency     TEXT   NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('captured','declined','error','cancelled')),
    calls        BIGINT NOT NULL DEFAULT 1,
    at           BIGINT NOT NULL
);
CREATE TABLE simulated_refunds (
    charge_key   TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    at           BIGINT NOT NULL,
    PRIMARY KEY (charge_key, key)
);
