-- One order as the server writes it (src/modules/*/store.cpp, core/saga/store.cpp, core/db/idempotency.cpp,
-- core/events/outbox.cpp), one statement per round trip: the limit bench/run holds checkout on PostgreSQL against.
-- Schemas "order", inventory and payment are made from migrations/ by bench/run. As in bench/raw_sqlite.cpp, nothing of
-- what comes after the answer is here, and no savepoint.
\set product random(1, 1000)
\set n random(1, 1000000000000)
\set m random(1, 1000000000000)
SELECT fingerprint, status, body, location, etag, subject, scope FROM "order".idempotency WHERE scope = :n || '-' || :m AND bucket IN (99, 98, 97, 97) ORDER BY bucket DESC LIMIT 1;
BEGIN;
SELECT fingerprint, status, body, location, etag, subject, scope FROM "order".idempotency WHERE scope = :n || '-' || :m AND bucket IN (99, 98, 97, 97) ORDER BY bucket DESC LIMIT 1;
INSERT INTO "order".idempotency (subject, scope, bucket, fingerprint, status, body, location, etag, created_at) VALUES (:n || '-' || :m, :n || '-' || :m, 99, 'f', 0, repeat('b', 760), 'l', '', 1) ON CONFLICT DO NOTHING;
INSERT INTO "order".orders (id, number, customer_id, status, total_minor, currency, shipping_address, payment_id, payment_method, payment_status, created_at, updated_at) VALUES (:n || '-' || :m, '1001', 'c', 'pending', 1250, 'USD', '{"street":"1 Main St","city":"London","zipCode":"SW1A","country":"UK"}', :n || '-' || :m, 'card', 'pending', 1, 1);
INSERT INTO "order".order_lines (order_id, line, product_id, vendor_id, name, unit_price_minor, quantity) VALUES (:n || '-' || :m, 1, 'p' || :product, 'v', 'Product', 1250, 1);
INSERT INTO "order".sagas (id, type, data, state, reason, attempts, lease_owner, lease_until, deadline_at, created_at, updated_at) VALUES (:n || '-' || :m, 'checkout', repeat('d', 320), 'running', '', 0, 'o', 1, 1, 1, 1);
COMMIT;
BEGIN;
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(:n)) SELECT product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, version FROM held CROSS JOIN inventory.stock WHERE product_id IN ('p' || :product) ORDER BY product_id, warehouse FOR UPDATE OF stock;
SELECT product_id, warehouse, quantity, released_at, shipped_at FROM inventory.reservations WHERE order_id = :n || '-' || :m ORDER BY product_id, warehouse;
UPDATE inventory.stock SET reserved = reserved + 1, version = version + 1 WHERE product_id = 'p' || :product AND warehouse = 'Main' AND reserved + 1 <= quantity;
INSERT INTO inventory.reservations (order_id, product_id, warehouse, quantity, created_at) VALUES (:n || '-' || :m, 'p' || :product, 'Main', 1, 1);
COMMIT;
BEGIN;
INSERT INTO payment.payments (id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, currency, method, status, reason, version, created_at, updated_at) VALUES (:n || '-' || :m, :n || '-' || :m, 'c', 1250, 0, 0, 'USD', 'card', 'pending', '', 1, 1, 1) ON CONFLICT (id) DO NOTHING;
INSERT INTO payment.payment_history (payment_id, version, status, at) VALUES (:n || '-' || :m, 1, 'pending', 1);
COMMIT;
INSERT INTO payment.simulated_charges (key, amount_minor, currency, status, at) VALUES (:n || '-' || :m, 1250, 'USD', 'captured', 1) ON CONFLICT (key) DO NOTHING;
BEGIN;
UPDATE payment.payments SET status = 'captured', reason = '', captured_minor = 1250, refunded_minor = 0, lowered_minor = 0, refunding_minor = 0, version = 2, updated_at = 1 WHERE id = :n || '-' || :m AND version = 1;
INSERT INTO payment.payment_history (payment_id, version, status, at) VALUES (:n || '-' || :m, 2, 'captured', 1);
INSERT INTO payment.outbox (event_id, type, subject, data, traceparent, audience, created_at) VALUES ('e', 'payment.captured', :n || '-' || :m, repeat('e', 190), '', repeat('u', 36), 1);
COMMIT;
BEGIN;
DELETE FROM "order".sagas WHERE id = :n || '-' || :m AND lease_owner = 'o';
UPDATE "order".orders SET status = 'confirmed', payment_status = CASE payment_status WHEN 'pending' THEN 'captured' ELSE payment_status END, updated_at = COALESCE(CAST(NULL AS BIGINT), updated_at), version = version + 1 WHERE id = :n || '-' || :m AND status = 'pending';
INSERT INTO "order".outbox (event_id, type, subject, data, traceparent, audience, created_at) VALUES ('e', 'order.created', :n || '-' || :m, repeat('e', 170), '', repeat('u', 73), 1);
COMMIT;
