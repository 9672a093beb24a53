-- A reservation ends released or shipped. Movements tell of which order and refund they are, and lie by
-- product, because that is how they are read; no movement is written when an order is placed
-- (docs/decisions, the ledger lies by product).
ALTER TABLE reservations ADD COLUMN shipped_at BIGINT CHECK (shipped_at IS NULL OR released_at IS NULL);

CREATE TABLE ledger (
    product_id TEXT NOT NULL,
    id         TEXT NOT NULL,
    warehouse  TEXT NOT NULL,
    delta      BIGINT NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('received','adjusted','shipped','returned','transferred')),
    reason     TEXT,
    actor_id   TEXT   NOT NULL,
    order_id   TEXT,
    refund_id  TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (product_id, id)
) WITHOUT ROWID;
INSERT INTO ledger (product_id, id, warehouse, delta, kind, reason, actor_id, created_at)
    SELECT product_id, id, warehouse, delta, kind, reason, actor_id, created_at FROM movements ORDER BY product_id, id;
DROP TABLE movements;
ALTER TABLE ledger RENAME TO movements;
-- What left for an order, and came back. Order ids are UUIDv7: nearly appended.
CREATE INDEX movements_order ON movements (order_id) WHERE order_id IS NOT NULL;
