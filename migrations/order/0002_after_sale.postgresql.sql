-- What becomes of an order after it is confirmed. Nothing here is written when an order is placed: a vendor's
-- fulfilment is pending as long as it has no row.
CREATE TABLE fulfilments (
    order_id        TEXT   NOT NULL,
    vendor_id       TEXT   NOT NULL,
    status          TEXT   NOT NULL CHECK (status IN ('pending','shipped','delivered','cancelled')),
    step            TEXT   NOT NULL DEFAULT '' CHECK (step IN ('','shipping','cancelling')),
    step_id         TEXT   NOT NULL DEFAULT '', -- the saga that takes the step
    tracking_number TEXT   NOT NULL DEFAULT '',
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (order_id, vendor_id)
);

-- Money given back, or on its way back; the id is the saga's and the payment module's. Kept with the order.
CREATE TABLE refunds (
    order_id     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('refund','cancellation')),
    status       TEXT   NOT NULL CHECK (status IN ('pending','done','failed')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 0),
    reason       TEXT   NOT NULL, -- as a person wrote it: erased with the customer
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (order_id, id)
);

-- Pieces a refund names.
CREATE TABLE refund_lines (
    order_id   TEXT   NOT NULL,
    refund_id  TEXT   NOT NULL,
    product_id TEXT   NOT NULL,
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    restock    BIGINT NOT NULL,
    PRIMARY KEY (order_id, refund_id, product_id)
);

-- Every event of an order, kept as long as the order; filled from the outboxes of order and payment.
CREATE TABLE timeline (
    order_id TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    source   TEXT   NOT NULL,
    position BIGINT NOT NULL,
    type     TEXT   NOT NULL,
    data     TEXT   NOT NULL, -- without what is the order's own: id, number, customer, currency
    PRIMARY KEY (order_id, at, source, position)
);

-- What the customer or an administrator wrote when cancelling: erased with the customer.
ALTER TABLE orders ADD COLUMN cancel_note TEXT NOT NULL DEFAULT '';
