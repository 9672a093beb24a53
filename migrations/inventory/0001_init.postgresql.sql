-- Stock per product and warehouse. vendor_id is the product's, kept here to list a vendor's own stock.
CREATE TABLE stock (
    product_id          TEXT COLLATE "C" NOT NULL,
    warehouse           TEXT COLLATE "C" NOT NULL,
    vendor_id           TEXT COLLATE "C" NOT NULL,
    quantity            BIGINT NOT NULL CHECK (quantity >= 0),
    reserved            BIGINT NOT NULL CHECK (reserved >= 0),
    low_stock_threshold BIGINT NOT NULL CHECK (low_stock_threshold >= 0),
    version             BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    CHECK (reserved <= quantity),
    PRIMARY KEY (product_id, warehouse)
) WITH (fillfactor = 70);
CREATE INDEX stock_vendor ON stock (vendor_id, product_id);

-- What orders hold, a row per order line and warehouse; order ids are UUIDv7, so rows are appended. An order
-- that was released before it reserved has one row with an empty product and quantity 0. There is no other
-- index: this table is written with every order (docs/decisions, storage layout).
CREATE TABLE reservations (
    order_id    TEXT COLLATE "C" NOT NULL,
    product_id  TEXT COLLATE "C" NOT NULL,
    warehouse   TEXT COLLATE "C" NOT NULL,
    quantity    BIGINT NOT NULL CHECK (quantity >= 0),
    created_at  BIGINT NOT NULL,
    released_at BIGINT,
    PRIMARY KEY (order_id, product_id, warehouse)
);

-- The ledger: appended to, never changed. The sum of a stock row's deltas is its quantity, always.
CREATE TABLE movements (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    product_id TEXT COLLATE "C" NOT NULL,
    warehouse  TEXT COLLATE "C" NOT NULL,
    delta      BIGINT NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('received','adjusted')),
    reason     TEXT,
    actor_id   TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
