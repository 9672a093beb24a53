// What the gateway's tests share: a contract made of small texts, and what building it said. Not a test
// itself.
#pragma once

#include <base/embedded.hpp>
#include <gateway/openapi.hpp>
#include <http/message.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::test {

/// The shared parts a fragment may refer to.
inline constexpr std::string_view core_fragment = R"({
  "openapi": "3.0.3", "info": {"title": "Test", "version": "1"}, "tags": [], "paths": {},
  "components": {
    "parameters": {
      "id": {"name": "id", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/Uuid"}},
      "cursor": {"name": "cursor", "in": "query", "schema": {"type": "string", "maxLength": 9}},
      "ifMatch": {"name": "If-Match", "in": "header", "schema": {"type": "string", "maxLength": 9}},
      "ifNoneMatch": {"name": "If-None-Match", "in": "header", "schema": {"type": "string", "maxLength": 9}},
      "idempotencyKey": {"name": "Idempotency-Key", "in": "header",
        "schema": {"type": "string", "maxLength": 257}}},
    "responses": {"Problem": {"description": "a problem"}},
    "schemas": {
      "Uuid": {"type": "string", "format": "uuid"},
      "Money": {"type": "number", "format": "money", "minimum": 0}}}})";

/// The same, with two scopes of API keys.
inline const std::string core_with_scopes = [] {
    std::string text(core_fragment);
    const std::string_view before = "\"schemas\": {";
    return text.insert(text.find(before),
                       R"("securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer",
      "description": "A key.", "x-scopes": {"things:read": "Look", "things:write": "Make"}}}, )");
}();

/// An operation in the words of a fragment: `extra` is JSON members with a comma in front, or empty.
inline std::string operation(std::string_view id, std::string_view access, std::string_view extra = {}) {
    return "{\"operationId\":\"" + std::string(id) + "\",\"x-access\":\"" + std::string(access) +
           "\",\"responses\":{\"200\":{\"description\":\"fine\"}}" + std::string(extra) + "}";
}

/// `,"requestBody":…` of a JSON schema.
inline std::string json_body(std::string_view schema, bool required = true) {
    return ",\"requestBody\":{\"required\":" + std::string(required ? "true" : "false") +
           ",\"content\":{\"application/json\":{\"schema\":" + std::string(schema) + "}}}";
}

/// Fragments whose texts live as long as this does.
class Fragments {
  public:
    explicit Fragments(std::string module_fragment, std::string_view core = core_fragment)
        : module_(std::move(module_fragment)), files_{{"core.json", core}, {"test.json", module_}} {}
    /// One path item: {"paths": {path: {method: operation}}}.
    Fragments(std::string_view method, std::string_view path, std::string_view operation_text)
        : Fragments("{\"paths\":{\"" + std::string(path) + "\":{\"" + std::string(method) +
                    "\":" + std::string(operation_text) + "}}}") {}
    Fragments(const Fragments&) = delete;
    [[nodiscard]] std::span<const EmbeddedFile> files() const { return files_; }

  private:
    std::string module_;
    std::vector<EmbeddedFile> files_;
};

/// What building the contract or using it said, empty when it went through.
template <class F>
std::string contract_error(F f) {
    try {
        f();
    } catch (const gateway::ContractError& e) {
        return e.what();
    }
    return {};
}

inline bool mentions(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace cloudretail::test
