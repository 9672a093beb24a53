// When tokens were last used; see activity.hpp.
#include "activity.hpp"

#include <utility>

namespace cloudretail::user {

void Activity::note(const Uuid& token_id, Timestamp hour) {
    constexpr std::size_t most = 65'536;
    const std::lock_guard lock(mutex_);
    if (seen_.size() < most || seen_.contains(token_id)) seen_[token_id] = hour;
}

std::unordered_map<Uuid, Timestamp> Activity::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
}

}  // namespace cloudretail::user
