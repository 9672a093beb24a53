// See validate.hpp. Query parameters are text: they are read here; bodies are body_schema.cpp's.
#include <algorithm>
#include <array>
#include <base/utf8.hpp>
#include <charconv>
#include <gateway/validate.hpp>
#include <http/message.hpp>

#include "body_schema.hpp"

namespace cloudretail::gateway {

namespace {

constexpr std::string_view json_type = "application/json", rows_type = "application/x-ndjson";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// "Application/JSON; charset=utf-8" → "application/json"
std::string essence(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
        content_type.remove_suffix(1);
    }
    return lower(content_type);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string joined(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& item : list) out.append(out.empty() ? "" : ", ").append(item);
    return out;
}

std::string range_problem(std::int64_t value, std::optional<std::int64_t> min,
                          std::optional<std::int64_t> max, std::string (*text)(std::int64_t)) {
    if (min && value < *min) return "must be at least " + text(*min);
    if (max && value > *max) return "must be at most " + text(*max);
    return {};
}

std::string plain(std::int64_t value) { return std::to_string(value); }
std::string money(std::int64_t value) { return Money{value}.to_string(); }
std::string characters(std::int64_t value) {
    return std::to_string(value) + (value == 1 ? " character" : " characters") + " long";
}

}  // namespace

bool is_clean_text(std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_utf8(text);
}

OperationSchema::OperationSchema(const OpenApi& contract, const Operation& operation) {
    const std::string where = std::string(http::to_text(operation.method)) + " " + operation.path;
    const json::View parameters = operation.definition["parameters"];
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const json::View parameter = contract.resolve(parameters.at(i));
        if (parameter["in"].text() == "query") read_parameter(contract, parameter, where);
    }
    const json::View body = contract.resolve(operation.definition["requestBody"]);
    if (body.present()) read_body(contract, body, where + " body");
}

OperationSchema::~OperationSchema() = default;
OperationSchema::OperationSchema(OperationSchema&&) noexcept = default;

void OperationSchema::read_parameter(const OpenApi& contract, json::View parameter,
                                     const std::string& operation) {
    Parameter p;
    p.name = parameter["name"].text().value_or("");
    p.required = parameter["required"].boolean().value_or(false);
    const std::string where = operation + " query/" + p.name;
    const json::View schema = contract.resolve(parameter["schema"]);
    constexpr std::array<std::string_view, 11> known{"type",      "format",    "minimum",    "maximum",
                                                     "minLength", "maxLength", "enum",       "default",
                                                     "title",     "example",   "description"};
    schema.each_member([&](std::string_view name, json::View) {
        if (name.starts_with("x-") || std::find(known.begin(), known.end(), name) != known.end()) return;
        throw ContractError(where + ": '" + std::string(name) + "' is not supported in query parameters");
    });
    const std::string_view type = schema["type"].text().value_or("");
    const auto format = format_from_text(schema["format"].text().value_or(""));
    if (schema["format"].present() && !format) throw ContractError(where + ": unknown format");
    if (type == "string") {
        p.format = format.value_or(Format::none);
        p.min = schema["minLength"].integer();
        p.max = schema["maxLength"].integer();
    } else if (type == "integer") {
        p.kind = Kind::integer;
        p.min = schema["minimum"].integer();
        p.max = schema["maximum"].integer();
    } else if (type == "boolean") {
        p.kind = Kind::boolean;
    } else if (type == "number" && format == Format::money) {
        p.kind = Kind::money;
        const auto minor = [](json::View bound) -> std::optional<std::int64_t> {
            const auto value = bound.money();
            return value ? std::optional(value->minor) : std::nullopt;
        };
        p.min = minor(schema["minimum"]);
        p.max = minor(schema["maximum"]);
    } else {
        throw ContractError(where + ": must be a string, integer, boolean, or a number of format money");
    }
    const json::View choices = schema["enum"];
    for (std::size_t i = 0; i < choices.size(); ++i) {
        p.choices.emplace_back(choices.at(i).text().value_or(""));
        if (p.choices.back().empty()) throw ContractError(where + ": enum must hold strings");
    }
    if (type == "string" && !p.max && p.choices.empty() && p.format == Format::none) {
        throw ContractError(where + ": a string needs maxLength, enum or a format");
    }
    parameters_.push_back(std::move(p));
}

