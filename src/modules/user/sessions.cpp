// Sessions; see sessions.hpp.
#include "sessions.hpp"

#include <algorithm>
#include "guard.hpp"

namespace cloudretail::user {

Task<Result<Sessions::Page>> Sessions::list(Caller caller, gateway::PageRequest page) {
    const auto before = gateway::cursor_id<Uuid>(page);
    if (!before) co_return before.error();
    const Timestamp now = access_.database().clock().now();
    auto look = [id = caller.id, now, before = *before, page](db::Session& session) {
        return Page{store::sessions(session, id, now, before, page.limit, page.offset()),
                    store::count_sessions(session, id, now)};
    };
    co_return co_await access_.database().snapshot(std::move(look));
}

Task<Result<>> Sessions::end(Caller caller, Uuid session_id) {
    auto job = [caller, session_id](db::Tx& tx) -> Result<Cutting<Unit>> {
        const auto session = store::find_session(tx.session(), caller.id, session_id);
        if (!session || session->expires_at <= tx.now())
            return Error(cloudretail::errors::not_found, "There is no such session.");
        const RevokedToken token{session->token_id, session->expires_at};
        store::revoke(tx, token);
        audit::record(tx, caller, "user.session_ended", caller.id.to_string());
        return Cutting<Unit>{{}, {.tokens = {token}, .epochs = {}}};
    };
    auto done = co_await access_.write(std::move(job));
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<void> Sessions::write_activity() { return write_noted(access_.database(), activity_, &store::set_seen); }

Task<void> write_noted(db::Database& database, Activity& activity,
                       void (*set)(db::Tx&, const Uuid&, Timestamp)) {
    constexpr std::size_t at_once = 256;
    const auto noted = activity.take();
    std::vector<std::pair<Uuid, Timestamp>> all(noted.begin(), noted.end());
    std::ranges::sort(all);  // one order for all processes: nobody waits for nobody
    for (std::size_t begin = 0; begin < all.size(); begin += at_once) {
        const std::size_t end = std::min(begin + at_once, all.size());
        std::vector<std::pair<Uuid, Timestamp>> some(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     all.begin() + static_cast<std::ptrdiff_t>(end));
        auto job = [some = std::move(some), set](db::Tx& tx) {
            for (const auto& [id, at] : some) set(tx, id, at);
            return Unit{};
        };
        co_await database.write(std::move(job));
    }
}

}  // namespace cloudretail::user
