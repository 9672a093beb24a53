// HTTP ↔ services of the user module: parse, call, render. No rules, no SQL.
#pragma once

#include <gateway/route.hpp>
#include <vector>
#include "administration.hpp"
#include "api_keys.hpp"
#include "erasure.hpp"
#include "service.hpp"
#include "sessions.hpp"
#include "sign_in.hpp"

namespace cloudretail::user {

/// What the routes call; all of it outlives them.
struct Services {
    Service& accounts;
    SignIn& sign_in;
    Sessions& sessions;
    TwoFactor& two_factor;
    Passwords& passwords;
    Administration& administration;
};

/// Registering, signing in and out, the profile. `secure_cookies`: the store is reached by https.
std::vector<gateway::Route> routes(const Services& services, db::Database& database, bool secure_cookies);
/// A person's passwords, second factor and sessions.
std::vector<gateway::Route> access_routes(const Services& services);
std::vector<gateway::Route> admin_routes(Administration& administration);
/// A person's API keys.
std::vector<gateway::Route> api_key_routes(ApiKeys& keys);
/// Taking one's data along, and having it erased.
std::vector<gateway::Route> privacy_routes(Erasure& erasure);

/// With Cache-Control: no-store, for secrets in answers to callers who are not signed in.
http::Response private_answer(http::Response response);
/// The member's text, empty where there is none.
std::string text_of(json::View place);

}  // namespace cloudretail::user
