-- A reservation ends released or shipped. Movements tell of which order and refund they are, and are found by
-- product, because that is how they are read; no movement is written when an order is placed
-- (docs/decisions, the ledger lies by product).
ALTER TABLE reservations ADD COLUMN shipped_at BIGINT CHECK (shipped_at IS NULL OR released_at IS NULL);

ALTER TABLE movements DROP CONSTRAINT movements_kind_check;
ALTER TABLE movements ADD CONSTRAINT movements_kind_check
    CHECK (kind IN ('received','adjusted','shipped','returned','transferred'));
ALTER TABLE movements ADD COLUMN order_id TEXT COLLATE "C";
ALTER TABLE movements ADD COLUMN refund_id TEXT COLLATE "C";
ALTER TABLE movements DROP CONSTRAINT movements_pkey;
ALTER TABLE movements ADD PRIMARY KEY (product_id, id);
-- What left for an order, and came back. Order ids are UUIDv7: nearly appended.
CREATE INDEX movements_order ON movements (order_id) WHERE order_id IS NOT NULL;
