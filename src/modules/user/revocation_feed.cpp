// Reading revoked tokens; see revocation_feed.hpp.
#include "revocation_feed.hpp"

#include <log/log.hpp>
#include "store.hpp"

namespace cloudretail::user {

namespace {
constexpr std::int64_t pause_ms = 1'000;
// A row is seen when its transaction ends, on the clock of the machine that wrote it: look back a little each
// time.
constexpr std::int64_t overlap_ms = 60'000;
}  // namespace

void RevocationFeed::take(const std::vector<RevokedToken>& tokens, Timestamp now) {
    revocations_.add(tokens, now);
    revocations_.mark_complete();
    since_ = now.plus_ms(-overlap_ms);
}

void RevocationFeed::load() {
    const Timestamp now = database_.clock().now();
    auto look = [since = since_, now](db::Session& session) { return store::revoked(session, since, now); };
    take(database_.read_blocking(look), now);
}

Task<void> RevocationFeed::follow(std::shared_ptr<std::atomic<bool>> stopped) {
    bool away = false;
    while (!stopped->load()) {
        const Timestamp now = database_.clock().now();
        auto look = [since = since_, now](db::Session& session) {
            return store::revoked(session, since, now);
        };
        try {
            auto tokens = co_await database_.read(std::move(look));
            take(tokens, now);
            away = false;
        } catch (const std::exception& e) {
            if (!away) log::warning("revoked tokens cannot be read for the moment", {{"error", e.what()}});
            away = true;
        }
        co_await runtime::sleep_ms(pause_ms);
    }
}

}  // namespace cloudretail::user
