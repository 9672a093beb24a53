// See raw_catalogue.hpp. The statements are those of src/modules/product/list_store.cpp.
#include "raw_catalogue.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "search_query.hpp"

namespace bench {

namespace {

using cloudretail::db::Dialect;
namespace product = cloudretail::product;

constexpr int counted = 1'000;  // as product.search_counted
constexpr int page = 21;        // and one more tells whether there is more

using Values = std::vector<std::string>;

const std::string columns =
    "id, vendor_id, slug, name, description, price_minor, category, sku, attributes, status, availability, "
    "version, "
    "created_at, updated_at, doc, images";
const std::string facets_begin =
    "SELECT g.category, c.name, g.products, g.low, g.high, g.vendor_id, g.availability FROM (SELECT "
    "f.category, "
    "f.vendor_id, f.availability, COUNT(*) AS products, MIN(f.price_minor) AS low, MAX(f.price_minor) AS "
    "high FROM "
    "(SELECT category, vendor_id, availability, price_minor";
const std::string facets_end = " LIMIT " + std::to_string(counted + 1) +
                               ") f GROUP BY f.category, f.vendor_id, f.availability) g JOIN categories c ON "
                               "c.slug = g.category ORDER BY "
                               "g.category, g.vendor_id";

void fail(const char* what, const char* why) {
    std::fprintf(stderr, "%s: %s\n", what, why);
    std::exit(1);
}

/// What both databases are asked.
class Statements : public RawCatalogue {
  public:
    explicit Statements(Dialect dialect) : dialect_(dialect) {}
    void ask(const std::string& kind, const Question& q) override {
        q.text.empty() ? ask_list(kind, q) : ask_search(q);
    }

  protected:
    /// `$1` and so on are the values; answers the first column.
    virtual Values run(const std::string& sql, const Values& values) = 0;

  private:
    void ask_list(const std::string& kind, const Question& q) {
        std::string from = " FROM products p WHERE listed = 1 AND price_minor >= $1";
        Values values{std::to_string(q.min_price)};
        if (kind == "filter") from += " AND availability = 'out_of_stock'";
        if (kind == "stock") from += " AND availability <> 'out_of_stock'";
        if (kind == "category") {
            from += " AND category = $2";
            values.push_back(q.category);
        }
        run("SELECT " + columns + from +
                (kind == "list" ? " ORDER BY id DESC" : " ORDER BY price_minor, id") + " LIMIT " +
                std::to_string(page),
            values);
        run(facets_begin + from + " ORDER BY id DESC" + facets_end, values);
        if (kind != "list" && kind != "category") {
            run("SELECT COUNT(*)" + from, values);
            return;
        }
        // A wide range of prices: what lies outside is counted.
        run("SELECT COALESCE((SELECT MIN(price_minor) FROM products WHERE listed = 1), 0), COALESCE((SELECT "
            "MAX(price_minor) FROM products WHERE listed = 1), 0)",
            {});
        const bool all = kind == "list";
        run(std::string("SELECT SUM(listed_products) FROM categories WHERE listed_products > 0") +
                (all ? "" : " AND slug = $1"),
            all ? Values{} : Values{q.category});
        run(std::string("SELECT COUNT(*) FROM products p WHERE listed = 1 AND price_minor <= $1") +
                (all ? "" : " AND category = $2"),
            values);
    }
    void ask_search(const Question& q) {
        const bool fts5 = dialect_ == Dialect::sqlite;
        const std::string from =
            fts5 ? " FROM product_search CROSS JOIN products p ON p.doc = product_search.rowid WHERE "
                   "product_search "
                   "MATCH $1 AND product_search.rowid < $2 AND listed = 1 AND price_minor >= $3 ORDER BY "
                   "product_search.rowid DESC"
                 : " FROM product_search p WHERE p.vector @@ (SELECT CAST($1 AS tsquery)) AND p.doc + 0 < "
                   "CAST($2 AS "
                   "BIGINT) AND listed = 1 AND price_minor >= $3 ORDER BY p.doc + 0 DESC";
        const std::string last = "9223372036854775807", price = std::to_string(q.min_price);
        const auto query = product::query_of(q.text);
        Values docs;
        for (const auto& match : product::tier_matches(query, dialect_)) {
            if (docs.size() >= page) break;
            if (match.empty()) continue;
            for (auto& doc :
                 run("SELECT p.doc" + from + " LIMIT " + std::to_string(page), {match, last, price}))
                docs.push_back(std::move(doc));
        }
        read_products(docs);
        run(facets_begin + from + facets_end, {product::whole_match(query, dialect_), last, price});
    }
    void read_products(Values docs) {
        if (docs.empty()) return;
        std::size_t length = 1;
        while (length < docs.size()) length *= 2;
        docs.resize(length, docs.back());
        std::string list;
        for (std::size_t i = 1; i <= length; ++i) list += (i == 1 ? "$" : ", $") + std::to_string(i);
        run("SELECT " + columns + " FROM products WHERE deleted_at IS NULL AND doc IN (" + list + ")", docs);
    }
    Dialect dialect_;
};

class OnSqlite final : public Statements {
  public:
    explicit OnSqlite(const std::string& path) : Statements(Dialect::sqlite) {
        check(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr));
        check(sqlite3_exec(db_, "PRAGMA cache_size=-16000", nullptr, nullptr, nullptr));
    }
    ~OnSqlite() override {
        for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
        sqlite3_close(db_);
    }

