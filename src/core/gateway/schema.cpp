// See schema.hpp.
#include "schema.hpp"

#include <algorithm>
#include <array>

namespace cloudretail::gateway {

namespace {

constexpr int max_depth =
    32;  // of nested schemas: a body cannot be deeper, and a $ref that contains itself ends here

constexpr std::array<std::string_view, 6> known_types{"object", "array",   "string",
                                                      "number", "integer", "boolean"};

/// Copied as they are.
constexpr std::array<std::string_view, 10> plain_keywords{
    "minimum",  "maximum",     "minLength",     "maxLength", "minItems",
    "maxItems", "uniqueItems", "minProperties", "required",  "maxProperties"};
/// Handled below, or for people.
constexpr std::array<std::string_view, 16> other_keywords{
    "type",  "properties", "items",       "enum",   "additionalProperties", "oneOf",
    "anyOf", "allOf",      "nullable",    "format", "exclusiveMinimum",     "exclusiveMaximum",
    "title", "default",    "description", "example"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

[[noreturn]] void refuse(const std::string& where, std::string_view what) {
    throw ContractError(where + ": " + std::string(what));
}

std::string with_article(const std::string& type) {
    if (type == "null") return "null";
    const bool vowel = type.front() == 'o' || type.front() == 'a' || type.front() == 'i';
    return (vowel ? "an " : "a ") + type;
}

class Compiler {
  public:
    explicit Compiler(const OpenApi& contract) : contract_(contract) {}

    void compile(json::View schema, SchemaNode& node, const std::string& where, bool nullable = false) {
        if (++depth_ > max_depth) refuse(where, "the schema is nested too deeply, or contains itself");
        const json::View place = contract_.resolve(schema);
        if (!place.is_object()) refuse(where, "is not a schema");
        nullable = nullable || place["nullable"].boolean().value_or(false);
        if (place["allOf"].present()) {
            compile_wrapper(place, node, where, nullable);
        } else {
            check_keywords(place, where);
            w_.begin_object();
            write_type(place, node, where, nullable);
            write_plain(place);
            write_enum(place, node, nullable);
            write_object(place, node, where);
            write_array(place, node, where);
            write_branches(place, node, where, nullable);
            read_format(place, node, where);
            w_.end_object();
        }
        --depth_;
    }

    std::string take() { return w_.take(); }

  private:
    /// {"type": …, "nullable": true, "allOf": [one]}: OpenAPI 3.0's way to put a word beside a $ref. (It
    /// wants a type beside nullable; the one that counts is the schema's own.)
    void compile_wrapper(json::View place, SchemaNode& node, const std::string& where, bool nullable) {
        place.each_member([&](std::string_view name, json::View) {
            const bool fine = name == "allOf" || name == "nullable" || name == "type" ||
                              name == "description" || name.starts_with("x-");
            if (!fine) refuse(where, "allOf is only for one schema with nullable beside it");
        });
        if (place["allOf"].size() != 1) refuse(where, "allOf is only for one schema with nullable beside it");
        compile(place["allOf"].at(0), node, where, nullable);
    }

    static void check_keywords(json::View place, const std::string& where) {
        place.each_member([&](std::string_view name, json::View) {
            if (name.starts_with("x-") || contains(plain_keywords, name) || contains(other_keywords, name))
                return;
            refuse(where, "'" + std::string(name) + "' is not supported in request schemas");
        });
        const std::string_view type = place["type"].text().value_or("");
        const bool bounded =
            place["maxLength"].present() || place["enum"].present() || place["format"].present();
        if (type == "string" && !bounded) refuse(where, "a string needs maxLength, enum or a format");
        if (type == "array" && !place["maxItems"].present()) refuse(where, "an array needs maxItems");
        if (type == "array" && !place["items"].present()) refuse(where, "an array needs items");
        // valijson compares every pair of items.
        if (place["uniqueItems"].present() && place["maxItems"].integer().value_or(INT64_MAX) > 1000) {
            refuse(where, "uniqueItems needs maxItems of at most 1000");
        }
        if (type == "object" && !place["properties"].present() && !place["additionalProperties"].present()) {
            refuse(where, "an object needs properties or additionalProperties");
        }
    }

    void write_type(json::View place, SchemaNode& node, const std::string& where, bool nullable) {
        const json::View type = place["type"];
        if (!type.present()) return;
        const std::string text(type.text().value_or(""));
        if (!contains(known_types, text)) refuse(where, "type must be one of OpenAPI's");
        node.types.push_back(text);
        if (nullable) node.types.emplace_back("null");
        w_.key("type").begin_array();
        for (const std::string& t : node.types) w_.value(t);
        w_.end_array();
    }

    void write_plain(json::View place) {
        for (const std::string_view name : plain_keywords) {
            const bool exclusive =
                (name == "minimum" && place["exclusiveMinimum"].boolean().value_or(false)) ||
                (name == "maximum" && place["exclusiveMaximum"].boolean().value_or(false));
            if (!place[name].present()) continue;
            // Draft 7 has the bound itself where OpenAPI 3.0 has a flag beside the bound.
            const std::string_view key = !exclusive          ? name
                                         : name == "minimum" ? std::string_view("exclusiveMinimum")
                                                             : std::string_view("exclusiveMaximum");
            w_.key(key).raw(place[name].dump());
        }
    }

    void write_enum(json::View place, SchemaNode& node, bool nullable) {
        const json::View choices = place["enum"];
        if (!choices.present()) return;
        w_.key("enum").begin_array();
        for (std::size_t i = 0; i < choices.size(); ++i) {
            w_.raw(choices.at(i).dump());
            const auto text = choices.at(i).text();
            node.choices.append(node.choices.empty() ? "" : ", ");
            node.choices.append(text ? std::string(*text) : choices.at(i).dump());
        }
        if (nullable) w_.null();
        w_.end_array();
    }

    void write_object(json::View place, SchemaNode& node, const std::string& where) {
        const json::View properties = place["properties"];
        const json::View additional = place["additionalProperties"];
        if (properties.present()) {
            w_.key("properties").begin_object();
            properties.each_member([&](std::string_view name, json::View schema) {
                SchemaNode child;
                w_.key(name);
                compile(schema, child, where + "/" + std::string(name));
                node.has_formats = node.has_formats || child.has_formats;
                child.name = name;
                node.properties.push_back(std::move(child));
            });
            w_.end_object();
        }
        if (additional.is_object()) {
            node.additional = std::make_unique<SchemaNode>();
            w_.key("additionalProperties");
            compile(additional, *node.additional, where + "/*");
            node.has_formats = node.has_formats || node.additional->has_formats;
        } else if ((properties.present() && !additional.present()) || additional.boolean() == false) {
            // `false` would make valijson name the first unknown field only; {"not": {}} names each.
            w_.key("additionalProperties").begin_object().key("not").begin_object().end_object().end_object();
        }
    }

    void write_array(json::View place, SchemaNode& node, const std::string& where) {
        if (!place["items"].present()) return;
        node.items = std::make_unique<SchemaNode>();
        w_.key("items");
        compile(place["items"], *node.items, where + "/items");
        node.has_formats = node.has_formats || node.items->has_formats;
    }

    void write_branches(json::View place, SchemaNode& node, const std::string& where, bool nullable) {
        for (const std::string_view name : {"oneOf", "anyOf"}) {
            const json::View list = place[name];
            if (!list.present()) continue;
            if (!node.branches.empty()) refuse(where, "oneOf and anyOf do not go together");
            w_.key(name).begin_array();
            for (std::size_t i = 0; i < list.size(); ++i) {
                SchemaNode branch;
                compile(list.at(i), branch, where + "/" + std::string(name) + "/" + std::to_string(i));
                node.has_formats = node.has_formats || branch.has_formats;
                node.branches.push_back(std::move(branch));
            }
            if (nullable && node.types.empty()) {
                w_.begin_object().member("type", "null").end_object();
                node.branches.emplace_back().types.emplace_back("null");
            }
            w_.end_array();
        }
    }

    static void read_format(json::View place, SchemaNode& node, const std::string& where) {
        const json::View name = place["format"];
        if (!name.present()) return;
        const auto format = format_from_text(name.text().value_or(""));
        const std::string_view type = place["type"].text().value_or("");
        if (!format || type != (*format == Format::money ? "number" : "string")) {
            refuse(where,
                   "format must be money of a number, or uuid, email, date-time, currency of a string");
        }
        node.format = *format;
        node.has_formats = true;
    }

    const OpenApi& contract_;
    json::Writer w_;
    int depth_ = 0;
};

std::string_view type_name(json::View value) {
    if (value.is_null()) return "null";
    if (value.is_object()) return "object";
    if (value.is_array()) return "array";
    if (value.is_string()) return "string";
    if (value.boolean()) return "boolean";
    return value.integer() ? "integer" : "number";
}

}  // namespace

const SchemaNode* SchemaNode::member(std::string_view wanted) const {
    for (const SchemaNode& property : properties) {
        if (property.name == wanted) return &property;
    }
    for (const SchemaNode& branch : branches) {
        if (const SchemaNode* found = branch.member(wanted)) return found;
    }
    return additional.get();
}

const SchemaNode* SchemaNode::item() const {
    if (items) return items.get();
    for (const SchemaNode& branch : branches) {
        if (const SchemaNode* found = branch.item()) return found;
    }
    return nullptr;
}

std::string SchemaNode::expected() const {
    std::vector<std::string> all = types;
    if (all.empty()) {
        for (const SchemaNode& branch : branches)
            all.insert(all.end(), branch.types.begin(), branch.types.end());
    }
    std::string text;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) !=
            all.begin() + static_cast<std::ptrdiff_t>(i)) {
            continue;
        }
        text.append(text.empty() ? "" : " or ").append(with_article(all[i]));
    }
    return text;
}

CompiledSchema compile_schema(const OpenApi& contract, json::View schema, const std::string& where) {
    CompiledSchema out;
    Compiler compiler(contract);
    compiler.compile(schema, out.root, where);
    out.plain = compiler.take();
    return out;
}

bool type_fits(const SchemaNode& node, json::View value) {
    if (node.types.empty()) return true;
    const std::string_view type = type_name(value);
    return std::any_of(node.types.begin(), node.types.end(), [&](const std::string& t) {
        return t == type || (t == "number" && type == "integer");
    });
}

}  // namespace cloudretail::gateway
