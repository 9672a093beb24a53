// Giving a list away as a file of rows, in pieces as the client takes them: what RowSource reads. Thread
// rule: plain values; the stream is one coroutine of the request.
#pragma once

#include <functional>
#include <http/message.hpp>
#include <transfer/rows.hpp>

namespace cloudretail::transfer {

/// Writes rows of these columns; a value that is none is an empty cell of CSV, and no member of JSON.
class RowWriter {
  public:
    RowWriter(Format format, std::vector<Column> columns) : format_(format), columns_(std::move(columns)) {}
    /// The first line of CSV, empty for JSONL.
    [[nodiscard]] std::string header() const;
    /// One value for each column: text as it is, JSON for the other kinds.
    void add(std::string& out, const std::vector<std::optional<std::string>>& values) const;

  private:
    Format format_;
    std::vector<Column> columns_;
};

/// The next rows as text; nullopt at the end.
using NextRows = std::function<Task<std::optional<std::string>>()>;

/// 200 with the header and what `next` gives, as a file of this name to save.
http::Response export_response(const RowWriter& writer, Format format, std::string_view name, NextRows next);

}  // namespace cloudretail::transfer
