// Counters, gauges and histograms in the Prometheus text format (version 0.0.4). Counters are atomics; series
// are resolved once and kept by reference; gauges that others own are read by callback when scraped.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
  public:
    void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

/// Buckets in seconds: .001 .0025 .005 .01 .025 .05 .1 .25 .5 1 2.5 5 10.
class Histogram {
  public:
    void observe_us(std::int64_t microseconds);
    static constexpr int buckets = 13;

  private:
    friend class Registry;
    std::atomic<std::int64_t> counts_[buckets + 1]{};
    std::atomic<std::int64_t> sum_us_{0};
};

/// Thread-safe. Series live as long as the registry. Labels never hold ids, e-mails or raw paths.
class Registry {
  public:
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {});
    /// Read at scrape time, under the registry's lock: `read` must not use the registry, wait, or outlive
    /// what it reads. Registering the same series again replaces `read`.
    void gauge(const std::string& name, const std::string& help, const Labels& labels,
               std::function<double()> read);
    void counter_from(const std::string& name, const std::string& help, const Labels& labels,
                      std::function<double()> read);
    [[nodiscard]] std::string render() const;

  private:
    struct Series;
    struct Family;
    Series& resolve(const std::string& name, const std::string& help, const Labels& labels,
                    std::string_view type);
    static void render_histogram(std::string& out, const std::string& name, const Series& series);
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Family>> families_;
};

}  // namespace cloudretail::metrics
