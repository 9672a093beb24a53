// The rows of an uploaded file, whatever its format: each as one JSON object, so that one schema and one set
// of rules judge both. CSV names its columns in the first line; JSONL (one JSON object a line) names them in
// each. Keeps no more than a row. Thread rule: one thread.
#pragma once

#include <base/error.hpp>
#include <optional>
#include <transfer/csv.hpp>

namespace cloudretail::transfer {

enum class Format { csv, jsonl };
/// By Content-Type: text/csv, application/x-ndjson; nullopt for any other.
std::optional<Format> format_of(std::string_view content_type);
std::string_view media_type(Format format);

/// A column of CSV, the member of the same name of a JSON row.
struct Column {
    std::string_view name;
    enum class Kind { text, number, json } kind = Kind::text;
    bool required = false;  // must be in the header; an empty cell is an empty text then, else none at all
};

struct RawRow {
    std::int64_t number = 0;  // 1 = the first row that is no header
    std::string json;         // an object, not checked yet
    std::string fault;        // why it cannot be used; empty = it can
};

class RowSource {
  public:
    RowSource(Format format, std::vector<Column> columns, std::size_t max_row_bytes);
    /// Adds each row that is complete. Errors: validation (the header is wrong; nothing more is taken then).
    Result<> feed(std::string_view bytes, std::vector<RawRow>& rows);
    Result<> end(std::vector<RawRow>& rows);

  private:
    void take_cells(CsvRow row, std::vector<RawRow>& rows);
    void take_header(CsvRow row);
    void take_lines(std::string_view bytes, std::vector<RawRow>& rows);
    void end_line(std::vector<RawRow>& rows);
    [[nodiscard]] std::string json_of(const std::vector<std::string>& cells) const;
    [[nodiscard]] CsvReader::Take taker(std::vector<RawRow>& rows);

    Format format_;
    std::vector<Column> columns_;
    std::size_t max_row_bytes_;
    std::string mark_;  // the first bytes, until it is known whether they are a byte order mark
    bool begun_ = false;
    CsvReader csv_;
    std::vector<const Column*> header_;
    std::optional<Error> wrong_;
    std::string line_;
    bool line_too_long_ = false;
    std::int64_t number_ = 0;
};

}  // namespace cloudretail::transfer
