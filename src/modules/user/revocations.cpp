// The set of revoked tokens; see revocations.hpp.
#include "revocations.hpp"

#include <algorithm>
#include <mutex>

namespace cloudretail::user {

void Revocations::add(const std::vector<RevokedToken>& tokens, Timestamp now) {
    std::unique_lock lock(mutex_);
    bool news = false;
    for (const RevokedToken& token : tokens) news |= tokens_.emplace(token.token_id, token.expires_at).second;
    if (!news) return;
    if (tokens_.size() >= sweep_at_) {
        std::erase_if(tokens_, [now](const auto& entry) { return entry.second <= now; });
        sweep_at_ = std::max<std::size_t>(1024, tokens_.size() * 2);
    }
    // Inside the lock: whoever reads the new count finds the new tokens.
    generation_.fetch_add(1, std::memory_order_release);
}

bool Revocations::contains(const Uuid& token_id) const {
    std::shared_lock lock(mutex_);
    return tokens_.contains(token_id);
}

std::size_t Revocations::size() const {
    std::shared_lock lock(mutex_);
    return tokens_.size();
}

}  // namespace cloudretail::user
