// The rules of sending, by tables.
#include "rules.hpp"

#include <catch2/catch.hpp>
#include "event_types.hpp"

namespace cloudretail::webhook {

using rules::Candidate;
using rules::Schedule;
using rules::Verdict;

constexpr std::int64_t second = 1'000, minute = 60 * second, hour = 60 * minute;

TEST_CASE("only 2xx is success, and 410 means that nobody wants more", "[webhook]") {
    for (int status = 0; status < 600; ++status) {
        CAPTURE(status);
        const Verdict expected = status >= 200 && status <= 299 ? Verdict::delivered
                                 : status == 410                ? Verdict::gone
                                                                : Verdict::failed;
        CHECK(rules::verdict_of(status) == expected);
    }
}

TEST_CASE("a delivery is tried for a day by default, ever less often", "[webhook]") {
    const Schedule schedule;
    std::vector<std::int64_t> tried{0};
    for (int tries = 1;; ++tries) {
        const auto wait = rules::next_wait_ms(tries, tried.back(), 0, schedule, 500);
        if (!wait) break;
        tried.push_back(tried.back() + *wait);
    }
    CHECK(tried == std::vector<std::int64_t>{0, 5 * second, 5 * minute + 5 * second, 35 * minute + 5 * second,
                                             2 * hour + 35 * minute + 5 * second,
                                             7 * hour + 35 * minute + 5 * second,
                                             17 * hour + 35 * minute + 5 * second, 24 * hour});
}

TEST_CASE("a longer schedule goes on as the specification's example does", "[webhook]") {
    Schedule schedule;
    schedule.give_up_after_ms = 7 * 24 * hour;
    std::vector<std::int64_t> waits;
    for (int tries = 1; tries <= 11; ++tries)
        waits.push_back(rules::next_wait_ms(tries, 0, 0, schedule, 500).value());
    CHECK(waits == std::vector<std::int64_t>{5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour,
                                             10 * hour, 14 * hour, 20 * hour, 24 * hour, 24 * hour,
                                             24 * hour});
}

TEST_CASE("waits are a tenth more or less, so that not all come back at once", "[webhook]") {
    const Schedule schedule;
    CHECK(rules::next_wait_ms(2, 0, 0, schedule, 0) == 4 * minute + 30 * second);
    CHECK(rules::next_wait_ms(2, 0, 0, schedule, 1000) == 5 * minute + 30 * second);
}

TEST_CASE("the last try is at the end, and after it the delivery is given up", "[webhook]") {
    const Schedule schedule;
    CHECK(rules::next_wait_ms(7, 20 * hour, 0, schedule, 500) == 4 * hour);
    CHECK(rules::next_wait_ms(1, 24 * hour - 1, 0, schedule, 500) == 1);
    CHECK_FALSE(rules::next_wait_ms(8, 24 * hour, 0, schedule, 500));
    CHECK_FALSE(rules::next_wait_ms(1, 30 * hour, 0, schedule, 500));
}

TEST_CASE("Retry-After counts with 429 and 503, within bounds, and never shortens a wait", "[webhook]") {
    const Schedule schedule;
    struct Row {
        int status;
        std::int64_t retry_after_s, asked_ms;
    };
    for (const Row& row : {Row{429, 120, 120 * second},
                           {503, 120, 120 * second},
                           {500, 120, 0},
                           {302, 120, 0},
                           {429, 0, 0},
                           {429, -5, 0},
                           {429, 99'999'999, hour}}) {
        CAPTURE(row.status, row.retry_after_s);
        CHECK(rules::asked_wait_ms(row.status, row.retry_after_s, schedule) == row.asked_ms);
    }
    CHECK(rules::next_wait_ms(1, 0, 2 * minute, schedule, 500) == 2 * minute);
    CHECK(rules::next_wait_ms(2, 0, 2 * minute, schedule, 500) == 5 * minute);
}

TEST_CASE("an endpoint that keeps failing is left alone for a while, and after days for good", "[webhook]") {
    const Schedule schedule;
    const Timestamp begin{1'000'000};
    Standing standing;
    for (int i = 1; i <= 4; ++i) {
        standing = rules::failed(standing, begin.plus_ms(i), 0, schedule);
        CHECK(standing.held_until <= begin.plus_ms(i));
    }
    standing = rules::failed(standing, begin.plus_ms(5), 0, schedule);
    CHECK(standing == Standing{5, begin.plus_ms(1), begin.plus_ms(5 + 30'000)});
    CHECK_FALSE(rules::is_worn_out(standing, begin.plus_ms(schedule.disable_after_ms), schedule));
    CHECK(rules::is_worn_out(standing, begin.plus_ms(1 + schedule.disable_after_ms), schedule));
    CHECK_FALSE(rules::is_worn_out({}, begin, schedule));
    CHECK(rules::failed({}, begin, 90 * second, schedule).held_until == begin.plus_ms(90 * second));
}

TEST_CASE("each endpoint has its turn, however much waits for another", "[webhook]") {
    const WebhookId a = WebhookId::make(), b = WebhookId::make(), c = WebhookId::make();
    std::vector<Candidate> candidates;
    const auto add = [&](WebhookId webhook, int count, bool on_trial = false) {
        std::vector<DeliveryId> ids;
        for (int i = 0; i < count; ++i) {
            ids.push_back(DeliveryId::make());
            candidates.push_back({ids.back(), webhook, on_trial});
        }
        return ids;
    };
    const auto of_a = add(a, 4), of_b = add(b, 1), of_c = add(c, 4, true);
    using Ids = std::vector<DeliveryId>;
    CHECK(rules::pick(candidates, {}, 4, 100) == Ids{of_a[0], of_b[0], of_c[0], of_a[1], of_a[2], of_a[3]});
    CHECK(rules::pick(candidates, {}, 4, 2) == Ids{of_a[0], of_b[0]});
    CHECK(rules::pick(candidates, {}, 2, 100) == Ids{of_a[0], of_b[0], of_c[0], of_a[1]});
    CHECK(rules::pick(candidates, {{a, 3}, {c, 1}}, 4, 100) == Ids{of_b[0], of_a[0]});
    CHECK(rules::pick(candidates, {{a, 4}, {b, 4}, {c, 4}}, 4, 100).empty());
    CHECK(rules::pick({}, {}, 4, 100).empty());
    CHECK(rules::pick(candidates, {}, 4, 0).empty());
}

TEST_CASE("what somebody answered is kept as a text that can be kept and shown", "[webhook]") {
    CHECK(rules::excerpt("all well") == "all well");
    CHECK(rules::excerpt("a\r\n\tb") == "a   b");
    CHECK(rules::excerpt(std::string("a\0b", 3)) == "a b");
    CHECK(rules::excerpt("\xff\xfe") == "\uFFFD\uFFFD");
    CHECK(rules::excerpt("gr\xc3\xbc\xc3") == "gr\u00fc\uFFFD");
    CHECK(rules::excerpt("").empty());
}

TEST_CASE("a trace is gone on with by a span of our own", "[webhook]") {
    CHECK(rules::next_span("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0123456789abcdef") ==
          "00-0af7651916cd43dd8448eb211c80319c-0123456789abcdef-01");
    CHECK(rules::next_span("", "0123456789abcdef").empty());
    CHECK(rules::next_span("00-1-2-3", "0123456789abcdef").empty());
}

TEST_CASE("an endpoint asks for types, for all of a module's, or for everything", "[webhook]") {
    const auto wants = [](const std::vector<std::string>& patterns, std::string_view type) {
        return filter_of(patterns).matches(type);
    };
    CHECK(wants({"*"}, "order.created"));
    CHECK(wants({"product.created", "*"}, "order.created"));
    CHECK(wants({"order.*"}, "order.created"));
    CHECK(wants({"product.created", "order.created"}, "order.created"));
    CHECK_FALSE(wants({"order.*"}, "product.created"));
    CHECK_FALSE(wants({"order.created"}, "order.created_again"));
    for (const char* good : {"*", "user.*", "product.*", "inventory.*", "order.*", "payment.*",
                             "order.created", "inventory.low_stock", "user.disabled"}) {
        CAPTURE(good);
        CHECK(is_pattern(good));
    }
    for (const char* bad : {"", "**", "order", "order.", "order.c*", "*.created", "webhook.test", "webhook.*",
                            "order.*.x", "Order.*", " order.*"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_pattern(bad));
    }
}

}  // namespace cloudretail::webhook
