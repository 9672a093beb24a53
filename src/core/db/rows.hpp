// Many rows, one statement. On PostgreSQL each statement is a round trip, so one takes all rows, as an array
// per column; SQLite gains nothing by that, there a held statement runs row by row. One text serves both.
// Thread rule: the session's.
#pragma once

#include <db/session.hpp>

namespace cloudretail::db {

/// The values of some rows. Text that is not handed over is borrowed until they were written.
class Rows {
  public:
    /// "order_id, line" and what each is, as in Columns: "ti".
    Rows(std::string_view names, std::string_view kinds);
    /// One row: a value for each name.
    template <class... Args>
    void add(Args&&... args) {
        CR_ASSERT(sizeof...(Args) == names_.size());
        (values_.emplace_back(std::forward<Args>(args)), ...);
    }
    [[nodiscard]] std::size_t size() const { return values_.size() / names_.size(); }
    [[nodiscard]] bool empty() const { return values_.empty(); }

    [[nodiscard]] const std::vector<std::string_view>& names() const { return names_; }
    [[nodiscard]] char kind(std::size_t column) const { return kinds_[column]; }
    [[nodiscard]] const Bind& value(std::size_t row, std::size_t column) const {
        return values_[row * names_.size() + column];
    }

  private:
    std::vector<std::string_view> names_;
    std::string_view kinds_;
    std::vector<Bind> values_;
};

/// PostgreSQL's text of an array (its manual, section 8.15.2), for `= ANY(CAST(:ids AS TEXT[]))`.
std::string array_of(std::span<const Bind> elements);

// For a statement of PostgreSQL alone that is none of those below: the rows as a table `given` with columns
// v_<name> and `ordinal` (from 1), and what it binds.
std::string given(const Rows& rows);
std::vector<Bind> arrays_of(const Rows& rows);

// Each does nothing without rows. `table` and the other parts of the statement are literals.

/// The names are the columns. Throws ConstraintViolation where one of the rows cannot be.
void insert(Session& session, std::string_view table, const Rows& rows);
/// ON CONFLICT `target` ("(id)", or "" for any) DO NOTHING: for each row whether it is new. The first column
/// is text and tells the rows apart: of several with one value only the first can be new.
std::vector<bool> insert_new(Session& session, std::string_view table, std::string_view target,
                             const Rows& rows);
/// UPDATE table SET `set` WHERE `where`, in which {name} is the row's value: for each row whether it changed
/// something. No two rows may mean the same row of the table.
std::vector<bool> update(Session& session, std::string_view table, std::string_view set,
                         std::string_view where, const Rows& rows);
/// DELETE FROM table WHERE `where`, likewise.
std::vector<bool> erase(Session& session, std::string_view table, std::string_view where, const Rows& rows);

}  // namespace cloudretail::db
