// Exporting and erasing persons; see erasure.hpp. Steps run on the background context.
#include "erasure.hpp"

#include <audit/audit.hpp>
#include <events/outbox.hpp>
#include <gateway/page.hpp>
#include <limits>
#include <log/log.hpp>
#include <user/api.hpp>
#include <user/events.hpp>
#include "administration.hpp"
#include "api_key_store.hpp"
#include "render.hpp"

namespace cloudretail::user {

namespace {

using saga::StepResult;

constexpr std::int64_t step_timeout_ms = 600'000;
constexpr Timestamp end_of_time{std::numeric_limits<std::int64_t>::max()};
constexpr std::int64_t never_ms = 10LL * 365 * 24 * 3'600 * 1'000;  // it only goes forward

/// Until the other processes on this PostgreSQL have heard that the tokens are dead (revocation_feed.hpp).
Task<void> let_others_hear(db::Dialect dialect) {
    constexpr int slices = 15;
    constexpr std::int64_t slice_ms = 100;
    for (int i = 0; i < slices && dialect == db::Dialect::postgresql; ++i)
        co_await runtime::sleep_ms(slice_ms);
}

void finish(db::Tx& tx, saga::Instance& instance, bool) {
    const UserId id{instance.id};
    store::end_erasure(tx, id);
    events::publish(tx, user_deleted, id.to_string(), UserDeleted{id}.to_json(), id);
}

/// One of the exports that may run; none where they are too many.
class Place {
  public:
    Place(std::atomic<int>& taken, int places) : taken_(taken), free_(++taken <= places) {}
    ~Place() { --taken_; }
    Place(const Place&) = delete;
    [[nodiscard]] bool is_free() const { return free_; }

