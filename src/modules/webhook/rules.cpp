// See rules.hpp. The schedule is the one that the Standard Webhooks specification gives as an example.
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <base/utf8.hpp>

namespace cloudretail::webhook::rules {

namespace {

constexpr std::int64_t second = 1'000, minute = 60 * second, hour = 60 * minute;
constexpr std::array<std::int64_t, 9> waits{5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour,
                                            10 * hour,  14 * hour,  20 * hour,   24 * hour};
constexpr int gone = 410, too_many = 429, unavailable = 503;
constexpr std::int64_t smallest_permille = 900, spread_permille = 200;

}  // namespace

Verdict verdict_of(int status) {
    if (status >= 200 && status < 300) return Verdict::delivered;
    return status == gone ? Verdict::gone : Verdict::failed;
}

std::int64_t asked_wait_ms(int status, std::int64_t retry_after_s, const Schedule& schedule) {
    if (status != too_many && status != unavailable) return 0;
    const std::int64_t limit_s = schedule.retry_after_limit_ms / second;
    return std::clamp<std::int64_t>(retry_after_s, 0, limit_s) * second;
}

std::optional<std::int64_t> next_wait_ms(int tries, std::int64_t since_ms, std::int64_t asked_ms,
                                         const Schedule& schedule, int jitter_permille) {
    const std::int64_t left = schedule.give_up_after_ms - since_ms;
    if (left <= 0) return std::nullopt;
    const auto step = static_cast<std::size_t>(std::max(tries, 1) - 1);
    const std::int64_t usual = waits[std::min(step, waits.size() - 1)];
    const std::int64_t wait = usual * (smallest_permille + spread_permille * jitter_permille / 1'000) / 1'000;
    return std::min(std::max(wait, asked_ms), left);
}

Standing failed(Standing before, Timestamp now, std::int64_t asked_ms, const Schedule& schedule) {
    Standing after = before;
    ++after.failures;
    if (!after.failing_since) after.failing_since = now;
    std::int64_t hold_ms = asked_ms;
    if (after.failures >= schedule.breaker_failures) hold_ms = std::max(hold_ms, schedule.breaker_reset_ms);
    after.held_until = std::max(before.held_until, now.plus_ms(hold_ms));
    return after;
}

bool is_worn_out(const Standing& standing, Timestamp now, const Schedule& schedule) {
    return standing.failing_since && now.ms - standing.failing_since->ms >= schedule.disable_after_ms;
}

std::vector<DeliveryId> pick(const std::vector<Candidate>& candidates, const std::map<WebhookId, int>& busy,
                             int per_webhook, int room) {
    // How many of the same endpoint stand before each: the round it has its turn in.
    std::map<WebhookId, int> seen;
    std::vector<std::pair<int, DeliveryId>> turns;
    for (const Candidate& one : candidates) {
        const auto under_way = busy.find(one.webhook);
        const int most = one.on_trial ? 1 : per_webhook;
        const int round = seen[one.webhook]++ + (under_way == busy.end() ? 0 : under_way->second);
        if (round < most) turns.emplace_back(round, one.delivery);
    }
    std::stable_sort(turns.begin(), turns.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<DeliveryId> picked;
    for (const auto& [round, delivery] : turns)
        if (static_cast<int>(picked.size()) < room) picked.push_back(delivery);
    return picked;
}

std::string excerpt(std::string_view answer) {
    std::string text;
    while (!answer.empty()) {
        const std::size_t length = utf8_sequence(answer);
        const auto first = static_cast<unsigned char>(answer.front());
        if (length == 0) {
            text += "\uFFFD";
        } else if (first < ' ' || first == 0x7f) {
            text += ' ';
        } else {
            text += answer.substr(0, length);
        }
        answer.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

std::string next_span(std::string_view traceparent, std::string_view span) {
    constexpr std::size_t length = 55, span_at = 36, span_length = 16;  // 00-<32>-<16>-<2>
    if (traceparent.size() != length || span.size() != span_length) return {};
    std::string next(traceparent);
    return next.replace(span_at, span_length, span);
}

}  // namespace cloudretail::webhook::rules
