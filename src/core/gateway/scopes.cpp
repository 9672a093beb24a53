// See scopes.hpp.
#include "scopes.hpp"

#include <algorithm>

namespace cloudretail::gateway {

namespace {

/// "orders:read": small letters and -, a colon, read or write.
bool is_scope(std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view verb = name.substr(colon + 1);
    return (verb == "read" || verb == "write") && std::ranges::all_of(name.substr(0, colon), [](char c) {
               return (c >= 'a' && c <= 'z') || c == '-';
           });
}

}  // namespace

std::vector<ScopeRule> read_scopes(json::View document, const std::vector<Operation>& operations,
                                   std::vector<std::string>& faults) {
    std::vector<ScopeRule> scopes;
    std::vector<bool> needed;
    const json::View listed = document["components"]["securitySchemes"]["apiKey"]["x-scopes"];
    listed.each_member([&](std::string_view name, json::View meaning) {
        if (!is_scope(name)) faults.push_back("x-scopes: " + std::string(name) + " is no name of a scope");
        scopes.push_back({std::string(name), std::string(meaning.text().value_or("")), Access::admin});
        needed.push_back(false);
    });
    for (const Operation& operation : operations) {
        const std::string& scope = operation.scope;
        const auto fault = [&](const char* what) {
            faults.push_back(operation.operation_id + ": x-scope " + scope + what);
        };
        if (scope.empty()) continue;
        if (scope == any_scope) {
            if (operation.access != Access::anyone) fault(" goes with x-access anyone alone");
            continue;
        }
        const auto found = std::ranges::find(scopes, scope, &ScopeRule::name);
        if (found == scopes.end()) {
            fault(" is not among components/securitySchemes/apiKey/x-scopes of the core fragment");
            continue;
        }
        if (scope.ends_with(":read") != (operation.method == http::Method::get))
            fault(" does not fit the method: :read for GET, :write for the rest");
        found->access = std::min(found->access, operation.access);
        needed[static_cast<std::size_t>(found - scopes.begin())] = true;
    }
    // What no operation of this document needs is not on offer: a part of the contract is a contract, too.
    std::vector<ScopeRule> offered;
    for (std::size_t i = 0; i < scopes.size(); ++i)
        if (needed[i]) offered.push_back(std::move(scopes[i]));
    return offered;
}

}  // namespace cloudretail::gateway
