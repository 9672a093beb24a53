// Turns a request schema of openapi.json into what is enforced: plain JSON schema text for valijson, and a
// tree of what valijson is not shown (formats) or does not say (the type it expected). Refuses what the house
// does not support. Thread rule: pure functions, used at start.
#pragma once

#include <base/json.hpp>
#include <gateway/formats.hpp>
#include <gateway/openapi.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::gateway {

struct SchemaNode {
    std::string name;                // of a member of an object
    std::vector<std::string> types;  // "string", "null", …; empty: any
    std::string choices;             // of an enum: "a, b, c"
    Format format = Format::none;
    bool has_formats = false;  // here or below
    std::vector<SchemaNode> properties;
    std::unique_ptr<SchemaNode> items, additional;
    std::vector<SchemaNode> branches;  // of oneOf or anyOf

    /// The schema of a member; null where it says nothing about it. Looks into branches too.
    [[nodiscard]] const SchemaNode* member(std::string_view wanted) const;
    /// The schema of the items of an array, likewise.
    [[nodiscard]] const SchemaNode* item() const;
    /// "a string or null"; of the branches where there are some.
    [[nodiscard]] std::string expected() const;
};

struct CompiledSchema {
    SchemaNode root;
    std::string plain;  // JSON schema, draft 7, without $ref, format, pattern, nullable
};

/// `where` names the operation and place in errors. Throws ContractError for the first thing that is not
/// supported.
CompiledSchema compile_schema(const OpenApi& contract, json::View schema, const std::string& where);

/// Is the JSON type of `value` among the node's types?
bool type_fits(const SchemaNode& node, json::View value);

}  // namespace cloudretail::gateway
