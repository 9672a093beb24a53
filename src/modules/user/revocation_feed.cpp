// Reading what was ended; see revocation_feed.hpp.
#include "revocation_feed.hpp"

#include <log/log.hpp>
#include "access_store.hpp"

namespace cloudretail::user {

namespace {
constexpr std::int64_t pause_ms = 1'000;
// A row is seen when its transaction ends, on the clock of the machine that wrote it: look back a little each
// time.
constexpr std::int64_t overlap_ms = 60'000;
}  // namespace

void RevocationFeed::take(const CutOff& cut, Timestamp now) {
    revocations_.add(cut, now);
    revocations_.mark_complete();
    since_ = now.plus_ms(-overlap_ms);
}

void RevocationFeed::load() {
    const Timestamp now = database_.clock().now();
    auto look = [since = since_, now](db::Session& session) { return store::ended(session, since, now); };
    take(database_.read_blocking(look), now);
}

Task<void> RevocationFeed::follow(std::shared_ptr<std::atomic<bool>> stopped) {
    bool away = false;
    while (!stopped->load()) {
        const Timestamp now = database_.clock().now();
        auto look = [since = since_, now](db::Session& session) { return store::ended(session, since, now); };
        try {
            auto cut = co_await database_.read(std::move(look));
            take(cut, now);
            away = false;
        } catch (const std::exception& e) {
            if (!away) log::warning("ended tokens cannot be read for the moment", {{"error", e.what()}});
            away = true;
        }
        co_await runtime::sleep_ms(pause_ms);
    }
}

}  // namespace cloudretail::user
