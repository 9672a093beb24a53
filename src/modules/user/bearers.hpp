// Whoever shows a token of a log-in or an API key: each goes to where it is known. Thread-safe.
#pragma once

#include <security/api_key.hpp>
#include "api_keys.hpp"
#include "tokens.hpp"

namespace cloudretail::user {

class Bearers final : public gateway::Authenticator {
  public:
    /// Both must outlive it.
    Bearers(Tokens& tokens, ApiKeys& keys) : tokens_(tokens), keys_(keys) {}

    Task<Result<Caller>> authenticate(std::string token) override {
        if (token.starts_with(security::api_key_prefix)) return keys_.authenticate(std::move(token));
        return tokens_.authenticate(std::move(token));
    }
    [[nodiscard]] bool still_good(const Caller& caller) const override {
        return caller.scopes ? keys_.still_good(caller) : tokens_.still_good(caller);
    }
    void know_scopes(const std::vector<gateway::ScopeRule>& scopes) override { keys_.know_scopes(scopes); }

  private:
    Tokens& tokens_;
    ApiKeys& keys_;
};

}  // namespace cloudretail::user
