// The chain's stops that decide on the request alone: access, body, idempotency key. Each lets pass or says
// why not. Thread rule: pure functions of the exchange.
#pragma once

#include <gateway/exchange.hpp>

namespace cloudretail::gateway {

/// Errors: errors::not_found, problems::method_not_allowed.
Result<> check_route(Exchange& x);
/// May the API key, where the caller came with one, do this? Errors: problems::insufficient_scope.
Result<> check_scope(const Exchange& x);
/// WWW-Authenticate of that error (RFC 6750, 3.1).
std::string scope_challenge(std::string_view scope);
/// Errors: errors::unauthenticated, errors::forbidden.
Result<> check_access(const Exchange& x);
/// Reads and validates body and query. Errors: problems::too_large, problems::unsupported_media,
/// errors::malformed_json, errors::validation with every fault that is found.
Result<> read_input(Exchange& x, std::size_t body_bytes);
/// Fills call.idempotency where a key was sent and the route takes one. Errors: errors::validation.
Result<> read_idempotency_key(Exchange& x);

}  // namespace cloudretail::gateway