  private:
    Values run(const std::string& sql, const Values& values) override {
        sqlite3_stmt*& s = statements_[sql];
        if (s == nullptr)
            check(sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr));
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int at = static_cast<int>(i) + 1;
            const std::string& value = values[i];
            const bool number = value.find_first_not_of("0123456789") == std::string::npos;
            check(number ? sqlite3_bind_int64(s, at, std::atoll(value.c_str()))
                         : sqlite3_bind_text(s, at, value.c_str(), -1, SQLITE_STATIC));
        }
        Values first;
        while (sqlite3_step(s) == SQLITE_ROW) {
            for (int i = 1; i < sqlite3_column_count(s); ++i) sqlite3_column_text(s, i);
            first.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(s, 0)));
        }
        check(sqlite3_reset(s));
        return first;
    }
    void check(int rc) {
        if (rc != SQLITE_OK) fail("SQLite", sqlite3_errmsg(db_));
    }
    sqlite3* db_ = nullptr;
    std::map<std::string, sqlite3_stmt*> statements_;
};

class OnPostgresql final : public Statements {
  public:
    explicit OnPostgresql(const std::string& url)
        : Statements(Dialect::postgresql), connection_(PQconnectdb(url.c_str())) {
        if (PQstatus(connection_) != CONNECTION_OK) fail("PostgreSQL", PQerrorMessage(connection_));
        PQclear(PQexec(connection_, "SET search_path = product"));
    }
    ~OnPostgresql() override { PQfinish(connection_); }

  private:
    Values run(const std::string& sql, const Values& values) override {
        const auto [at, fresh] = names_.try_emplace(sql, "s" + std::to_string(names_.size()));
        if (fresh) PQclear(expect(PQprepare(connection_, at->second.c_str(), sql.c_str(), 0, nullptr)));
        std::vector<const char*> texts;
        for (const std::string& value : values) texts.push_back(value.c_str());
        PGresult* rows =
            expect(PQexecPrepared(connection_, at->second.c_str(), static_cast<int>(texts.size()),
                                  texts.data(), nullptr, nullptr, 0));
        Values first;
        for (int i = 0; i < PQntuples(rows); ++i) first.emplace_back(PQgetvalue(rows, i, 0));
        PQclear(rows);
        return first;
    }
    PGresult* expect(PGresult* result) {
        const auto status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            fail("PostgreSQL", PQerrorMessage(connection_));
        return result;
    }
    PGconn* connection_;
    std::map<std::string, std::string> names_;
};

}  // namespace

std::unique_ptr<RawCatalogue> raw_catalogue(const std::string& database) {
    if (database.starts_with("postgresql://")) return std::make_unique<OnPostgresql>(database);
    return std::make_unique<OnSqlite>(database);
}

}  // namespace bench
