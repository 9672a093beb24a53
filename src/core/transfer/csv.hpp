// CSV as RFC 4180 says: comma, double quotes, CRLF or LF between rows. Reading takes any pieces and never
// keeps more than one row; writing quotes only what needs it. Knows nothing of columns. Thread rule: one
// thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::transfer {

struct CsvRow {
    std::vector<std::string> cells;
    std::string fault;  // why it cannot be used; empty = it can
};

class CsvReader {
  public:
    using Take = std::function<void(CsvRow)>;
    /// A row of more bytes is told of as a fault, and its text is not kept.
    explicit CsvReader(std::size_t max_row_bytes) : max_row_bytes_(max_row_bytes) {}
    /// Tells of each row that is complete. Empty lines are none.
    void feed(std::string_view bytes, const Take& take);
    /// The file has ended: the last row need not end with a line break.
    void end(const Take& take);

  private:
    enum class State { begin, plain, quoted, quote, carriage_return };
    void next(char c, const Take& take);
    void keep(char c);
    void end_cell();
    void end_row(const Take& take);
    void fault(std::string_view text);

    std::size_t max_row_bytes_;
    State state_ = State::begin;
    CsvRow row_;
    std::string cell_;
    std::size_t bytes_ = 0;    // of the row so far
    bool was_quoted_ = false;  // a row of one empty quoted cell is no empty line
};

/// A cell as it is written.
std::string csv_cell(std::string_view text);

// Spreadsheets run a cell that begins like a formula. So a text that begins with = + - @, a tab, a carriage
// return, or an apostrophe is written with an apostrophe in front, which is taken away again when it is read:
// what is exported and imported again stays the same, byte for byte.

std::string guard_formula(std::string_view text);
std::string_view unguard_formula(std::string_view text);

}  // namespace cloudretail::transfer
