-- What housekeeping keeps about itself.

-- Work that one of several processes does (db/lease.hpp); a row per kind of work.
CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- When a process last had the subscription; 0 = not noted yet (events/upkeep.hpp).
ALTER TABLE subscriptions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
