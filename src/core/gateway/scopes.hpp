// The scopes of API keys as the document has them. Thread rule: pure functions.
#pragma once

#include <gateway/openapi.hpp>

namespace cloudretail::gateway {

/// Those of components/securitySchemes/apiKey/x-scopes that operations need, each with the least access of
/// these. Faults: an operation's x-scope that is not listed or does not fit its method.
std::vector<ScopeRule> read_scopes(json::View document, const std::vector<Operation>& operations,
                                   std::vector<std::string>& faults);

}  // namespace cloudretail::gateway
