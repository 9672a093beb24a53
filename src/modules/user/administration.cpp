// Accounts in administrators' hands; see administration.hpp.
#include "administration.hpp"

#include <algorithm>
#include <events/outbox.hpp>
#include <user/api.hpp>
#include <user/events.hpp>
#include "guard.hpp"
#include "render.hpp"
#include "two_factor.hpp"

namespace cloudretail::user {

namespace {

Error only_admins() { return Error(cloudretail::errors::forbidden, "This is for administrators."); }

Error no_such_user() { return Error(cloudretail::errors::not_found, "There is no such user."); }

/// Entries and events about what is different now.
void tell(db::Tx& tx, const Caller& caller, const User& before, const User& after) {
    const std::string subject = after.id.to_string();
    if (before.role != after.role) {
        json::Writer w;
        w.begin_object().member("from", to_text(before.role)).member("to", to_text(after.role)).end_object();
        audit::record(tx, caller, "user.role_changed", subject, w.take());
        const UserChanged event{after.id, after.role};
        events::publish(tx, user_role_changed, subject, event.to_json(), after.id, caller.traceparent);
    } else if (before.vendor_requested && !after.vendor_requested) {
        audit::record(tx, caller, "user.vendor_declined", subject);
    }
    if (before.status != after.status) {
        const bool disabled = after.status == Status::disabled;
        audit::record(tx, caller, disabled ? "user.disabled" : "user.enabled", subject);
        const UserChanged event{after.id, after.role};
        events::publish(tx, disabled ? user_disabled : user_enabled, subject, event.to_json(), after.id,
                        caller.traceparent);
    }
    if (before.two_factor && !after.two_factor) audit::record(tx, caller, "user.two_factor_reset", subject);
}

}  // namespace

bool is_last_admin(db::Tx& tx, UserId id) {
    const auto admins = store::lock_admins(tx);
    return admins.size() == 1 && admins.front() == id;
}

Task<Result<Administration::Page>> Administration::list(Caller caller, UserFilter filter,
                                                        gateway::PageRequest page) {
    if (!caller.is_admin()) co_return only_admins();
    const auto before = gateway::cursor_id<UserId>(page);
    if (!before) co_return before.error();
    auto look = [filter = std::move(filter), before = *before, page](db::Session& session) {
        return Page{store::list(session, filter, before, page.limit, page.offset()),
                    store::count(session, filter)};
    };
    co_return co_await access_.database().snapshot(std::move(look));
}

Task<Result<User>> Administration::get(Caller caller, UserId id) {
    if (!caller.is_admin()) co_return only_admins();
    auto look = [id](db::Session& session) { return store::find(session, id); };
    auto user = co_await access_.database().read(std::move(look));
    if (!user) co_return no_such_user();
    co_return std::move(*user);
}

Task<Result<User>> Administration::decide(Caller caller, UserId id, AccountDecision decision,
                                          std::string if_match) {
    if (!caller.is_admin()) co_return only_admins();
    auto job = [this, caller = std::move(caller), id, decision, if_match = std::move(if_match)](db::Tx& tx) {
        return decide(tx, caller, id, decision, if_match);
    };
    auto decided = co_await access_.write(std::move(job));
    if (!decided) co_return decided.error();
    co_return std::move(decided->answer);
}

Result<Cutting<User>> Administration::decide(db::Tx& tx, const Caller& caller, UserId id,
                                             const AccountDecision& decision,
                                             const std::string& if_match) const {
    const bool last = is_last_admin(tx, id);
    auto account = store::find_locked(tx, id);
    if (!account) return no_such_user();
    const User& before = account->user;
    if (auto match = gateway::check_if_match(if_match, etag_of(before)); !match) return match.error();
    const User after = rules::decided(before, decision, tx.now());
    if (after.version == before.version) return Cutting<User>{after, {}};
    if (last && !rules::is_active_admin(after))
        return Error(errors::last_admin, "Make somebody else an administrator first.");
    const bool off = before.two_factor && !after.two_factor;
    if (off && caller.id == id)
        return Error(cloudretail::errors::forbidden, "Your own goes with your password and a code.");
    if (!store::update(tx, after)) return Error(cloudretail::errors::stale, "Read it again and repeat.");
    tell(tx, caller, before, after);
    const bool disabled = before.status != after.status && after.status == Status::disabled;
    if (disabled) store::delete_mailed(tx, id, Purpose::reset);
    if (off) TwoFactor::drop(tx, id);
    const bool same = !disabled && before.role == after.role;
    if (same && !off) return Cutting<User>{after, {}};
    auto cut = same ? access_.end_all(tx, id) : access_.end_all_and_keys(tx, id);
    return Cutting<User>{store::find(tx.session(), id).value_or(after), std::move(cut)};
}

}  // namespace cloudretail::user
