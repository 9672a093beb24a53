// API keys; see api_keys.hpp. Jobs are repeatable: secrets are made before them.
#include "api_keys.hpp"

#include <atomic>
#include <security/api_key.hpp>
#include <security/password.hpp>
#include <unordered_map>
#include <user/api.hpp>
#include "guard.hpp"
#include "sessions.hpp"

namespace cloudretail::user {

namespace {

constexpr std::size_t remembered_per_thread = 1024;
constexpr std::int64_t minute_ms = 60'000;
// Then the database is asked again: long before it is forgotten that a key ended (access_writer.cpp).
constexpr std::int64_t remembered_ms = 10 * minute_ms;

struct Remembered {
    Caller caller;
    Uuid id;
    std::uint64_t generation;  // of the revocations it was last compared with
    Timestamp read_at, seen;   // seen: the minute that was noted last
};

/// By the whole key, as tokens are.
struct Memory {
    std::uint64_t instance = 0;
    std::unordered_map<std::string, Remembered> keys;
};

Memory& memory_of(std::uint64_t instance) {
    thread_local Memory memory;
    if (memory.instance != instance) {
        memory.keys.clear();
        memory.instance = instance;
    }
    return memory;
}

std::uint64_t next_instance() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

Error refused() { return Error(cloudretail::errors::unauthenticated, "The API key is not valid."); }

Error no_such_key() { return Error(cloudretail::errors::not_found, "There is no such API key."); }

/// Ids alone: a key's name is its owner's.
std::string audit_details(const ApiKey& key) {
    json::Writer w;
    w.begin_object().member("keyId", key.id.to_string()).member("scopes", key.scopes.to_text()).end_object();
    return w.take();
}

Caller caller_of(const GoodKey& good) {
    Caller caller;
    caller.id = good.key.user_id;
    caller.role = good.role;
    caller.token_id = good.key.id.to_string();
    caller.token_expires = good.key.expires_at;
    caller.scopes = good.key.scopes;
    return caller;
}

}  // namespace

ApiKeys::ApiKeys(AccessWriter& access, const Revocations& revocations, KeySettings settings)
    : access_(access), revocations_(revocations), settings_(settings), instance_(next_instance()) {}

Task<Result<ApiKeys::Made>> ApiKeys::make(Caller caller, NewKey wished) {
    const Timestamp now = access_.database().clock().now();
    auto accepted = rules::accepted(std::move(wished), caller.role, scopes_, now, settings_.max_age_ms);
    if (!accepted) co_return accepted.error();
    Made made;
    made.secret = security::make_api_key();
    made.key = {make_uuid(),
                caller.id,
                std::move(accepted->name),
                Scopes(std::move(accepted->scopes)),
                security::api_key_hint(made.secret),
                now,
                *accepted->expires_at,
                std::nullopt};
    auto job = [caller, key = made.key, most = settings_.per_user,
                hash = security::sha256_hex(made.secret)](db::Tx& tx) -> Result<> {
        // Locked: a change of role or a disabling either sees this key and ends it, or is seen here.
        const auto account = store::find_locked(tx, caller.id);
        const auto token = Uuid::parse(caller.token_id);
        const auto epoch = store::epoch_of(tx.session(), caller.id);
        if (!account || account->user.status == Status::disabled || account->user.role != caller.role ||
            !token || (epoch && epoch->ends(*token)))
            return signed_out();
        if (store::count_api_keys(tx.session(), caller.id, tx.now()) >= most)
            return Error(errors::too_many_api_keys,
                         "An account may have " + std::to_string(most) + "; end one that is not needed.");
        store::insert(tx, key, hash);
        audit::record(tx, caller, "user.api_key_made", caller.id.to_string(), audit_details(key));
        return {};
    };
    auto done = co_await access_.database().write(std::move(job));
    if (!done) co_return done.error();
    co_return std::move(made);
}

Task<Result<ApiKeys::Page>> ApiKeys::list(Caller caller, gateway::PageRequest page) {
    const auto before = gateway::cursor_id<Uuid>(page);
    if (!before) co_return before.error();
    const Timestamp now = access_.database().clock().now();
    auto look = [id = caller.id, now, before = *before, page](db::Session& session) {
        return Page{store::api_keys(session, id, now, before, page.limit, page.offset()),
                    store::count_api_keys(session, id, now)};
    };
    co_return co_await access_.database().snapshot(std::move(look));
}

Task<Result<ApiKey>> ApiKeys::get(Caller caller, Uuid id) {
    auto look = [user = caller.id, id](db::Session& session) {
        return store::find_api_key(session, user, id);
    };
    auto key = co_await access_.database().read(std::move(look));
    if (!key || key->expires_at <= access_.database().clock().now()) co_return no_such_key();
    co_return std::move(*key);
}

Task<Result<>> ApiKeys::end(Caller caller, Uuid id) {
    auto job = [this, caller, id](db::Tx& tx) -> Result<Cutting<Unit>> {
        const auto key = store::find_api_key(tx.session(), caller.id, id);
        if (!key || key->expires_at <= tx.now()) return no_such_key();
        store::delete_api_key(tx, id);
        audit::record(tx, caller, "user.api_key_ended", caller.id.to_string(), audit_details(*key));
        return Cutting<Unit>{{}, access_.revoke_keys(tx, {id})};
    };
    auto done = co_await access_.write(std::move(job));
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<Result<Caller>> ApiKeys::authenticate(std::string secret) {
    const Timestamp now = access_.database().clock().now();
    // Read before the database is asked: a key that ends in between is compared at its next request.
    const std::uint64_t generation = revocations_.generation();
    if (auto known = recall(secret, now, generation)) co_return std::move(*known);
    if (!security::is_api_key(secret)) co_return refused();
    auto look = [hash = security::sha256_hex(secret)](db::Session& session) {
        return store::find_good_key(session, hash);
    };
    const auto good = co_await access_.database().read(std::move(look));
    if (!good || good->key.expires_at <= now || revocations_.revoked(good->key.id)) co_return refused();
    Remembered fresh{caller_of(*good), good->key.id, generation, now, {}};
    note_use(fresh.id, fresh.seen, now);
    Caller caller = fresh.caller;
    auto& keys = memory_of(instance_).keys;
    if (keys.size() >= remembered_per_thread) keys.erase(keys.begin());
    keys.insert_or_assign(std::move(secret), std::move(fresh));
    co_return caller;
}

bool ApiKeys::still_good(const Caller& caller) const {
    const auto id = Uuid::parse(caller.token_id);
    return id && caller.token_expires > access_.database().clock().now() && !revocations_.revoked(*id);
}

/// What this thread knows of the key; nullopt: nothing, or nothing fresh.
std::optional<Result<Caller>> ApiKeys::recall(const std::string& secret, Timestamp now,
                                              std::uint64_t generation) {
    auto& keys = memory_of(instance_).keys;
    const auto found = keys.find(secret);
    if (found == keys.end()) return std::nullopt;
    Remembered& known = found->second;
    const bool over = known.caller.token_expires <= now;
    if (over || (known.generation != generation && revocations_.revoked(known.id))) {
        keys.erase(found);
        return Result<Caller>(refused());
    }
    if (known.read_at.plus_ms(remembered_ms) <= now) {
        keys.erase(found);
        return std::nullopt;
    }
    known.generation = generation;
    note_use(known.id, known.seen, now);
    return Result<Caller>(known.caller);
}

void ApiKeys::note_use(const Uuid& id, Timestamp& seen, Timestamp now) {
    const Timestamp minute{now.ms - now.ms % minute_ms};
    if (seen == minute) return;
    seen = minute;
    activity_.note(id, minute);
}

Task<void> ApiKeys::write_activity() {
    return write_noted(access_.database(), activity_, &store::set_key_used);
}

}  // namespace cloudretail::user
