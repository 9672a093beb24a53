// Held statements on SOCI's scalar into/use path; see statement.hpp. The backend's handle is used for what
// SOCI 4.0.3 does not offer: the number of parameters, a verified reset, and dropping a result.
#include "statement.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <algorithm>

namespace cloudretail::db {
namespace {

constexpr std::size_t kept_text = 64 * 1024;

soci::sqlite3_statement_backend& sqlite(soci::statement& s) {
    return *static_cast<soci::sqlite3_statement_backend*>(s.get_backend());
}
soci::postgresql_statement_backend& postgresql(soci::statement& s) {
    return *static_cast<soci::postgresql_statement_backend*>(s.get_backend());
}

[[noreturn]] void mismatch(const char* what, std::size_t given, std::size_t wanted, const std::string& sql) {
    throw std::logic_error(std::string(what) + ": " + std::to_string(given) + " given, " +
                           std::to_string(wanted) + " in: " + sql);
}

char kind_of(const Bind& bind, char otherwise) {
    if (std::holds_alternative<std::monostate>(bind.v)) return otherwise;
    return std::holds_alternative<std::int64_t>(bind.v) ? 'i' : 't';
}

}  // namespace

Statement::Statement(Session::Impl& session, std::string_view sql, Columns columns, std::string_view kinds)
    : session_(session),
      text_(sql),
      kinds_(kinds),
      columns_(columns),
      parameters_(kinds.size()),
      row_(columns.size()),
      statement_(session.sql) {
    statement_.alloc();
    statement_.prepare(text_);
    bind_all();
    expose_columns();
    statement_.define_and_bind();
}

Statement::~Statement() {
    // SOCI would send DEALLOCATE from its destructor, where a dead connection must not matter: see
    // deallocate().
    if (session_.dialect == Dialect::postgresql) postgresql(statement_).statementName_.clear();
}

void Statement::deallocate() noexcept {
    if (session_.dialect != Dialect::postgresql) return;
    auto& backend = postgresql(statement_);
    if (backend.statementName_.empty() || PQstatus(backend.session_.conn_) != CONNECTION_OK) return;
    PQclear(PQexec(backend.session_.conn_, ("DEALLOCATE " + backend.statementName_).c_str()));
}

void Statement::bind_all() {
    std::vector<std::size_t> order;  // which argument each placeholder takes
    if (session_.dialect == Dialect::sqlite) {
        const int count = sqlite_api::sqlite3_bind_parameter_count(sqlite(statement_).stmt_);
        for (int i = 0; i < count; ++i) order.push_back(static_cast<std::size_t>(i));
    } else {
        std::vector<std::string> seen;
        for (const std::string& name : postgresql(statement_).names_) {
            const auto at = std::find(seen.begin(), seen.end(), name);
            order.push_back(static_cast<std::size_t>(at - seen.begin()));
            if (at == seen.end()) seen.push_back(name);
        }
    }
    const std::size_t distinct = order.empty() ? 0 : *std::max_element(order.begin(), order.end()) + 1;
    if (distinct != kinds_.size()) mismatch("arguments", kinds_.size(), distinct, text_);
    for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].kind = kinds_[i];
    for (const std::size_t i : order) {
        Slot& slot = parameters_[i];
        if (slot.kind == 'i') {
            statement_.exchange(soci::use(slot.number, slot.state));
        } else {
            statement_.exchange(soci::use(slot.text, slot.state));
        }
    }
}

void Statement::expose_columns() {
    for (std::size_t i = 0; i < row_.size(); ++i) {
        Slot& slot = row_[i];
        slot.kind = columns_[i];
        if (slot.kind == 'i') {
            statement_.exchange(soci::into(slot.number, slot.state));
        } else if (slot.kind == 't') {
            statement_.exchange(soci::into(slot.text, slot.state));
        } else {
            throw std::logic_error("columns are 'i' or 't', not \"" + columns_ + "\" in: " + text_);
        }
    }
    if (row_.empty()) return;
    int count = 0;
    if (session_.dialect == Dialect::sqlite) {
        count = sqlite_api::sqlite3_column_count(sqlite(statement_).stmt_);
    } else {
        count = session_.columns_of(postgresql(statement_).statementName_);
    }
    if (static_cast<std::size_t>(count) != row_.size()) {
        mismatch("columns", row_.size(), static_cast<std::size_t>(count), text_);
    }
}

std::string Statement::kinds_of(std::span<const Bind> binds, const Statement* before) {
    std::string kinds(binds.size(), 't');
    for (std::size_t i = 0; i < binds.size(); ++i) {
        const bool known = before != nullptr && i < before->kinds_.size();
        kinds[i] = kind_of(binds[i], known ? before->kinds_[i] : 't');
    }
    return kinds;
}

bool Statement::fits(Columns columns, std::span<const Bind> binds) const {
    if (failed_ || columns != columns_ || binds.size() != kinds_.size()) return false;
    for (std::size_t i = 0; i < binds.size(); ++i) {
        if (kind_of(binds[i], kinds_[i]) != kinds_[i]) return false;
    }
    return true;
}

void Statement::fill(std::span<const Bind> binds) {
    for (std::size_t i = 0; i < binds.size(); ++i) {
        Slot& slot = parameters_[i];
        const Bind::Variant& v = binds[i].v;
        slot.state = soci::i_ok;
        if (const auto* n = std::get_if<std::int64_t>(&v)) {
            slot.number = *n;
            continue;
        }
        if (const auto* view = std::get_if<std::string_view>(&v)) {
            slot.text.assign(*view);
        } else if (const auto* s = std::get_if<std::string>(&v)) {
            slot.text.assign(*s);
        } else {
            slot.state = soci::i_null;
            continue;
        }
        if (slot.text.find('\0') != std::string::npos) {
            throw std::runtime_error("a text to be stored holds a zero byte");
        }
    }
}

bool Statement::start(std::span<const Bind> binds) {
    fill(binds);
    if (session_.dialect == Dialect::sqlite) {
        changes_before_ = sqlite_api::sqlite3_total_changes(sqlite(statement_).session_.conn_);
    }
    // With data exchange, because SOCI 4.0.3 does not step a SQLite statement without it.
    failed_ = true;
    const bool row = statement_.execute(true);
    failed_ = false;
    return row;
}

std::int64_t Statement::changed() {
    if (session_.dialect == Dialect::sqlite) {
        // sqlite3_changes keeps the count of an earlier statement where this one changed nothing at all.
        auto* connection = sqlite(statement_).session_.conn_;
        if (sqlite_api::sqlite3_total_changes(connection) == changes_before_) return 0;
    }
    return statement_.get_affected_rows();
}

void Statement::finish() noexcept {
    if (session_.dialect == Dialect::sqlite) {
        // Answers the error of a failed step once more; the statement is at rest all the same.
        sqlite_api::sqlite3_reset(sqlite(statement_).stmt_);
        CR_ASSERT(sqlite_api::sqlite3_stmt_busy(sqlite(statement_).stmt_) == 0);
    } else {
        postgresql(statement_).result_.reset();
    }
    for (auto* slots : {&parameters_, &row_}) {
        for (Slot& slot : *slots) {
            if (slot.text.capacity() > kept_text) std::string().swap(slot.text);
        }
    }
    busy_ = false;
}

const Slot& Statement::column(int i) const {
    if (i < 0 || static_cast<std::size_t>(i) >= row_.size()) {
        mismatch("column", static_cast<std::size_t>(i), row_.size(), text_);
    }
    return row_[static_cast<std::size_t>(i)];
}

}  // namespace cloudretail::db
