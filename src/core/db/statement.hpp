// One held SOCI statement with stable storage for its parameters and columns. Private to core/db; lives on
// its session's thread and dies before its session.
#pragma once

#include "connection.hpp"

namespace cloudretail::db {

/// Storage of one parameter or column, at an address SOCI keeps.
struct Slot {
    char kind = 't';  // 'i' or 't'
    soci::indicator state = soci::i_null;
    long long number = 0;
    std::string text;
};

class Statement {
  public:
    /// Prepares. `kinds` are the parameters' kinds, one per distinct name; throws std::logic_error where the
    /// SQL has another number of names or of columns.
    Statement(Session::Impl& session, std::string_view sql, Columns columns, std::string_view kinds);
    ~Statement();
    Statement(const Statement&) = delete;

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool busy() const { return busy_; }
    void take() { busy_ = true; }
    /// The kinds that `binds` need here: NULLs take what the statement has (or 't').
    static std::string kinds_of(std::span<const Bind> binds, const Statement* before);
    [[nodiscard]] bool fits(Columns columns, std::span<const Bind> binds) const;

    /// Binds and executes; true = a row is there.
    bool start(std::span<const Bind> binds);
    bool next() { return statement_.fetch(); }
    /// Rows inserted, updated or deleted by the execution.
    [[nodiscard]] std::int64_t changed();
    /// Resets it, lets go of large values; afterwards it may run again.
    void finish() noexcept;
    [[nodiscard]] const Slot& column(int i) const;

    /// PostgreSQL: frees the server's side too, as far as the connection lets it.
    void deallocate() noexcept;

    bool cached = false;  // kept by its session, else made for one use

  private:
    void bind_all();
    void expose_columns();
    void fill(std::span<const Bind> binds);

    Session::Impl& session_;
    std::string text_;
    std::string kinds_, columns_;
    std::vector<Slot> parameters_, row_;
    soci::statement statement_;
    bool busy_ = false;
    // Its last run threw: SOCI 4.0.3 would leak the bound values at the next, so the statement is made anew.
    bool failed_ = false;
    int changes_before_ = 0;
};

}  // namespace cloudretail::db
