// The rules of sending: what an answer means, when to try again, when to leave an endpoint alone, whose turn
// it is. Pure functions.
#pragma once

#include <base/clock.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <webhook/api.hpp>

namespace cloudretail::webhook {

/// How an endpoint stands: what its last answers say of it.
struct Standing {
    int failures = 0;                          // in a row
    std::optional<Timestamp> failing_since{};  // the first of those
    Timestamp held_until{};                    // nothing is sent before
    bool operator==(const Standing&) const = default;
};

namespace rules {

enum class Verdict {
    delivered,  // 2xx
    failed,     // tried again
    gone,       // 410: the endpoint wants no more
};
/// `status` 0: there was no answer.
Verdict verdict_of(int status);

struct Schedule {
    std::int64_t give_up_after_ms = 24 * 3'600'000;      // after the first try was due
    std::int64_t retry_after_limit_ms = 3'600'000;       // of what an endpoint may ask for
    int breaker_failures = 5;                            // in a row, of one endpoint; then it is left alone
    std::int64_t breaker_reset_ms = 30'000;              // for so long
    std::int64_t disable_after_ms = 3 * 24 * 3'600'000;  // of nothing but failures
};

/// What a 429 or 503 asks for by Retry-After, bounded; 0 for all others.
std::int64_t asked_wait_ms(int status, std::int64_t retry_after_s, const Schedule& schedule);

/// The wait after the `tries`-th failure in a row of a delivery (5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h,
/// 20 h, then 24 h each; a tenth more or less by `jitter_permille` in [0, 1000)), at least what was asked
/// for, and so that the last try is at the end. `since_ms`: since the first was due. nullopt: it is given up.
std::optional<std::int64_t> next_wait_ms(int tries, std::int64_t since_ms, std::int64_t asked_ms,
                                         const Schedule& schedule, int jitter_permille);

/// What a failure makes of an endpoint's standing.
Standing failed(Standing before, Timestamp now, std::int64_t asked_ms, const Schedule& schedule);
/// Has it failed for so long that it is switched off?
bool is_worn_out(const Standing& standing, Timestamp now, const Schedule& schedule);

/// A delivery that is due.
struct Candidate {
    DeliveryId delivery;
    WebhookId webhook;
    bool on_trial = false;  // its endpoint has failed lately: one at a time
};
/// Whose turn it is: of each endpoint in turn one, again and again, as far as there is room in all and at
/// each endpoint. `busy`: under way already. Candidates of one endpoint stand in the order they are to be
/// sent.
std::vector<DeliveryId> pick(const std::vector<Candidate>& candidates, const std::map<WebhookId, int>& busy,
                             int per_webhook, int room);

/// The beginning of what somebody answered as a text that can be kept and shown.
std::string excerpt(std::string_view answer);

/// The traceparent of a step of our own (16 hexadecimal digits) in the same trace; empty where there is none.
std::string next_span(std::string_view traceparent, std::string_view span);

}  // namespace rules
}  // namespace cloudretail::webhook