  private:
    std::atomic<int>& taken_;
    bool free_;
};

}  // namespace

Erasure::Erasure(AccessWriter& access, Guard& guard, MailPump& pump, const app::Environment& environment,
                 ExportSettings exports)
    : access_(access),
      guard_(guard),
      pump_(pump),
      runtime_(environment.runtime),
      sagas_(environment.sagas),
      persons_(environment.persons),
      exports_(exports) {}

Task<Result<std::string>> Erasure::show(Caller caller) {
    const Place place(exporting_, exports_.at_once);
    if (!place.is_free()) {
        Error busy(cloudretail::errors::overloaded, "Others take their data along now; try again.");
        busy.retry_after_s = 5;
        co_return busy;
    }
    auto look = [id = caller.id](db::Session& session) { return store::find(session, id).has_value(); };
    if (!co_await access_.database().read(std::move(look))) co_return signed_out();
    json::Writer w;
    w.begin_object().member("exportedAt", access_.database().clock().now());
    for (const auto& holder : persons_.holders()) {
        const std::string share = co_await holder.show(caller.id, exports_.rows);
        w.key(holder.name).raw(share);
    }
    w.end_object();
    co_return w.take();
}

Task<Result<ErasureState>> Erasure::erase_me(Caller caller, std::string password, std::string address,
                                             std::string if_match) {
    auto proven =
        co_await guard_.confirm_password(caller.id, std::move(password), std::move(address), "/password");
    if (!proven) co_return proven.error();
    co_return co_await carry_out(caller, caller.id, std::move(if_match));
}

Task<Result<ErasureState>> Erasure::erase(Caller caller, UserId id, std::string if_match) {
    if (!caller.is_admin())
        co_return Error(cloudretail::errors::forbidden, "Only administrators erase other people.");
    co_return co_await carry_out(std::move(caller), id, std::move(if_match));
}

Task<Result<ErasureState>> Erasure::carry_out(Caller caller, UserId id, std::string if_match) {
    auto job = [this, caller = std::move(caller), id, if_match = std::move(if_match)](db::Tx& tx) {
        return begin(tx, caller, id, if_match);
    };
    auto begun = co_await access_.write(std::move(job));
    if (!begun) co_return begun.error();
    if (begun->answer.instance) {
        auto start = [this, instance = *begun->answer.instance](Then<saga::Ending> then) {
            sagas_.run(instance, std::move(then));
        };
        UniqueFunction<void(Then<saga::Ending>)> named(std::move(start));
        co_await runtime::await_then<saga::Ending>(std::move(named));
    }
    auto look = [id](db::Session& session) { return store::find_erasure(session, id); };
    auto state = co_await access_.database().read(std::move(look));
    co_return state.value_or(begun->answer.state);
}

Result<Cutting<Erasure::Begun>> Erasure::begin(db::Tx& tx, const Caller& caller, UserId id,
                                               std::string_view if_match) const {
    const bool last = is_last_admin(tx, id);
    auto account = store::find_locked(tx, id);
    if (!account) {
        auto before = store::find_erasure(tx.session(), id);
        if (before && !before->ended_at) return Cutting<Begun>{{std::move(*before), {}}, {}};
        return Error(cloudretail::errors::not_found, "There is no such user.");
    }
    if (auto match = gateway::check_if_match(if_match, etag_of(account->user)); !match) return match.error();
    if (last) return Error(errors::last_admin, "Make somebody else an administrator first.");
    auto cut = access_.end_all_and_keys(tx, id);
    store::begin_erasure(tx, id, account->user.email);
    db::forget(tx, id.to_string());  // the answer to the registration
    audit::record(tx, caller, "user.erased", id.to_string());
    Begun begun{{id, account->user.email, "", tx.now(), {}}, saga::Instance{}};
    begun.instance->id = id.uuid;
    begun.instance->type = erasure_type;
    begun.instance->data = "{}";
    sagas_.begin(tx, *begun.instance);
    return Cutting<Begun>{std::move(begun), std::move(cut)};
}

saga::Definition Erasure::saga() {
    saga::Definition d;
    d.type = erasure_type;
    d.database = &access_.database();
    d.steps = {step("erase", &Erasure::erase_everywhere), step("scrub", &Erasure::scrub_everywhere)};
    d.finish = finish;
    d.deadline_ms = never_ms;
    return d;
}

saga::Step Erasure::step(std::string name, Step run) {
    auto action = [this, run](saga::Instance& instance, saga::Done done) {
        const UserId id{instance.id};
        runtime_.spawn(runtime_.background(), "user.erasure",
                       [this, run, id, done = std::move(done)]() mutable {
                           return run_step(*this, run, id, std::move(done));
                       });
    };
    return {std::move(name), std::move(action), {}, step_timeout_ms};
}

Task<void> Erasure::run_step(Erasure& self, Step step, UserId id, saga::Done done) {
    std::exception_ptr trouble;
    StepResult result;
    try {
        result = co_await (self.*step)(id);
    } catch (...) {
        trouble = std::current_exception();
    }
    trouble ? done(Outcome<StepResult>(trouble)) : done(Outcome<StepResult>(std::move(result)));
}

/// All that can go goes now; the last built first, because it may still need the others (an order its
/// payment).
Task<StepResult> Erasure::erase_everywhere(UserId id) {
    std::string waits_for;
    const auto& holders = persons_.holders();
    for (auto holder = holders.rbegin(); holder != holders.rend(); ++holder) {
        const std::string waits = co_await holder->erase(id);
        if (waits_for.empty() && !waits.empty()) waits_for = holder->name + ": " + waits;
    }
    auto note = [id, waits_for](db::Tx& tx) {
        store::set_erasure_waits(tx, id, waits_for);
        return Unit{};
    };
    co_await access_.database().write(std::move(note));
    if (waits_for.empty()) co_return StepResult::ok();
    co_return StepResult{StepResult::Kind::unknown, waits_for};
}

Task<StepResult> Erasure::scrub_everywhere(UserId id) {
    // Once more: a request that was let in before the tokens died may have left something.
    co_await let_others_hear(access_.database().dialect());
    auto again = co_await erase_everywhere(id);
    if (again.kind != StepResult::Kind::done) co_return again;
    auto forget = [id](db::Tx& tx) {
        store::forget_email(tx, id);
        return Unit{};
    };
    co_await access_.database().write(std::move(forget));
    for (const auto& holder : persons_.holders()) {
        auto start = [database = holder.database](Then<Unit> then) { database->scrub(std::move(then)); };
        UniqueFunction<void(Then<Unit>)> named(std::move(start));
        co_await runtime::await_then<Unit>(std::move(named));
    }
    co_return StepResult::ok();
}

app::PersonHolder Erasure::holder() {
    return {"user", &access_.database(), [this](UserId id, int rows) { return show_own(id, rows); },
            [this](UserId id) { return erase_own(id); }};
}

Task<std::string> Erasure::show_own(UserId id, int rows) {
    struct Own {
        std::optional<User> user;
        Consent consent;
        std::vector<Session> sessions;
        std::vector<ApiKey> keys;
        std::vector<MailInQueue> mails;
    };
    auto look = [id, rows, now = access_.database().clock().now()](db::Session& session) {
        Own own{store::find(session, id), store::find_consent(session, id), {}, {}, {}};
        own.sessions = store::sessions(session, id, now, std::nullopt, rows, 0);
        own.keys = store::api_keys(session, id, now, std::nullopt, rows, 0);
        if (own.user) own.mails = store::mails_to(session, own.user->email, rows);
        return own;
    };
    auto own = co_await access_.database().snapshot(std::move(look));
    json::Writer w;
    w.begin_object();
    if (own.user) w.key("profile").raw(to_json(*own.user));
    w.key("consent").begin_object();
    w.member("givenAt", own.consent.given_at).member("text", own.consent.text).end_object();
    w.key("sessions").begin_array();
    for (const auto& s : own.sessions)
        w.begin_object()
            .member("device", s.device)
            .member("createdAt", s.created_at)
            .member("seenAt", s.seen_at)
            .end_object();
    w.end_array().key("apiKeys").begin_array();
    for (const auto& key : own.keys) w.raw(to_json(key));
    w.end_array().key("mailsOnTheirWay").begin_array();
    for (const auto& m : own.mails)
        w.begin_object().member("subject", m.subject).member("createdAt", m.created_at).end_object();
    w.end_array().end_object();
    co_return w.take();
}

Task<std::string> Erasure::erase_own(UserId id) {
    auto look = [id](db::Session& session) { return store::find_erasure(session, id); };
    auto state = co_await access_.database().read(std::move(look));
    if (!state || state->email.empty()) co_return std::string();
    // Later mails too, unless somebody has an account with this address again: another process may have
    // written one before it heard, by a clock that is ahead.
    auto clear = [email = state->email, until = state->asked_at](db::Tx& tx) {
        const bool taken = store::find_by_email(tx.session(), email).has_value();
        return store::delete_mails(tx, email, taken ? until : end_of_time);
    };
    if (co_await access_.database().write(std::move(clear)) > 0)
        co_return std::string("a mail is being sent");
    auto start = [this, email = state->email, until = state->asked_at](Then<Unit> then) {
        pump_.forget(email, until, std::move(then));
    };
    UniqueFunction<void(Then<Unit>)> named(std::move(start));
    co_await runtime::await_then<Unit>(std::move(named));
    co_return std::string();
}

}  // namespace cloudretail::user
