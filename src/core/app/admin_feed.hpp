// Lists that go over all modules (sagas, events, dead letters, audit entries): each module's newest rows,
// merged by time, as one page. A module whose database is away is named instead of failing the whole. Holds
// no SQL. Thread rule: coroutines on the caller's executor; readers run where databases run.
#pragma once

#include <app/health.hpp>
#include <functional>
#include <gateway/page.hpp>
#include <string>
#include <vector>

namespace cloudretail::app {

/// A row of one module's list.
struct FeedRow {
    Timestamp at{};
    std::string position;  // what its module's list is ordered by: a number or a UUID
    std::string json;
};

struct FeedPart {
    std::vector<FeedRow> rows{};
    std::int64_t total = 0;
};

/// Reads at most `limit` rows before `position` ("" = from the newest), newest first. A plain function; owns
/// what it needs.
using FeedReader =
    std::function<FeedPart(db::Session&, const std::string& module, const std::string& position, int limit)>;

/// Answers the page that the call asks for, of all modules or of the one named by the query's `module`; with
/// `members` (JSON text without braces) beside the items. Errors: validation.
Task<Result<http::Response>> answer_feed(const Parts* parts, gateway::Call* call, FeedReader read,
                                         std::string members = {});

/// "order:17" as module and number. Errors: not_found.
struct LetterId {
    std::string module;
    std::int64_t number = 0;
};
Result<LetterId> letter_id(std::string_view text);

/// A position as a number to read before; "" = the largest.
std::int64_t before_number(const std::string& position);

}  // namespace cloudretail::app