void OperationSchema::read_body(const OpenApi& contract, json::View body, const std::string& where) {
    body_required_ = body["required"].boolean().value_or(false);
    body["content"].each_member([&](std::string_view type, json::View media) {
        media_types_.push_back(lower(type));
        if (type == rows_type) row_ = std::make_unique<BodySchema>(contract, media["schema"], where);
        if (type == json_type) body_ = std::make_unique<BodySchema>(contract, media["schema"], where);
    });
    if (media_types_.empty()) throw ContractError(where + ": names no content");
}

bool OperationSchema::takes(std::string_view content_type) const {
    const std::string type = essence(content_type);
    return std::any_of(media_types_.begin(), media_types_.end(), [&](const std::string& declared) {
        if (declared.ends_with("/*"))
            return type.starts_with(std::string_view(declared).substr(0, declared.size() - 1));
        return declared == type;
    });
}

std::string OperationSchema::media_types() const { return joined(media_types_); }

void OperationSchema::check_body(json::View body, std::vector<FieldError>& errors) const {
    if (body_) body_->check(body, errors);
}

void OperationSchema::check_row(json::View row, std::vector<FieldError>& errors) const {
    if (row_) row_->check(row, errors);
}

std::string OperationSchema::problem_of(const Parameter& parameter, std::string_view text) {
    if (!is_clean_text(text)) return "must be valid Unicode without NUL";
    if (!parameter.choices.empty()) {
        const bool known =
            std::find(parameter.choices.begin(), parameter.choices.end(), text) != parameter.choices.end();
        return known ? std::string() : "must be one of: " + joined(parameter.choices);
    }
    switch (parameter.kind) {
        case Kind::integer: {
            const auto value = whole_number(text);
            return value ? range_problem(*value, parameter.min, parameter.max, plain) : "must be an integer";
        }
        case Kind::boolean:
            return text == "true" || text == "false" ? "" : "must be true or false";
        case Kind::money: {
            const auto value = Money::parse(text);
            return value ? range_problem(value->minor, parameter.min, parameter.max, money) : value.error();
        }
        case Kind::text:
            break;
    }
    const auto length = static_cast<std::int64_t>(utf8_length(text));
    if (parameter.min == 1 && length == 0) return "must not be empty";
    std::string problem = range_problem(length, parameter.min, parameter.max, characters);
    return problem.empty() ? format_problem(parameter.format, text) : problem;
}

void OperationSchema::check_query(const std::vector<std::pair<std::string, std::string>>& query,
                                  std::vector<FieldError>& errors) const {
    if (query.empty() && parameters_.empty()) return;
    const auto refuse = [&](std::string_view name, std::string detail) {
        if (errors.size() >= BodySchema::max_errors) return;
        // A name that is not text cannot be told.
        errors.push_back(
            {"query/" + std::string(is_clean_text(name) ? name.substr(0, 100) : ""), std::move(detail)});
    };
    for (auto at = query.begin(); at != query.end(); ++at) {
        const auto same = [&](const auto& other) { return other.first == at->first; };
        const auto known = std::find_if(parameters_.begin(), parameters_.end(),
                                        [&](const Parameter& p) { return p.name == at->first; });
        if (known == parameters_.end()) {
            refuse(at->first, "is not a known parameter");
        } else if (std::find_if(query.begin(), at, same) != at) {
            refuse(at->first, "is given more than once");
        } else if (std::string problem = problem_of(*known, at->second); !problem.empty()) {
            refuse(at->first, std::move(problem));
        }
    }
    for (const Parameter& parameter : parameters_) {
        const auto same = [&](const auto& sent) { return sent.first == parameter.name; };
        if (parameter.required && std::none_of(query.begin(), query.end(), same)) {
            refuse(parameter.name, "is required");
        }
    }
}

}  // namespace cloudretail::gateway
