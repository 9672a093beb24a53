// When tokens were last used, to the hour: noted in memory by whoever checks them, written to the sessions'
// table from time to time (sessions.hpp), so that no request waits for it. Thread-safe.
#pragma once

#include <base/clock.hpp>
#include <base/uuid.hpp>
#include <mutex>
#include <unordered_map>

namespace cloudretail::user {

class Activity {
  public:
    static Timestamp hour_of(Timestamp at) { return {at.ms - at.ms % hour_ms}; }
    /// Once per token, hour and thread. Past 65 536 waiting tokens further ones are not noted.
    void note(const Uuid& token_id, Timestamp hour);
    /// What was noted since the last call.
    std::unordered_map<Uuid, Timestamp> take();

  private:
    static constexpr std::int64_t hour_ms = 3'600'000;
    std::mutex mutex_;
    std::unordered_map<Uuid, Timestamp> seen_;
};

}  // namespace cloudretail::user
