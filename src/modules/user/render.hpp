// Users as JSON, as in openapi.json and in the addresses column. Pure functions.
#pragma once

#include <base/json.hpp>
#include <string>
#include <vector>
#include "access_store.hpp"
#include "key_rules.hpp"
#include "tokens.hpp"

namespace cloudretail::user {

/// A user as seen by themselves and administrators.
std::string to_json(const User& user);
std::string to_json(const Session& session, bool current);
/// `secret`: the key itself, where it is shown; else empty.
std::string to_json(const ApiKey& key, std::string_view secret = {});
std::string recovery_codes_json(const std::vector<std::string>& codes);
/// The answer to registering and signing in; without the token where a cookie carries it.
std::string signed_in_json(const User& user, const Issued& issued, bool with_token);
std::string etag_of(const User& user);
std::string etag_of(const ApiKey& key);

Address address_from(json::View object);
std::string addresses_to_json(const std::vector<Address>& addresses);
/// Throws std::runtime_error where the text is not what addresses_to_json makes.
std::vector<Address> addresses_from_json(std::string_view text);

/// Set-Cookie of a session (RFC 6265bis): the token for `max_age_s` seconds; 0 clears it.
std::string session_cookie(std::string_view token, std::int64_t max_age_s, bool secure);

}  // namespace cloudretail::user
