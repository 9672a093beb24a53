// The rows of a statement that writes many at once: one bound text, a JSON array of arrays, that both
// databases take apart again. On PostgreSQL statements cost round trips, so this is what makes a batch cheap
// there. Header only; a list belongs to one thread.
#pragma once

#include <base/json.hpp>
#include <db/session.hpp>

namespace cloudretail::db {

class RowList {
  public:
    RowList() { writer_.begin_array(); }
    template <class... Cells>
    void add(const Cells&... cells) {
        writer_.begin_array();
        (write(cells), ...);
        writer_.end_array();
        ++size_;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// The text to bind; once.
    std::string take() {
        writer_.end_array();
        return writer_.take();
    }

  private:
    // As Bind has them: amounts in minor units, times in milliseconds, flags as 0 and 1.
    void write(Money m) { writer_.value(m.minor); }
    void write(Timestamp t) { writer_.value(t.ms); }
    void write(bool b) { writer_.value(b ? 1 : 0); }
    void write(const Uuid& id) { writer_.value(id.to_string()); }
    template <class T>
    void write(const T& cell) {
        writer_.value(cell);
    }

    json::Writer writer_;
    std::size_t size_ = 0;
};

/// A statement that reads such rows, for both databases. It begins with `begin`, has the rows as `j`, and
/// goes on with `end`; it binds :rows. Cell n is `j.value ->> n`: text or NULL, so a number wants CAST(… AS
/// BIGINT).
class RowStatement {
  public:
    explicit RowStatement(const std::string& begin, const std::string& end = {})
        : sqlite_(begin + " FROM json_each(:rows) AS j" + end),
          postgresql_(begin + " FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS j(value)" + end) {}
    [[nodiscard]] const std::string& in(Dialect dialect) const {
        return dialect == Dialect::sqlite ? sqlite_ : postgresql_;
    }

  private:
    std::string sqlite_, postgresql_;
};

}  // namespace cloudretail::db
