// One database connection with its cache of prepared statements, the only place SQL meets C++. A Session
// lives on one thread. SOCI stays behind this header; SQL uses SOCI's `:name` placeholders, one argument per
// distinct name, in order of first appearance. Every non-rowid integer column is BIGINT (SOCI 4.0.3 cuts
// INTEGER to 32 bit).
#pragma once

#include <base/clock.hpp>
#include <base/error.hpp>
#include <base/id.hpp>
#include <base/money.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cloudretail::db {

enum class Dialect { sqlite, postgresql };

/// A bound value. Text is borrowed until the statement has run; a zero byte in it is refused (throws),
/// because PostgreSQL would cut it there.
class Bind {
  public:
    using Variant = std::variant<std::monostate, std::int64_t, std::string_view, std::string>;
    Bind(std::nullopt_t) {}
    Bind(std::int64_t n) : v(n) {}
    Bind(int n) : v(std::int64_t{n}) {}
    Bind(bool b) : v(std::int64_t{b ? 1 : 0}) {}
    Bind(Money m) : v(m.minor) {}
    Bind(Timestamp t) : v(t.ms) {}
    Bind(std::string_view s) : v(s) {}
    Bind(const std::string& s) : v(std::string_view(s)) {}
    Bind(std::string&& s) : v(std::move(s)) {}  // kept, for lists of binds made at run time
    Bind(const char* s) : v(std::string_view(s)) {}
    template <Tag T>
    Bind(const Id<T>& id) : v(id.to_string()) {}
    Bind(const Uuid& id) : v(id.to_string()) {}
    template <class T>
    Bind(const std::optional<T>& o) {
        if (o) v = Bind(*o).v;
    }
    Variant v;
};

/// The current row of a running query. Columns count from 0. A NULL read as a plain value is a logic error
/// (throws); the optional forms read NULL as nullopt.
class Row {
  public:
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] const std::string& text(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
    [[nodiscard]] Money money(int column) const { return {integer(column)}; }
    [[nodiscard]] Timestamp time(int column) const { return {integer(column)}; }
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(int c) const {
        return is_null(c) ? std::nullopt : std::optional(integer(c));
    }
    [[nodiscard]] std::optional<std::string> maybe_text(int c) const {
        return is_null(c) ? std::nullopt : std::optional(text(c));
    }
    [[nodiscard]] std::optional<Timestamp> maybe_time(int c) const {
        return is_null(c) ? std::nullopt : std::optional(time(c));
    }
    template <class IdType>
    [[nodiscard]] IdType id(int column) const {
        auto parsed = IdType::parse(text(column));
        CR_ASSERT(parsed.has_value());
        return *parsed;
    }

  private:
    friend class Session;
    explicit Row(const void* statement) : statement_(statement) {}
    const void* statement_;
};

/// What each result column is read as, given once per query: 'i' = 64-bit integer, 't' = text. "tti" = 3
/// columns.
using Columns = std::string_view;

/// A unique or check constraint said no. `constraint` names it as the database does ("users.email" on SQLite,
/// the index or constraint name on PostgreSQL): stores match with `mentions("email")`. The job must end with
/// an error then: on PostgreSQL nothing more can be done in its savepoint.
class ConstraintViolation : public std::runtime_error {
  public:
    explicit ConstraintViolation(std::string what) : std::runtime_error(std::move(what)) {}
    [[nodiscard]] bool mentions(std::string_view s) const {
        return std::string_view(what()).find(s) != std::string_view::npos;
    }
};

class Session {
  public:
    struct Impl;
    explicit Session(std::unique_ptr<Impl> impl);
    ~Session();
    Session(Session&&) noexcept;

    [[nodiscard]] Dialect dialect() const;

    /// Runs one statement that returns no rows; answers the number of rows changed. The statement text must
    /// be a literal or otherwise from a small fixed set: it is the cache key. Throws ConstraintViolation,
    /// Unavailable (connection lost, busy) or std::runtime_error.
    template <class... Args>
    std::int64_t exec(std::string_view sql, const Args&... args) {
        const Bind binds[] = {Bind(args)..., Bind(std::nullopt)};
        return run(sql, std::span(binds, sizeof...(Args)));
    }
    /// Calls map(Row) for each row and collects what it returns.
    template <class Map, class... Args>
    auto query(Columns columns, std::string_view sql, Map map, const Args&... args) {
        const Bind binds[] = {Bind(args)..., Bind(std::nullopt)};
        return query_with(columns, sql, std::span(binds, sizeof...(Args)), std::move(map));
    }
    /// The first row mapped, or nullopt.
    template <class Map, class... Args>
    auto query_one(Columns columns, std::string_view sql, Map map, const Args&... args) {
        auto rows = query(columns, sql, std::move(map), args...);
        using T = typename decltype(rows)::value_type;
        return rows.empty() ? std::optional<T>() : std::optional<T>(std::move(rows.front()));
    }
    /// A number, 0 where there is no row.
    template <class... Args>
    std::int64_t number(std::string_view sql, const Args&... args) {
        return query_one(
                   "i", sql, [](const Row& r) { return r.integer(0); }, args...)
            .value_or(0);
    }
    /// Forms with binds made at run time (filters, IN lists).
    std::int64_t run(std::string_view sql, std::span<const Bind> binds);
    template <class Map>
    auto query_with(Columns columns, std::string_view sql, std::span<const Bind> binds, Map map) {
        std::vector<decltype(map(std::declval<const Row&>()))> out;
        each(columns, sql, binds, [&](const Row& row) { out.push_back(map(row)); });
        return out;
    }
    /// `sql` holds `{}` where the list goes: "… WHERE id IN ({})". The list is padded to the next power of
    /// two by repeating its last value, so that few statement texts exist; an empty list gives no rows.
    /// `before` are binds that come first.
    template <class Map>
    auto query_in(Columns columns, std::string_view sql, std::span<const Bind> list, Map map,
                  std::span<const Bind> before = {}) {
        std::vector<decltype(map(std::declval<const Row&>()))> out;
        each_in(columns, sql, list, before, [&](const Row& row) { out.push_back(map(row)); });
        return out;
    }
    /// A script of several statements without binds or rows (migrations, pragmas).
    void script(std::string_view sql);
    /// For core/db alone.
    [[nodiscard]] Impl& impl() { return *impl_; }

  private:
    template <class F>
    void each(Columns columns, std::string_view sql, std::span<const Bind> binds, F f) {
        each_erased(columns, sql, binds, &f, [](void* g, const Row& row) { (*static_cast<F*>(g))(row); });
    }
    template <class F>
    void each_in(Columns columns, std::string_view sql, std::span<const Bind> list,
                 std::span<const Bind> before, F f) {
        each_in_erased(columns, sql, list, before, &f,
                       [](void* g, const Row& row) { (*static_cast<F*>(g))(row); });
    }
    void each_erased(Columns, std::string_view, std::span<const Bind>, void*, void (*)(void*, const Row&));
    void each_in_erased(Columns, std::string_view, std::span<const Bind>, std::span<const Bind>, void*,
                        void (*)(void*, const Row&));
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::db
