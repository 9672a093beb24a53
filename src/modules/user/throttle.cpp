// The table of failed log-ins; see throttle.hpp. Every public function locks.
#include "throttle.hpp"

#include <security/password.hpp>

namespace cloudretail::user {

namespace {
/// A digest: of one length whatever was sent, no personal data in memory, no collisions to be made on
/// purpose.
std::string pair_of(std::string_view account, std::string_view address) {
    std::string text(account);
    text += '\n';
    text += address;
    return security::sha256_hex(text);
}
}  // namespace

LoginThrottle::Attempt::Attempt(Attempt&& other) noexcept
    : throttle_(std::exchange(other.throttle_, nullptr)),
      pair_(std::move(other.pair_)),
      wait_s_(other.wait_s_) {}

LoginThrottle::Attempt::~Attempt() {
    if (throttle_) throttle_->withdraw(pair_);
}

void LoginThrottle::Attempt::failed() { throttle_ = nullptr; }

void LoginThrottle::Attempt::succeeded() {
    if (throttle_) throttle_->forget(pair_);
    throttle_ = nullptr;
}

LoginThrottle::Attempt LoginThrottle::attempt(std::string_view account, std::string_view address,
                                              Timestamp now) {
    std::string pair = pair_of(account, address);
    std::lock_guard lock(mutex_);
    while (!entries_.empty() && entries_.front().since.plus_ms(settings_.window_ms) <= now) {
        by_pair_.erase(entries_.front().pair);
        entries_.pop_front();
    }
    if (auto found = by_pair_.find(pair); found != by_pair_.end()) {
        Entry& entry = *found->second;
        if (entry.count >= settings_.failures) {
            const std::int64_t left = entry.since.plus_ms(settings_.window_ms).ms - now.ms;
            return {nullptr, std::move(pair), static_cast<int>((left + 999) / 1000)};
        }
        ++entry.count;
        return {this, std::move(pair), 0};
    }
    if (entries_.size() >= settings_.entries) {
        by_pair_.erase(entries_.front().pair);
        entries_.pop_front();
    }
    entries_.push_back({pair, 1, now});
    by_pair_.emplace(pair, std::prev(entries_.end()));
    return {this, std::move(pair), 0};
}

std::size_t LoginThrottle::size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
}

void LoginThrottle::withdraw(const std::string& pair) {
    std::lock_guard lock(mutex_);
    auto found = by_pair_.find(pair);
    if (found == by_pair_.end()) return;
    if (--found->second->count > 0) return;
    entries_.erase(found->second);
    by_pair_.erase(found);
}

void LoginThrottle::forget(const std::string& pair) {
    std::lock_guard lock(mutex_);
    auto found = by_pair_.find(pair);
    if (found == by_pair_.end()) return;
    entries_.erase(found->second);
    by_pair_.erase(found);
}

}  // namespace cloudretail::user
