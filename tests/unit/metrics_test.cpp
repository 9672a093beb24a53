// The registry's text form, as Prometheus reads it.
#include <catch2/catch.hpp>
#include <metrics/metrics.hpp>
#include <thread>

using cloudretail::metrics::Registry;

namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a counter is one series per label set, and adds up over threads") {
    Registry registry;
    auto& ok = registry.counter("requests_total", "Requests.", {{"status", "2xx"}});
    CHECK(&ok == &registry.counter("requests_total", "Requests.", {{"status", "2xx"}}));
    CHECK(&ok != &registry.counter("requests_total", "Requests.", {{"status", "5xx"}}));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&ok] {
            for (int n = 0; n < 10'000; ++n) ok.add();
        });
    }
    for (auto& thread : threads) thread.join();
    const std::string text = registry.render();
    CHECK(has_line(text, "# HELP requests_total Requests."));
    CHECK(has_line(text, "# TYPE requests_total counter"));
    CHECK(has_line(text, "requests_total{status=\"2xx\"} 40000"));
    CHECK(has_line(text, "requests_total{status=\"5xx\"} 0"));
}

TEST_CASE("a histogram's buckets are cumulative, in seconds, with sum and count") {
    Registry registry;
    auto& latency = registry.histogram("latency_seconds", "Latency.", {{"route", "/a"}});
    latency.observe_us(1'000);
    latency.observe_us(1'001);
    latency.observe_us(20'000'000);
    const std::string text = registry.render();
    CHECK(has_line(text, "# TYPE latency_seconds histogram"));
    CHECK(has_line(text, "latency_seconds_bucket{route=\"/a\",le=\"0.001\"} 1"));
    CHECK(has_line(text, "latency_seconds_bucket{route=\"/a\",le=\"0.0025\"} 2"));
    CHECK(has_line(text, "latency_seconds_bucket{route=\"/a\",le=\"10\"} 2"));
    CHECK(has_line(text, "latency_seconds_bucket{route=\"/a\",le=\"+Inf\"} 3"));
    CHECK(has_line(text, "latency_seconds_sum{route=\"/a\"} 20.002001"));
    CHECK(has_line(text, "latency_seconds_count{route=\"/a\"} 3"));
}

TEST_CASE("gauges and counters of others are read when scraped") {
    Registry registry;
    double depth = 1.5;
    registry.gauge("queue_depth", "Depth.", {}, [&depth] { return depth; });
    registry.counter_from("commits_total", "Commits.", {{"module", "order"}}, [] { return 12.0; });
    CHECK(has_line(registry.render(), "queue_depth 1.5"));
    depth = 2;
    CHECK(has_line(registry.render(), "queue_depth 2"));
    CHECK(has_line(registry.render(), "commits_total{module=\"order\"} 12"));
    registry.gauge("queue_depth", "Depth.", {}, [] { return 7.0; });
    CHECK(has_line(registry.render(), "queue_depth 7"));
}

TEST_CASE("label values and help texts are escaped") {
    Registry registry;
    registry.counter("odd_total", "Two\nlines \\ \"quoted\"", {{"l", "a\"b\\c\nd"}}).add(2);
    const std::string text = registry.render();
    CHECK(has_line(text, R"(# HELP odd_total Two\nlines \\ "quoted")"));
    CHECK(has_line(text, R"(odd_total{l="a\"b\\c\nd"} 2)"));
}
