// The registry and its text form. Observing touches atomics only; the mutex guards registration and scraping.
#include <metrics/metrics.hpp>

#include <array>
#include <base/error.hpp>
#include <charconv>

namespace cloudretail::metrics {
namespace {

struct Bucket {
    std::int64_t up_to_us;
    std::string_view le;  // the same bound in seconds
};

constexpr std::array<Bucket, Histogram::buckets> bounds{{{1'000, "0.001"},
                                                         {2'500, "0.0025"},
                                                         {5'000, "0.005"},
                                                         {10'000, "0.01"},
                                                         {25'000, "0.025"},
                                                         {50'000, "0.05"},
                                                         {100'000, "0.1"},
                                                         {250'000, "0.25"},
                                                         {500'000, "0.5"},
                                                         {1'000'000, "1"},
                                                         {2'500'000, "2.5"},
                                                         {5'000'000, "5"},
                                                         {10'000'000, "10"}}};

std::string number(double value) {
    std::array<char, 40> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end.ptr};
}

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
    return out;
}

/// {a="1",b="2"}, or nothing.
std::string label_text(const Labels& labels, std::string_view le = {}) {
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
        out += out.empty() ? '{' : ',';
        out.append(name).append("=\"").append(escaped(value, true)).append("\"");
    };
    for (const auto& [name, value] : labels) add(name, value);
    if (!le.empty()) add("le", le);
    if (!out.empty()) out += '}';
    return out;
}

void sample(std::string& out, std::string_view name, std::string_view labels, std::string_view value) {
    out.append(name).append(labels).append(" ").append(value).append("\n");
}

}  // namespace

struct Registry::Series {
    Labels labels;
    Counter counter;
    Histogram histogram;
    std::function<double()> read;
};

struct Registry::Family {
    std::string help;
    std::string_view type;
    std::vector<std::unique_ptr<Series>> series;
};

void Histogram::observe_us(std::int64_t microseconds) {
    std::size_t i = 0;
    while (i < bounds.size() && microseconds > bounds[i].up_to_us) ++i;
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(microseconds, std::memory_order_relaxed);
}

Registry::Series& Registry::resolve(const std::string& name, const std::string& help, const Labels& labels,
                                    std::string_view type) {
    auto& family = families_[name];
    if (!family) family = std::make_shared<Family>(Family{help, type, {}});
    CR_ASSERT(family->type == type);
    for (const auto& series : family->series) {
        if (series->labels == labels) return *series;
    }
    family->series.push_back(std::make_unique<Series>());
    family->series.back()->labels = labels;
    return *family->series.back();
}

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    return resolve(name, help, labels, "counter").counter;
}

Histogram& Registry::histogram(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    return resolve(name, help, labels, "histogram").histogram;
}

void Registry::gauge(const std::string& name, const std::string& help, const Labels& labels,
                     std::function<double()> read) {
    const std::lock_guard lock(mutex_);
    resolve(name, help, labels, "gauge").read = std::move(read);
}

void Registry::counter_from(const std::string& name, const std::string& help, const Labels& labels,
                            std::function<double()> read) {
    const std::lock_guard lock(mutex_);
    resolve(name, help, labels, "counter").read = std::move(read);
}

void Registry::render_histogram(std::string& out, const std::string& name, const Series& series) {
    std::int64_t total = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        total += series.histogram.counts_[i].load(std::memory_order_relaxed);
        sample(out, name + "_bucket", label_text(series.labels, bounds[i].le), std::to_string(total));
    }
    total += series.histogram.counts_[bounds.size()].load(std::memory_order_relaxed);
    sample(out, name + "_bucket", label_text(series.labels, "+Inf"), std::to_string(total));
    const auto sum_us = static_cast<double>(series.histogram.sum_us_.load(std::memory_order_relaxed));
    sample(out, name + "_sum", label_text(series.labels), number(sum_us / 1e6));
    sample(out, name + "_count", label_text(series.labels), std::to_string(total));
}

std::string Registry::render() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        out.append("# HELP ").append(name).append(" ").append(escaped(family->help, false)).append("\n");
        out.append("# TYPE ").append(name).append(" ").append(family->type).append("\n");
        for (const auto& series : family->series) {
            if (family->type == "histogram") {
                render_histogram(out, name, *series);
            } else {
                const std::string value =
                    series->read ? number(series->read()) : std::to_string(series->counter.value());
                sample(out, name, label_text(series->labels), value);
            }
        }
    }
    return out;
}

}  // namespace cloudretail::metrics
