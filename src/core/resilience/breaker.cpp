// The breaker's three states from two flags: closed (not open_), open (open_, reset time not over), half open
// (over). Everything is under one mutex; log lines are written after it is released.
#include <log/log.hpp>
#include <resilience/breaker.hpp>

namespace cloudretail::resilience {

Breaker::Breaker(std::string name, BreakerSettings settings, const Clock& clock)
    : name_(std::move(name)), settings_(settings), clock_(clock) {}

bool Breaker::allow() {
    const std::lock_guard lock(mutex_);
    if (!open_) return true;
    if (refuses(clock_.now())) return false;
    trial_ = true;
    trial_at_ = clock_.now();
    return true;
}

void Breaker::succeeded() {
    bool closed = false;
    {
        const std::lock_guard lock(mutex_);
        closed = open_;
        open_ = trial_ = false;
        consecutive_ = 0;
    }
    if (closed) log::info("circuit breaker closed", {{"breaker", name_}});
}

void Breaker::failed() {
    bool opened = false;
    {
        const std::lock_guard lock(mutex_);
        if (open_ && !trial_) return;  // a call that began before it opened; the reset time is not prolonged
        ++consecutive_;
        if (trial_ || consecutive_ >= settings_.failures) {
            opened = !open_;
            openings_ += opened ? 1 : 0;
            open_ = true;
            trial_ = false;
            opened_at_ = clock_.now();
        }
    }
    if (opened)
        log::warning("circuit breaker opened", {{"breaker", name_}, {"failures", settings_.failures}});
}

bool Breaker::open() const {
    const std::lock_guard lock(mutex_);
    return open_ && refuses(clock_.now());
}

std::string_view Breaker::state() const {
    const std::lock_guard lock(mutex_);
    return state_now();
}

BreakerView Breaker::view() const {
    const std::lock_guard lock(mutex_);
    return {.name = name_,
            .state = state_now(),
            .failures = consecutive_,
            .openings = openings_,
            .opened_at = opened_at_,
            .trial_at = open_ ? opened_at_.plus_ms(settings_.reset_ms) : Timestamp{}};
}

std::string_view Breaker::state_now() const {
    if (!open_) return "closed";
    return trial_ || clock_.now() >= opened_at_.plus_ms(settings_.reset_ms) ? "half_open" : "open";
}

/// While open: the reset time is not over, or a trial is under way. A trial that never reports is given up
/// after another reset time, so that a lost caller cannot keep the breaker open for ever.
bool Breaker::refuses(Timestamp now) const {
    if (now < opened_at_.plus_ms(settings_.reset_ms)) return true;
    return trial_ && now < trial_at_.plus_ms(settings_.reset_ms);
}

}  // namespace cloudretail::resilience
