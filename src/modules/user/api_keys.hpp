// API keys: long-lived secrets of programs that act for a person, each for what its scopes say. Made, listed
// and ended by their owner; turned into callers at every request. Known ones are remembered per thread for
// some minutes; what ends one acts at once here (Revocations), within about a second in other processes.
// Thread-safe.
#pragma once

#include <gateway/page.hpp>
#include "access_writer.hpp"
#include "activity.hpp"
#include "api_key_store.hpp"

namespace cloudretail::user {

struct KeySettings {
    std::int64_t max_age_ms = 365LL * 86'400'000;
    int per_user = 20;
};

class ApiKeys {
  public:
    /// What it is given must outlive it.
    ApiKeys(AccessWriter& access, const Revocations& revocations, KeySettings settings);

    struct Made {
        ApiKey key;
        std::string secret;  // the key itself, shown once
    };
    /// Errors: validation (/name, /scopes/…, /expiresAt), too_many_api_keys, unauthenticated (the caller's
    /// token ended meanwhile).
    Task<Result<Made>> make(Caller caller, NewKey key);
    struct Page {
        std::vector<ApiKey> keys;
        std::int64_t total = 0;
    };
    /// Newest first. Errors: validation (a cursor that is none of ours).
    Task<Result<Page>> list(Caller caller, gateway::PageRequest page);
    /// Errors: not_found.
    Task<Result<ApiKey>> get(Caller caller, Uuid id);
    /// Worth nothing from the commit on. Errors: not_found.
    Task<Result<>> end(Caller caller, Uuid id);

    /// The caller with the key's scopes. Asks the database about keys that are not remembered. Errors:
    /// unauthenticated, always in the same words.
    Task<Result<Caller>> authenticate(std::string secret);
    /// Is the caller's key still worth something, as far as this process knows? Never waits.
    [[nodiscard]] bool still_good(const Caller& caller) const;
    /// Once, before any request.
    void know_scopes(std::vector<gateway::ScopeRule> scopes) { scopes_ = std::move(scopes); }
    /// Writes when keys were used; at most once a minute and key.
    Task<void> write_activity();

  private:
    std::optional<Result<Caller>> recall(const std::string& secret, Timestamp now, std::uint64_t generation);
    void note_use(const Uuid& id, Timestamp& seen, Timestamp now);

    AccessWriter& access_;
    const Revocations& revocations_;
    KeySettings settings_;
    Activity activity_;
    std::vector<gateway::ScopeRule> scopes_;
    std::uint64_t instance_;  // tells the per-thread memories of several instances apart
};

}  // namespace cloudretail::user
