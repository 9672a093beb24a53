-- Which of inventory's events the availability is from: one that comes late (a dead letter that is retried) must not
-- undo a newer one.
ALTER TABLE products ADD COLUMN availability_position BIGINT NOT NULL DEFAULT 0;
