// The contract: joins the embedded fragments (openapi_fragments: core.json, user.json, …) into one
// OpenAPI 3.0.3 document and checks that it and the route table name the same operations. It does not look at
// requests: validate.hpp compiles the schemas. Thread rule: built once at start, constant afterwards.
//
// How to write a fragment (src/modules/<module>/openapi.json): an object with three members, nothing else.
//
//   {
//     "tags": [{"name": "orders", "description": "…"}],
//     "paths": {
//       "/api/orders/{id}/cancel": {
//         "post": {
//           "operationId": "cancelOrder",
//           "x-access": "signed_in",
//           "tags": ["orders"], "summary": "Cancels an order", "description": "…",
//           "parameters": [
//             {"$ref": "#/components/parameters/id"},
//             {"$ref": "#/components/parameters/idempotencyKey"},
//             {"name": "dryRun", "in": "query", "schema": {"type": "boolean"}}],
//           "requestBody": {"required": true, "content": {"application/json": {
//             "schema": {"$ref": "#/components/schemas/CancelOrder"}}}},
//           "responses": {
//             "200": {"description": "The order", "content": {"application/json": {
//               "schema": {"$ref": "#/components/schemas/Order"}}}},
//             "409": {"$ref": "#/components/responses/Problem"}}}}},
//     "components": {"schemas": {"CancelOrder": {"type": "object", "properties": {
//       "reason": {"type": "string", "minLength": 1, "maxLength": 500}}}}}
//   }
//
// - operationId is unique and the same text as Route::operation_id. x-access is anyone, signed_in, vendor
//   or admin, the same as Route::access.
// - Whose thing an operation works on is said beside x-access; an operation with an id in its path must say
//   it, and tests/api asks every operation as everybody by it:
//     x-owner    none      nobody's: whoever x-access admits may
//                self      the person's it belongs to, not even an administrator's
//                customer  its customer's and administrators'
//                vendor    its vendor's and administrators'
//                parties   its customer's, its vendor's and administrators'
//     x-foreign  what all others that x-access admits are answered: 404 for what is private, 403 for what
//                everybody can see; not with none
//     x-viewer   customer or vendor: may see the private thing and so is answered 403, not 404; rarely needed
//   A thing that is not there is 404 for everybody whom x-access admits.
// - x-scope names what an API key needs to call the operation: "<resource>:read" for GET, "<resource>:write"
//   for the rest, one of those that the core fragment lists in components/securitySchemes/apiKey/x-scopes
//   (add yours there); or "any", for what is everybody's. Without it no
//   API key may call it: signing in, passwords, second factors, keys, erasing.
// - Every JSON body has an `example` that its schema accepts.
// - Paths start with /api/ (never /api/v1/: that is served by itself). A path item has methods only. Every
//   {name} of the path is declared as a parameter; the idempotencyKey parameter if and only if
//   Route::idempotency is set.
// - The joiner adds to every operation `security` (from x-access and x-scope; do not write it), and where
//   they are missing the responses 401 and 403, 422 (body or query), 429 and `default`, all referring to
//   Problem; the list of scopes to the description of the scheme apiKey; and to responses without `headers`
//   those that follow from status and parameters: X-Request-Id, ETag (200 where If-Match or If-None-Match is
//   declared), Location (201), Link (cursor), Idempotency-Replayed, Retry-After.
//   tests/api wants each that is `required` in every answer.
// - Bodies and answers are named: their schema is a $ref to one of components/schemas, and so are objects in
//   arrays; clients are generated from these names. Every operation has tags, a summary and a description.
// - Shared, from the core fragment: parameters page, limit, cursor, id (a UUID in the path),
//   idempotencyKey, ifMatch, ifNoneMatch; responses Problem, NoContent, NotModified; schemas Problem,
//   Money, Currency, Uuid, Timestamp, Page (page, limit, total, totalPages, nextCursor: combine it by allOf
//   with your items).
// - $ref is a full "#/components/<kind>/<name>", alone in its object. Names are unique over all fragments.
// - Request schemas (bodies and query) are enforced, so they may use only: type, properties, required,
//   items, enum, additionalProperties, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength,
//   maxLength, minItems, maxItems, uniqueItems (with maxItems ≤ 1000), minProperties, maxProperties, oneOf,
//   anyOf, nullable, format; and for people title, description, example, default, x-…. `pattern` is refused
//   at start (rules.cpp checks such things), and so is allOf, but for one schema: {"type": "object",
//   "nullable": true, "allOf": [{"$ref": "…"}]}.
// - There a string needs maxLength, enum or a format, an array maxItems, an object properties or
//   additionalProperties. An object with `properties` refuses unknown fields unless it says
//   additionalProperties.
// - format is money (of a number), uuid, email, date-time or currency (of a string), no other. null is
//   refused unless the schema is nullable. A query parameter is a string, integer, boolean, or a number of
//   format money.
// - A body that is not JSON names its types instead ("image/*", "text/csv"); the handler reads request.body
//   itself. Route::body_limit replaces limits.body_bytes for that operation; its body is then taken only from
//   who may call it. With Route::stream_body the handler reads request.read_piece as the body comes; the
//   schema of "application/x-ndjson" is then that of a line, and Call::check_row checks one.
// - Response schemas are documentation: any OpenAPI 3.0 schema, allOf included.
#pragma once

#include <base/embedded.hpp>
#include <base/json.hpp>
#include <gateway/route.hpp>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace cloudretail::gateway {

/// A fault of the fragments or a difference to the routes; what() lists all of them, a line each.
class ContractError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

std::string_view to_text(Access access);

/// One operation of the joined document.
struct Operation {
    http::Method method;
    std::string path;
    std::string operation_id;
    Access access;
    bool idempotency_key = false;  // declares the Idempotency-Key header
    std::string scope{};           // x-scope; empty: no API key may call it
    json::View definition;         // its object; valid while the OpenApi lives
};

class OpenApi {
  public:
    /// Joins and checks the fragments. Throws ContractError.
    explicit OpenApi(std::span<const EmbeddedFile> fragments);

    /// The whole document, compact JSON.
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
    [[nodiscard]] const std::vector<ScopeRule>& scopes() const { return scopes_; }
    /// Follows `{"$ref": …}` (any number of them) from a place of the document; absent where it leads
    /// nowhere.
    [[nodiscard]] json::View resolve(json::View place) const;
    /// Throws ContractError with every difference between the document and `routes`: operations without a
    /// route, routes without an operation, other operation ids, access or idempotency.
    void check(std::span<const Route> routes) const;

  private:
    std::string text_;         // with what the joiner adds
    json::Document document_;  // without
    std::vector<Operation> operations_;
    std::vector<ScopeRule> scopes_;
};

/// Throws ContractError with `faults`, a line each, unless there are none.
void throw_faults(std::string_view headline, const std::vector<std::string>& faults);

}  // namespace cloudretail::gateway
