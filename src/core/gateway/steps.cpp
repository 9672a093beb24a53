// See steps.hpp.
#include "steps.hpp"

#include <algorithm>
#include <gateway/problem.hpp>
#include <security/password.hpp>

namespace cloudretail::gateway {

namespace {

Error invalid(std::vector<FieldError> fields) {
    const std::string count = std::to_string(fields.size());
    Error error(errors::validation, fields.size() == 1
                                        ? "One place of the request is not valid: see errors."
                                        : count + " places of the request are not valid: see errors.");
    error.fields = std::move(fields);
    return error;
}

std::string hash(std::string_view text) { return security::sha256_hex(text).substr(0, 32); }

/// The key without its quotes (a structured field string or a bare text); empty where it is none.
std::string_view key_in(std::string_view header) {
    if (header.size() >= 2 && header.front() == '"' && header.back() == '"')
        header = header.substr(1, header.size() - 2);
    const bool printable =
        std::all_of(header.begin(), header.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return printable && header.size() <= 255 ? header : std::string_view();
}

Result<> read_body(Exchange& x, std::size_t body_bytes, std::vector<FieldError>& faults) {
    const OperationSchema& schema = x.endpoint->schema;
    const std::string& body = x.request().body;
    if (!schema.takes_body()) return {};
    const std::size_t limit = x.endpoint->route.body_limit > 0 ? x.endpoint->route.body_limit : body_bytes;
    if (body.size() > limit) {
        return Error(problems::too_large,
                     "A body of at most " + std::to_string(limit) + " bytes is taken here.");
    }
    const std::string_view type = x.request().headers.get("Content-Type");
    if (body.empty() && !schema.body_required() && type.empty()) return {};
    // RFC 9110 section 15.5.16: a coded body is of no type that is taken.
    const std::string_view coding = x.request().headers.get("Content-Encoding");
    if (!coding.empty() && !http::same_name(coding, "identity"))
        return Error(problems::unsupported_media, "The body must come without a Content-Encoding.");
    if (!schema.takes(type)) {
        return Error(problems::unsupported_media, "The Content-Type must be " + schema.media_types() + ".");
    }
    if (!schema.takes_json() || (body.empty() && !schema.body_required())) return {};
    auto document = json::Document::parse(body);
    if (!document) return document.error();
    x.call.document = std::move(*document);
    schema.check_body(x.call.body(), faults);
    return {};
}

}  // namespace

Result<> check_route(Exchange& x) {
    if (!x.match.path_known) return Error(errors::not_found, "There is nothing at this address.");
    if (!x.endpoint) return Error(problems::method_not_allowed, "This address takes " + x.match.allow + ".");
    for (const std::string& value : x.match.values) {
        if (!is_clean_text(value)) return Error(errors::not_found, "There is nothing at this address.");
    }
    x.call.path_values = std::move(x.match.values);
    return {};
}

Result<> check_scope(const Exchange& x) {
    const std::optional<Scopes>& scopes = x.call.caller.scopes;
    const std::string& needed = x.endpoint->scope;
    if (!scopes || needed == any_scope || (!needed.empty() && scopes->has(needed))) return {};
    return Error(problems::insufficient_scope, needed.empty()
                                                   ? "No API key may do this; sign in."
                                                   : "This needs an API key with the scope " + needed + ".");
}

std::string scope_challenge(std::string_view scope) {
    std::string text = "Bearer error=\"insufficient_scope\"";
    if (!scope.empty()) text.append(", scope=\"").append(scope).append("\"");
    return text;
}

Result<> check_access(const Exchange& x) {
    const Access access = x.endpoint->route.access;
    const Caller& caller = x.call.caller;
    if (access == Access::anyone) return {};
    if (!caller.signed_in()) return Error(errors::unauthenticated, "This needs a token of a signed-in user.");
    const bool vendor = caller.role == Role::vendor || caller.is_admin();
    if (access == Access::vendor && !vendor)
        return Error(errors::forbidden, "This is for vendors and administrators.");
    if (access == Access::admin && !caller.is_admin())
        return Error(errors::forbidden, "This is for administrators.");
    return {};
}

Result<> read_input(Exchange& x, std::size_t body_bytes) {
    std::vector<FieldError> faults;
    if (auto body = read_body(x, body_bytes, faults); !body) return body;
    if (x.endpoint->schema.takes_rows())
        x.call.check_row = [schema = &x.endpoint->schema](json::View row, std::vector<FieldError>& errors) {
            schema->check_row(row, errors);
        };
    x.endpoint->schema.check_query(x.request().query, faults);
    if (!faults.empty()) return invalid(std::move(faults));
    return {};
}

Result<> read_idempotency_key(Exchange& x) {
    const http::Request& request = x.request();
    if (!x.endpoint->route.idempotency || !request.headers.has("Idempotency-Key")) return {};
    const std::string_view key = key_in(request.headers.get("Idempotency-Key"));
    if (key.empty()) return invalid({{"header/Idempotency-Key", "must be 1 to 255 printable characters"}});
    // The path as the route has it, with its values: /api/v1/orders is /api/orders.
    std::string scope = x.call.caller.signed_in() ? x.call.caller.id.to_string() : "anonymous";
    scope.append("\n").append(http::to_text(request.method)).append("\n").append(x.endpoint->route.path);
    for (const std::string& value : x.call.path_values) scope.append("\n").append(value);
    scope.append("\n\n").append(key);
    x.call.idempotency.scope = hash(scope);
    x.call.idempotency.fingerprint = hash(request.body);
    return {};
}

}  // namespace cloudretail::gateway
