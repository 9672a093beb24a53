// What a module says about one operation, and what its handler is given.
#pragma once

#include <base/caller.hpp>
#include <base/json.hpp>
#include <db/idempotency.hpp>
#include <functional>
#include <http/message.hpp>
#include <string>
#include <vector>

namespace cloudretail::gateway {

/// One request on its way through the chain (chain.cpp). By the time a handler sees it, it is authenticated
/// and its body and query satisfy the operation's schema.
struct Call {
    http::Request& request;
    Caller caller;
    std::string request_id;
    std::string client_address;            // peer, or from X-Forwarded-For of a trusted proxy
    std::vector<std::string> path_values;  // of `{…}` in the route's path, in order, decoded
    json::Document document;               // body, where the operation has one
    db::IdempotencyKey idempotency;        // empty where none was sent or the route does not take one
    /// Checks a line of application/x-ndjson against the operation's schema; set where it has one.
    std::function<void(json::View, std::vector<FieldError>&)> check_row{};

    [[nodiscard]] json::View body() const { return document.root(); }
    [[nodiscard]] std::optional<std::string_view> query(std::string_view name) const {
        return request.query_value(name);
    }
    /// The path value as an id; errors::not_found where it is none.
    template <class IdType>
    [[nodiscard]] Result<IdType> id(std::size_t index = 0) const {
        auto parsed = IdType::parse(path_values.at(index));
        if (!parsed) return Error(errors::not_found, "No such id.");
        return *parsed;
    }
};

using RouteHandler = std::function<Task<Result<http::Response>>(Call&)>;

enum class Access { anyone, signed_in, vendor /* and admin */, admin };

struct Route {
    http::Method method;
    std::string path;          // "/api/orders/{id}"; the same is served under /api/v1
    std::string operation_id;  // as in openapi.json
    Access access;             // coarse; ownership is the service's business
    RouteHandler handler;
    db::Database* idempotency = nullptr;  // POSTs that create: where their keys are kept
    std::string bucket{};        // a stricter rate-limit bucket: "register", "login"; empty = the general one
    std::size_t body_limit = 0;  // bytes, refused before they are read; 0: limits.body_bytes
    bool stream_body = false;    // the handler reads it itself, with request.read_piece; no idempotency key
    bool claims_first = false;   // the handler claims the key before all else, so nobody need look it up
};

/// What an API key can be allowed, as the document lists it.
struct ScopeRule {
    std::string name;     // "orders:read"
    std::string meaning;  // for people
    Access access;        // the least that an operation with it asks of its caller
};

/// The scope of operations that every API key may call.
inline constexpr std::string_view any_scope = "any";

/// Turns a bearer token, API key or session cookie value into a caller. Registered by the user module.
class Authenticator {
  public:
    virtual ~Authenticator() = default;
    /// Errors: errors::unauthenticated. Usually answers without suspending.
    virtual Task<Result<Caller>> authenticate(std::string token) = 0;
    /// May a caller that was authenticated before go on, as far as this process knows? For what takes long
    /// (event streams). Any thread; never waits.
    [[nodiscard]] virtual bool still_good(const Caller& caller) const = 0;
    /// Once, at start, before any request: the scopes that there are.
    virtual void know_scopes(const std::vector<ScopeRule>&) {}
};

}  // namespace cloudretail::gateway
