// The unfinished sagas of a database as administrators see them. Changes nothing. Thread rule: plain
// functions on the session they are given.
#pragma once

#include <db/database.hpp>
#include <string>
#include <vector>

namespace cloudretail::saga {

struct Listed {
    Uuid id{};
    std::string type, state, reason;  // state: running, pending, compensating
    int attempts = 0;                 // as last stored; Engine::progress knows better where it drives it
    Timestamp deadline{}, lease_until{}, created_at{}, updated_at{};
};

/// Empty = all.
struct Filter {
    std::string type{}, state{};
};

/// Newest first, those with an id below `before_id` ("" = from the newest).
std::vector<Listed> list(db::Session& session, const Filter& filter, std::string_view before_id, int limit);
std::int64_t count(db::Session& session, const Filter& filter);

struct Counts {
    std::int64_t running = 0, pending = 0, compensating = 0;
    std::int64_t overdue = 0;  // past their deadline, in whatever state
};
Counts counts(db::Session& session, Timestamp now);

}  // namespace cloudretail::saga
