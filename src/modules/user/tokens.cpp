// Issuing and checking tokens; see tokens.hpp.
#include "tokens.hpp"

#include <atomic>
#include <unordered_map>

namespace cloudretail::user {

namespace {

constexpr std::size_t remembered_per_thread = 4096;

struct Remembered {
    Caller caller;
    Uuid token_id;
    std::uint64_t generation;  // of the revocations it was last compared with
    Timestamp seen;            // the hour that was noted last
};

/// By the whole token: a table by a mere hash of it could be entered with a forged one of the same hash.
struct Memory {
    std::uint64_t instance = 0;
    std::unordered_map<std::string, Remembered> tokens;
};

Memory& memory_of(std::uint64_t instance) {
    thread_local Memory memory;
    if (memory.instance != instance) {
        memory.tokens.clear();
        memory.instance = instance;
    }
    return memory;
}

Error refused() {
    return Error(cloudretail::errors::unauthenticated, "The token is not valid; sign in again.");
}

std::uint64_t next_instance() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

}  // namespace

Tokens::Tokens(const security::TokenSigner& signer, const Revocations& revocations, Activity& activity,
               const Clock& clock, std::int64_t ttl_ms)
    : signer_(signer),
      revocations_(revocations),
      activity_(activity),
      clock_(clock),
      ttl_ms_(ttl_ms),
      instance_(next_instance()) {}

Issued Tokens::issue(const User& user) const { return issue(user, make_uuid(), clock_.now()); }

Issued Tokens::issue(const User& user, const Uuid& token_id, Timestamp now) const {
    security::Claims claims;
    claims.subject = user.id.to_string();
    claims.role = to_text(user.role);
    claims.token_id = token_id.to_string();
    claims.issued_at = now;
    claims.expires_at = now.plus_ms(ttl_ms_);
    return {signer_.sign(claims), ttl_ms_ / 1000, token_id, now, claims.expires_at};
}

Task<Result<Caller>> Tokens::authenticate(std::string token) { co_return check(token); }

bool Tokens::still_good(const Caller& caller) const {
    const auto token_id = Uuid::parse(caller.token_id);
    return token_id && caller.token_expires > clock_.now() && !revocations_.ended(caller.id, *token_id);
}

Result<Caller> Tokens::check(const std::string& token) const {
    if (!revocations_.complete()) {
        Error away(cloudretail::errors::unavailable, "Accounts are not available at the moment.");
        away.retry_after_s = 1;
        return away;
    }
    const Timestamp now = clock_.now(), hour = Activity::hour_of(now);
    auto& tokens = memory_of(instance_).tokens;
    // Read before the set is asked: a token revoked in between is asked for again next time.
    const std::uint64_t generation = revocations_.generation();
    if (auto found = tokens.find(token); found != tokens.end()) {
        Remembered& known = found->second;
        const bool expired = known.caller.token_expires <= now;
        if (expired ||
            (known.generation != generation && revocations_.ended(known.caller.id, known.token_id))) {
            tokens.erase(found);
            return refused();
        }
        known.generation = generation;
        if (known.seen != hour) {
            known.seen = hour;
            activity_.note(known.token_id, hour);
        }
        return known.caller;
    }
    auto caller = verify(token, now);
    if (!caller) return caller;
    const auto token_id = Uuid::parse(caller->token_id);
    if (!token_id || revocations_.ended(caller->id, *token_id)) return refused();
    if (tokens.size() >= remembered_per_thread) tokens.erase(tokens.begin());
    tokens.emplace(token, Remembered{*caller, *token_id, generation, hour});
    activity_.note(*token_id, hour);
    return caller;
}

Result<Caller> Tokens::verify(const std::string& token, Timestamp now) const {
    auto claims = signer_.verify(token, now);
    if (!claims) return refused();
    const auto id = UserId::parse(claims->subject);
    const auto role = role_from_text(claims->role);
    if (!id || !role || *role == Role::anonymous) return refused();
    Caller caller;
    caller.id = *id;
    caller.role = *role;
    caller.token_id = claims->token_id;
    caller.token_expires = claims->expires_at;
    return caller;
}

}  // namespace cloudretail::user
