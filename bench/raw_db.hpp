// SQLite through its C interface, as bench_raw_sqlite uses it: the server's settings, held statements, no
// error but the end.
#pragma once

#include <sqlite3.h>
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace bench {

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What is bound to one `?`.
struct Value {
    Value(const std::string& t) : text(&t) {}
    Value(long n) : number(n) {}
    Value(std::nullptr_t) : null(true) {}
    const std::string* text = nullptr;
    long number = 0;
    bool null = false;
};

class Db {
  public:
    Db(const std::string& path, int cache_kib) {
        check(sqlite3_open(path.c_str(), &db_));
        script(
            "PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA "
            "foreign_keys=ON; "
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; "
            "PRAGMA secure_delete=ON; PRAGMA synchronous=FULL; PRAGMA cache_size=-" +
            std::to_string(cache_kib));
    }
    /// All of a series' migrations, in their order.
    void migrate(const std::filesystem::path& series) {
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(series))
            if (!entry.path().string().ends_with(".postgresql.sql")) files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        for (const auto& file : files) script(read_file(file));
    }
    void script(const std::string& sql) { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* s = nullptr;
        check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr));
        return s;
    }
    /// Binds in order, runs to the end, resets.
    void run(sqlite3_stmt* s, std::initializer_list<Value> values) {
        int i = 0;
        for (const Value& v : values) {
            ++i;
            if (v.null)
                sqlite3_bind_null(s, i);
            else if (v.text != nullptr)
                sqlite3_bind_text(s, i, v.text->data(), static_cast<int>(v.text->size()), SQLITE_STATIC);
            else
                sqlite3_bind_int64(s, i, v.number);
        }
        int rc;
        while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        }
        if (rc != SQLITE_DONE) check(rc);
        sqlite3_reset(s);
    }

  private:
    void check(int rc) {
        if (rc == SQLITE_OK) return;
        std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db_));
        std::exit(1);
    }
    sqlite3* db_ = nullptr;
};

}  // namespace bench
