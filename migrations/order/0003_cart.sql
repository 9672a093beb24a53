-- A customer's cart, read and written as a whole. Nothing here is written when an order is placed, unless it says that it
-- comes from the cart.
CREATE TABLE carts (
    user_id    TEXT   NOT NULL PRIMARY KEY,
    items      TEXT   NOT NULL, -- JSON, a line each: product, quantity, price in minor units and name when it was put in
    version    BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- For the sweep of those that nobody came back to.
CREATE INDEX carts_by_change ON carts (updated_at);
