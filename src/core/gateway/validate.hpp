// Request bodies and query parameters against the schemas of openapi.json. Schemas are compiled once, at
// start: $ref is resolved, unknown fields are refused, `nullable` becomes a type and `format` is checked
// here, so that valijson sees plain JSON schema and std::regex never sees input. Thread rule: constant after
// construction.
#pragma once

#include <base/error.hpp>
#include <base/json.hpp>
#include <gateway/formats.hpp>
#include <gateway/openapi.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudretail::gateway {

class BodySchema;

/// UTF-8 without a zero byte? Path and query values must be, before they reach a database.
bool is_clean_text(std::string_view text);

/// What one operation takes. Compiling throws ContractError naming the operation and place of what is not
/// supported.
class OperationSchema {
  public:
    OperationSchema(const OpenApi& contract, const Operation& operation);
    ~OperationSchema();
    OperationSchema(OperationSchema&&) noexcept;

    [[nodiscard]] bool takes_body() const { return !media_types_.empty(); }
    [[nodiscard]] bool takes_json() const { return body_ != nullptr; }
    [[nodiscard]] bool body_required() const { return body_required_; }
    /// Is this Content-Type declared? Parameters and case are ignored; "image/*" takes all images.
    [[nodiscard]] bool takes(std::string_view content_type) const;
    /// "application/json, text/csv": for the 415.
    [[nodiscard]] std::string media_types() const;

    /// application/x-ndjson: the schema is that of a line, which the handler checks as it reads.
    [[nodiscard]] bool takes_rows() const { return row_ != nullptr; }
    void check_row(json::View row, std::vector<FieldError>& errors) const;
    /// Both append what is wrong, at most 100 entries in all; nothing: fine.
    void check_body(json::View body, std::vector<FieldError>& errors) const;
    void check_query(const std::vector<std::pair<std::string, std::string>>& query,
                     std::vector<FieldError>& errors) const;

  private:
    enum class Kind { text, integer, boolean, money };
    struct Parameter {
        std::string name;
        Kind kind = Kind::text;
        Format format = Format::none;
        bool required = false;
        std::optional<std::int64_t> min,
            max;  // integers as they are, money in minor units, text in code points
        std::vector<std::string> choices;
    };
    void read_parameter(const OpenApi& contract, json::View parameter, const std::string& where);
    void read_body(const OpenApi& contract, json::View body, const std::string& where);
    static std::string problem_of(const Parameter& parameter, std::string_view text);

    std::vector<std::string> media_types_;
    bool body_required_ = false;
    std::unique_ptr<BodySchema> body_, row_;
    std::vector<Parameter> parameters_;
};

}  // namespace cloudretail::gateway
