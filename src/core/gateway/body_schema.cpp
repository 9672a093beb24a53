// See body_schema.hpp. valijson reports each fault at its leaf and again at every parent: only leaves are
// told. The only file that includes valijson, which is expensive to compile.
#include <base/rapidjson.hpp>  // first: it sets RapidJSON's assertions

#include <algorithm>
#include <charconv>
#include <span>
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "body_schema.hpp"
#include "schema.hpp"

namespace cloudretail::gateway {

namespace {

using Adapter = valijson::adapters::RapidJsonAdapter;

const rapidjson::Value& raw(json::View view) { return *static_cast<const rapidjson::Value*>(view.raw()); }

/// A place of the body: its pointer, and the schema's and body's nodes there.
struct Place {
    std::string pointer;
    const SchemaNode* node = nullptr;
    json::View value;
};

void append_token(std::string& pointer, std::string_view token) {
    pointer += '/';
    for (const char c : token) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

/// valijson's context is {"<root>", "[items]", "[0]", "[quantity]"}.
Place place_of(const std::vector<std::string>& context, const SchemaNode& root, json::View body) {
    Place place{.pointer = {}, .node = &root, .value = body};
    for (std::size_t i = 1; i < context.size(); ++i) {
        const std::string_view token = std::string_view(context[i]).substr(1, context[i].size() - 2);
        append_token(place.pointer, token);
        if (place.value.is_array()) {
            std::size_t index = 0;
            std::from_chars(token.data(), token.data() + token.size(), index);
            if (place.node) place.node = place.node->item();
            place.value = place.value.at(index);
        } else {
            if (place.node) place.node = place.node->member(token);
            place.value = place.value[token];
        }
    }
    return place;
}

/// "… less than 5.000000" → "5"; "… no more than 3 elements." → "3".
std::string last_number(std::string_view text) {
    const std::size_t begin = text.find_first_of("-0123456789");
    if (begin == std::string_view::npos) return {};
    std::size_t end = text.find_first_not_of("-.0123456789", begin);
    std::string number(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    while (!number.empty() && number.back() == '.') number.pop_back();
    if (number.find('.') == std::string::npos) return number;
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
    return number;
}

std::string quoted(std::string_view text) {
    const std::size_t begin = text.find('\'');
    const std::size_t end = text.rfind('\'');
    return begin == std::string_view::npos || end <= begin
               ? std::string()
               : std::string(text.substr(begin + 1, end - begin - 1));
}

std::string count_of(const std::string& n, const char* one, const char* many) {
    return n + " " + (n == "1" ? one : many);
}

std::string type_sentence(const Place& place) {
    const std::string expected = place.node ? place.node->expected() : std::string();
    if (place.value.is_null()) return "must not be null";
    return expected.empty() ? "is not of an allowed type" : "must be " + expected;
}

/// The enum that a value of this type was held against, here or in a branch.
std::string choices_for(const SchemaNode& node, json::View value) {
    if (!node.choices.empty()) return node.choices;
    for (const SchemaNode& branch : node.branches) {
        if (type_fits(branch, value) && !branch.choices.empty()) return branch.choices;
    }
    return {};
}

/// What valijson 1.0 says at a leaf → what we say. Not in the table: said at a parent, dropped.
struct Phrase {
    std::string_view begin;
    std::string (*say)(const Place&, std::string_view said);
};

constexpr Phrase phrases[] = {
    {"Target should not validate",
     [](const Place&, std::string_view) { return std::string("is not a known field"); }},
    {"Failed to match against any enum",
     [](const Place& p, std::string_view) {
         const std::string choices = p.node ? choices_for(*p.node, p.value) : std::string();
         return choices.empty() ? "is not an allowed value" : "must be one of: " + choices;
     }},
    {"Expected number less than or equal to",
     [](const Place&, std::string_view s) { return "must be at most " + last_number(s); }},
    {"Expected number less than",
     [](const Place&, std::string_view s) { return "must be less than " + last_number(s); }},
    {"Expected number greater than or equal to",
     [](const Place&, std::string_view s) { return "must be at least " + last_number(s); }},
    {"Expected number greater than",
     [](const Place&, std::string_view s) { return "must be greater than " + last_number(s); }},
    {"Array should contain no more than",
     [](const Place&, std::string_view s) {
         return "must have at most " + count_of(last_number(s), "item", "items");
     }},
    {"Array should contain no fewer than",
     [](const Place&, std::string_view s) {
         return "must have at least " + count_of(last_number(s), "item", "items");
     }},
    {"String should be no more than",
     [](const Place&, std::string_view s) {
         return "must have at most " + count_of(last_number(s), "character", "characters");
     }},
    {"String should be no fewer than",
     [](const Place&, std::string_view s) {
         const std::string n = last_number(s);
         return n == "1" ? std::string("must not be empty") : "must have at least " + n + " characters";
     }},
    {"Object should have no more than",
     [](const Place&, std::string_view s) {
         return "must have at most " + count_of(last_number(s), "field", "fields");
     }},
    {"Object should have no fewer than",
     [](const Place&, std::string_view s) {
         return "must have at least " + count_of(last_number(s), "field", "fields");
     }},
    {"Elements at indexes",
     [](const Place&, std::string_view) { return std::string("must not have the same item twice"); }},
    {"Failed to validate against exactly one",
     [](const Place&, std::string_view) { return std::string("fits more than one of the allowed forms"); }},
};

constexpr std::string_view said_type = "Value type not permitted";
constexpr std::string_view said_missing = "Missing required property";
constexpr std::string_view said_one_of = "Failed to validate against any child schemas allowed by oneOf";
constexpr std::string_view said_any_of = "Failed to validate against any schemas allowed by anyOf";

struct Fault {
    std::string pointer;
    std::string detail;
    bool type = false;  // the value is of another type: nothing else need be said about it
};

bool below(const std::string& pointer, const std::string& parent) {
    return pointer.starts_with(parent) && (pointer.size() == parent.size() || pointer[parent.size()] == '/');
}

/// No branch of a oneOf/anyOf fits, and valijson has just told the faults of all of them. Those of the
/// branches whose type the value has are worth telling; where it has none of the types, only that.
void merge_branches(std::vector<Fault>& faults, const Place& place) {
    std::size_t first = faults.size();
    while (first > 0 && below(faults[first - 1].pointer, place.pointer)) --first;
    const auto begin = faults.begin() + static_cast<std::ptrdiff_t>(first);
    const std::vector<SchemaNode>& branches = place.node->branches;
    const bool fits = std::any_of(branches.begin(), branches.end(),
                                  [&](const SchemaNode& branch) { return type_fits(branch, place.value); });
    if (!fits) {
        faults.erase(begin, faults.end());
        faults.push_back({place.pointer, type_sentence(place), true});
        return;
    }
    // What is said of an object or array as a whole (an enum, say) comes from a branch for plain values.
    const bool whole = place.value.is_object() || place.value.is_array();
    const bool mixed = std::any_of(begin, faults.end(), [](const Fault& f) { return f.type; });
    const auto of_another = [&](const Fault& f) {
        return f.pointer == place.pointer && (f.type || (whole && mixed));
    };
    faults.erase(std::remove_if(begin, faults.end(), of_another), faults.end());
    if (faults.size() == first) faults.push_back({place.pointer, "has none of the allowed forms"});
}

std::vector<Fault> faults_of(const valijson::ValidationResults& results, const SchemaNode& root,
                             json::View body) {
    std::vector<Fault> faults;
    for (const auto& result : results) {
        if (faults.size() >= 10 * BodySchema::max_errors) break;  // more is never told
        Place place = place_of(result.context, root, body);
        const std::string_view said = result.description;
        if (said.starts_with(said_type)) {
            faults.push_back({place.pointer, type_sentence(place), true});
        } else if (said.starts_with(said_missing)) {
            append_token(place.pointer, quoted(said));
            faults.push_back({place.pointer, "is required"});
        } else if (place.node && (said.starts_with(said_one_of) || said.starts_with(said_any_of))) {
            merge_branches(faults, place);
        } else {
            const auto phrase = std::find_if(std::begin(phrases), std::end(phrases),
                                             [&](const Phrase& p) { return said.starts_with(p.begin); });
            if (phrase != std::end(phrases)) faults.push_back({place.pointer, phrase->say(place, said)});
        }
    }
    return faults;
}

/// Walks the places that have a format and appends what is wrong with them, unless that place is refused
/// already.
class FormatCheck {
  public:
    explicit FormatCheck(std::vector<Fault>& faults) : faults_(faults) {}

    void walk(const SchemaNode& node, json::View value, std::string& pointer) {
        if (!node.has_formats || faults_.size() >= BodySchema::max_errors) return;
        check(node, value, pointer);
        if (value.is_object()) {
            value.each_member([&](std::string_view name, json::View member) {
                const SchemaNode* child = node.member(name);
                if (child && child->has_formats) step(*child, member, pointer, name);
            });
        } else if (value.is_array() && node.item()) {
            for (std::size_t i = 0; i < value.size(); ++i)
                step(*node.item(), value.at(i), pointer, std::to_string(i));
        }
        for (const SchemaNode& branch : node.branches) {
            if (!value.is_object() && !value.is_array() && type_fits(branch, value))
                walk(branch, value, pointer);
        }
    }

  private:
    void step(const SchemaNode& child, json::View value, std::string& pointer, std::string_view token) {
        const std::size_t length = pointer.size();
        append_token(pointer, token);
        walk(child, value, pointer);
        pointer.resize(length);
    }
    void check(const SchemaNode& node, json::View value, const std::string& pointer) {
        if (node.format == Format::none) return;
        std::string problem;
        if (node.format == Format::money) {
            const auto token = value.number_text();
            if (!token) return;
            problem = format_problem(Format::money, *token);
        } else {
            const auto text = value.text();
            if (!text) return;
            problem = format_problem(node.format, *text);
        }
        if (problem.empty()) return;
        const bool known = std::any_of(faults_.begin(), faults_.end(),
                                       [&](const Fault& fault) { return fault.pointer == pointer; });
        if (!known) faults_.push_back({pointer, std::move(problem)});
    }
    std::vector<Fault>& faults_;
};

}  // namespace

struct BodySchema::Impl {
    CompiledSchema compiled;
    valijson::Schema schema;
};

BodySchema::BodySchema(const OpenApi& contract, json::View schema, const std::string& where)
    : impl_(std::make_unique<Impl>()) {
    impl_->compiled = compile_schema(contract, schema, where);
    rapidjson::Document plain;
    plain.Parse(impl_->compiled.plain.data(), impl_->compiled.plain.size());
    if (plain.HasParseError()) throw ContractError(where + ": the schema is not JSON");
    try {
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        parser.populateSchema(Adapter(plain), impl_->schema);
    } catch (const std::exception& e) {
        throw ContractError(where + ": " + e.what());
    }
}

BodySchema::~BodySchema() = default;

void BodySchema::check(json::View body, std::vector<FieldError>& errors) const {
    std::vector<Fault> faults;
    const Adapter target(raw(body));
    valijson::Validator validator;
    // First without results: it stops at the first fault and collects nothing. Nearly every body is fine.
    if (!validator.validate(impl_->schema, target, nullptr)) {
        valijson::ValidationResults results;
        validator.validate(impl_->schema, target, &results);
        faults = faults_of(results, impl_->compiled.root, body);
        if (faults.empty()) faults.push_back({"", "does not match the schema"});
    }
    std::string pointer;
    FormatCheck(faults).walk(impl_->compiled.root, body, pointer);

    // Once per place; where the type is wrong that alone is told.
    std::vector<const Fault*> told;
    for (const Fault& fault : faults) {
        const auto same = [&](const Fault* other) { return other->pointer == fault.pointer; };
        const auto at = std::find_if(told.begin(), told.end(), same);
        if (at == told.end()) {
            told.push_back(&fault);
        } else if (fault.type) {
            *at = &fault;
        }
        if (told.size() == max_errors) break;
    }
    for (const Fault* fault : told) {
        if (errors.size() < max_errors) errors.push_back({fault->pointer, fault->detail});
    }
}

}  // namespace cloudretail::gateway
