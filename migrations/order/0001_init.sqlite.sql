-- Orders and their lines are appended in time order (ids are UUIDv7). Nothing keyed by customer or vendor is written
-- when an order is placed: order_parties is filled afterwards from orders.seq (docs/decisions, storage layout).
CREATE TABLE orders (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT   NOT NULL UNIQUE,
    number           TEXT   NOT NULL,
    customer_id      TEXT   NOT NULL,
    status           TEXT   NOT NULL CHECK (status IN ('pending','confirmed','shipped','delivered','failed','cancelled')),
    cancelling       BIGINT NOT NULL DEFAULT 0,
    reason           TEXT,
    total_minor      BIGINT NOT NULL CHECK (total_minor >= 0),
    currency         TEXT   NOT NULL,
    shipping_address TEXT   NOT NULL,
    payment_id       TEXT   NOT NULL,
    payment_method   TEXT   NOT NULL,
    payment_status   TEXT   NOT NULL,
    version          BIGINT NOT NULL DEFAULT 1,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);

CREATE TABLE order_lines (
    order_id         TEXT   NOT NULL,
    line             BIGINT NOT NULL,
    product_id       TEXT   NOT NULL,
    vendor_id        TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    unit_price_minor BIGINT NOT NULL CHECK (unit_price_minor >= 0),
    quantity         BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, line)
) WITHOUT ROWID;

-- Who may see an order: its customer and the vendors of its lines.
CREATE TABLE order_parties (
    party_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (party_id, order_id)
) WITHOUT ROWID;

-- How far order_parties reaches, and the next block of order numbers.
CREATE TABLE order_counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO order_counters (name, value) VALUES ('indexed_seq', 0), ('next_number', 1001);
