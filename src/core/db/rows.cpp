// Statements over rows in the words of both dialects; see rows.hpp.
#include <db/rows.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace cloudretail::db {
namespace {

/// A bind that borrows what another one holds.
Bind view(const Bind& bind) {
    const auto* text = std::get_if<std::string>(&bind.v);
    if (text != nullptr) return Bind(std::string_view(*text));
    Bind copy(std::nullopt);
    copy.v = bind.v;
    return copy;
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

void append_element(std::string& out, const Bind& bind) {
    if (const auto* n = std::get_if<std::int64_t>(&bind.v)) {
        char digits[24];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, *n).ptr);
    } else if (const auto* borrowed = std::get_if<std::string_view>(&bind.v)) {
        append_quoted(out, *borrowed);
    } else if (const auto* kept = std::get_if<std::string>(&bind.v)) {
        append_quoted(out, *kept);
    } else {
        out += "NULL";
    }
}

std::string array_of(const Rows& rows, std::size_t column) {
    std::string out = "{";
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (row > 0) out += ',';
        append_element(out, rows.value(row, column));
    }
    return out += '}';
}

void append_list(std::string& out, const Rows& rows, std::string_view prefix) {
    for (std::size_t i = 0; i < rows.names().size(); ++i)
        (out += i == 0 ? "" : ", ").append(prefix).append(rows.names()[i]);
}

/// unnest(CAST(:id AS TEXT[]), …)
std::string unnested(const Rows& rows) {
    std::string out = "unnest(";
    for (std::size_t i = 0; i < rows.names().size(); ++i) {
        (out += i == 0 ? "CAST(:" : ", CAST(:").append(rows.names()[i]);
        out += rows.kind(i) == 'i' ? " AS BIGINT[])" : " AS TEXT[])";
    }
    return out += ")";
}

/// `text` with each {name} as the dialect has it.
std::string with_names(std::string_view text, std::string_view prefix) {
    std::string out;
    for (;;) {
        const std::size_t open = text.find('{');
        out += text.substr(0, open);
        if (open == std::string_view::npos) return out;
        const std::size_t close = text.find('}', open);
        CR_ASSERT(close != std::string_view::npos);
        out.append(prefix).append(text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
}

/// Which column each distinct {name} of `text` is, in order of first appearance.
std::vector<std::size_t> named_in(std::string_view text, const Rows& rows) {
    std::vector<std::size_t> columns;
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const auto name = text.substr(open + 1, text.find('}', open) - open - 1);
        const auto found = std::ranges::find(rows.names(), name);
        CR_ASSERT(found != rows.names().end());
        const auto column = static_cast<std::size_t>(found - rows.names().begin());
        if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
    }
    return columns;
}

/// Runs `sql` for each row, binding these columns; for each whether something changed.
std::vector<bool> one_by_one(Session& session, std::string_view sql, const std::vector<std::size_t>& columns,
                             const Rows& rows) {
    std::vector<bool> changed;
    std::vector<Bind> binds;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        binds.clear();
        for (const std::size_t column : columns) binds.push_back(view(rows.value(row, column)));
        changed.push_back(session.run(sql, binds) > 0);
    }
    return changed;
}

std::vector<std::size_t> all_columns(const Rows& rows) {
    std::vector<std::size_t> columns(rows.names().size());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
    return columns;
}

std::string insert_into(const Session& session, std::string_view table, const Rows& rows) {
    std::string sql = "INSERT INTO ";
    sql.append(table) += " (";
    append_list(sql, rows, "");
    if (session.dialect() == Dialect::postgresql) return sql += ") SELECT * FROM " + unnested(rows);
    sql += ") VALUES (";
    append_list(sql, rows, ":");
    return sql += ")";
}

/// The rows that a changing statement over `given` names by their ordinals.
std::vector<bool> numbered(Session& session, const std::string& sql, const Rows& rows) {
    std::vector<bool> changed(rows.size());
    session.query_with("i", sql, arrays_of(rows), [&changed](const Row& row) {
        changed[static_cast<std::size_t>(row.integer(0)) - 1] = true;
        return 0;
    });
    return changed;
}

}  // namespace

Rows::Rows(std::string_view names, std::string_view kinds) : kinds_(kinds) {
    while (!names.empty()) {
        const std::size_t comma = std::min(names.find(','), names.size());
        names_.push_back(names.substr(0, comma));
        names.remove_prefix(std::min(names.size(), comma + 2));  // a blank follows
    }
    CR_ASSERT(names_.size() == kinds_.size());
}

std::vector<Bind> arrays_of(const Rows& rows) {
    std::vector<Bind> binds;
    for (std::size_t column = 0; column < rows.names().size(); ++column)
        binds.emplace_back(array_of(rows, column));
    return binds;
}

std::string given(const Rows& rows) {
    std::string out = unnested(rows) + " WITH ORDINALITY AS given (";
    append_list(out, rows, "v_");
    return out += ", ordinal)";
}

std::string array_of(std::span<const Bind> elements) {
    std::string out = "{";
    for (const Bind& element : elements) {
        if (out.size() > 1) out += ',';
        append_element(out, element);
    }
    return out += '}';
}

void insert(Session& session, std::string_view table, const Rows& rows) {
    if (rows.empty()) return;
    const std::string sql = insert_into(session, table, rows);
    if (session.dialect() == Dialect::sqlite) {
        one_by_one(session, sql, all_columns(rows), rows);
    } else {
        session.run(sql, arrays_of(rows));
    }
}

std::vector<bool> insert_new(Session& session, std::string_view table, std::string_view target,
                             const Rows& rows) {
    if (rows.empty()) return {};
    std::string sql = insert_into(session, table, rows) + " ON CONFLICT ";
    sql.append(target) += " DO NOTHING";
    if (session.dialect() == Dialect::sqlite) return one_by_one(session, sql, all_columns(rows), rows);
    std::unordered_map<std::string, std::size_t> first;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const Bind key = view(rows.value(row, 0));
        first.emplace(std::get<std::string_view>(key.v), row);
    }
    std::vector<bool> fresh(rows.size());
    session.query_with("t", (sql += " RETURNING ").append(rows.names().front()), arrays_of(rows),
                       [&](const Row& row) {
                           fresh[first.at(row.text(0))] = true;
                           return 0;
                       });
    return fresh;
}

std::vector<bool> update(Session& session, std::string_view table, std::string_view set,
                         std::string_view where, const Rows& rows) {
    if (rows.empty()) return {};
    std::string sql = "UPDATE ";
    sql.append(table) += " SET ";
    if (session.dialect() == Dialect::sqlite) {
        const std::string rest = std::string(set).append(" WHERE ").append(where);
        return one_by_one(session, sql += with_names(rest, ":"), named_in(rest, rows), rows);
    }
    sql += with_names(set, "given.v_") + " FROM " + given(rows) + " WHERE " + with_names(where, "given.v_");
    return numbered(session, sql += " RETURNING given.ordinal", rows);
}

std::vector<bool> erase(Session& session, std::string_view table, std::string_view where, const Rows& rows) {
    if (rows.empty()) return {};
    std::string sql = "DELETE FROM ";
    sql.append(table);
    if (session.dialect() == Dialect::sqlite) {
        return one_by_one(session, sql += " WHERE " + with_names(where, ":"), named_in(where, rows), rows);
    }
    sql += " USING " + given(rows) + " WHERE " + with_names(where, "given.v_");
    return numbered(session, sql += " RETURNING given.ordinal", rows);
}

}  // namespace cloudretail::db
