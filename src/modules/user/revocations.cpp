// What ended before its time; see revocations.hpp.
#include "revocations.hpp"

#include <algorithm>
#include <mutex>

namespace cloudretail::user {

void Revocations::add(const CutOff& cut, Timestamp now) {
    std::unique_lock lock(mutex_);
    bool news = false;
    for (const RevokedToken& token : cut.tokens)
        news |= tokens_.emplace(token.token_id, token.expires_at).second;
    for (const TokenEpoch& epoch : cut.epochs) {
        auto [at, fresh] = epochs_.emplace(epoch.user_id, epoch);
        if (!fresh && at->second.first >= epoch.first) continue;
        at->second = epoch;
        news = true;
    }
    if (!news) return;
    if (tokens_.size() + epochs_.size() >= sweep_at_) {
        std::erase_if(tokens_, [now](const auto& entry) { return entry.second <= now; });
        std::erase_if(epochs_, [now](const auto& entry) { return entry.second.expires_at <= now; });
        sweep_at_ = std::max<std::size_t>(1024, (tokens_.size() + epochs_.size()) * 2);
    }
    // Inside the lock: whoever reads the new count finds the news.
    generation_.fetch_add(1, std::memory_order_release);
}

bool Revocations::ended(UserId user_id, const Uuid& token_id) const {
    std::shared_lock lock(mutex_);
    if (tokens_.contains(token_id)) return true;
    const auto epoch = epochs_.find(user_id);
    return epoch != epochs_.end() && epoch->second.ends(token_id);
}

bool Revocations::revoked(const Uuid& id) const {
    std::shared_lock lock(mutex_);
    return tokens_.contains(id);
}

std::size_t Revocations::size() const {
    std::shared_lock lock(mutex_);
    return tokens_.size() + epochs_.size();
}

}  // namespace cloudretail::user
