-- Who may see an event besides administrators (events/audience.hpp): ids of users, one space between them. Events
-- from before this have none: administrators alone see them.
ALTER TABLE outbox ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE dead_letters ADD COLUMN audience TEXT NOT NULL DEFAULT '';
