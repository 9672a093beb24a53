// Migrations: which there are, which were applied, and applying the rest. One write job, and so one
// transaction, each; on PostgreSQL under an advisory lock, so that replicas starting together apply each
// once.
#include <db/migrate.hpp>

#include <sodium.h>
#include <algorithm>
#include <charconv>
#include <embedded/migrations.hpp>
#include <log/log.hpp>
#include <map>

namespace cloudretail::db {
namespace {

struct Series {
    std::string name;  // "core", "order"
    std::vector<Migration> migrations;
};

struct Applied {
    std::string name, checksum;
};

std::string sha256(std::string_view text) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    char hex[2 * sizeof hash + 1];
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return hex;
}

/// "0001_init.sqlite" of dialect "sqlite" → 1, "0001_init"; nullopt where it is for the other dialect.
std::optional<Migration> parse(std::string_view series, std::string_view file, Dialect dialect) {
    const std::string path = std::string(series) + "/" + std::string(file);
    const auto wrong = [&](const char* why) { return std::runtime_error("migration " + path + ": " + why); };
    if (!file.ends_with(".sql")) throw wrong("the name does not end with .sql");
    std::string_view name = file.substr(0, file.size() - 4);
    for (const auto& [suffix, its] : {std::pair(std::string_view(".sqlite"), Dialect::sqlite),
                                      std::pair(std::string_view(".postgresql"), Dialect::postgresql)}) {
        if (!name.ends_with(suffix)) continue;
        if (its != dialect) return std::nullopt;
        name.remove_suffix(suffix.size());
    }
    int number = 0;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + std::min<std::size_t>(4, name.size()), number);
    if (error != std::errc() || end != name.data() + 4 || name.size() < 6 || name[4] != '_' || number < 1) {
        throw wrong("the name is not NNNN_name.sql");
    }
    return Migration{number, std::string(name), {}};
}

std::vector<Migration> series_of(std::string_view series, Dialect dialect) {
    std::vector<Migration> out;
    for (const EmbeddedFile& file : embedded::migrations()) {
        if (!file.path.starts_with(series) || file.path.size() <= series.size() ||
            file.path[series.size()] != '/') {
            continue;
        }
        auto migration = parse(series, file.path.substr(series.size() + 1), dialect);
        if (!migration) continue;
        migration->sql = file.content;
        out.push_back(std::move(*migration));
    }
    std::ranges::sort(out, {}, &Migration::number);
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i].number != static_cast<int>(i) + 1) {
            throw std::runtime_error("migrations of " + std::string(series) + ": expected number " +
                                     std::to_string(i + 1) + ", found " + out[i].name);
        }
    }
    return out;
}

bool table_exists(Session& session, const std::string& module) {
    if (session.dialect() == Dialect::sqlite) {
        return session.number(
                   "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = "
                   "'schema_migrations'") > 0;
    }
    return session.number(
               "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = :m AND tablename = "
               "'schema_migrations'",
               module) > 0;
}

std::map<int, Applied> applied_of(Session& session, const std::string& module, const std::string& series) {
    std::map<int, Applied> out;
    if (!table_exists(session, module)) return out;
    const auto collect = [&out](const Row& row) {
        return out.emplace(static_cast<int>(row.integer(0)), Applied{row.text(1), row.text(2)}).second;
    };
    session.query("itt", "SELECT number, name, checksum FROM schema_migrations WHERE series = :s", collect,
                  series);
    return out;
}

/// What is still to be applied. Throws where the database and this binary disagree about what was.
std::vector<const Migration*> missing_of(const Series& series, const std::map<int, Applied>& applied,
                                         const std::string& module) {
    for (const auto& [number, known] : applied) {
        if (number > static_cast<int>(series.migrations.size())) {
            throw std::runtime_error("the database of " + module +
                                     " is newer than this program: it has migration " + series.name + "/" +
                                     known.name);
        }
        const Migration& ours = series.migrations[static_cast<std::size_t>(number - 1)];
        if (ours.name != known.name || sha256(ours.sql) != known.checksum) {
            throw std::runtime_error("the database of " + module + ": migration " + series.name + "/" +
                                     ours.name + " was edited after it was applied (as " + known.name + ")");
        }
    }
    std::vector<const Migration*> missing;
    for (const Migration& migration : series.migrations) {
        if (!applied.contains(migration.number)) missing.push_back(&migration);
    }
    return missing;
}

/// Under the lock: false where another process has applied it meanwhile.
bool apply(Tx& tx, const std::string& module, const Series& series, const Migration& migration) {
    if (tx->dialect() == Dialect::postgresql) {
        tx->script(
            "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; "
            "SELECT pg_advisory_xact_lock(7220142)");
    }
    tx->script(
        "CREATE TABLE IF NOT EXISTS schema_migrations (series TEXT NOT NULL, number BIGINT NOT NULL, "
        "name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (series, "
        "number))");
    const auto applied = applied_of(tx.session(), module, series.name);
    const auto missing = missing_of(series, applied, module);
    if (std::ranges::find(missing, &migration) == missing.end()) return false;
    tx->script(migration.sql);
    tx->exec(
        "INSERT INTO schema_migrations (series, number, name, checksum, applied_at) "
        "VALUES (:series, :number, :name, :checksum, :now)",
        series.name, migration.number, migration.name, sha256(migration.sql), tx.now());
    return true;
}

}  // namespace

std::vector<Migration> migrations_of(std::string_view module, Dialect dialect) {
    std::vector<Migration> out = series_of("core", dialect);
    std::vector<Migration> own = series_of(module, dialect);
    std::ranges::move(own, std::back_inserter(out));
    return out;
}

std::vector<std::string> migrate(Database& database, bool dry_run) {
    const std::string module = database.settings().module;
    std::vector<std::string> done;
    for (const std::string& name : {std::string("core"), module}) {
        const Series series{name, series_of(name, database.dialect())};
        const auto applied = database.read_blocking([&](Session& s) { return applied_of(s, module, name); });
        for (const Migration* migration : missing_of(series, applied, module)) {
            if (!dry_run) {
                const auto run = [&](Tx& tx) { return apply(tx, module, series, *migration); };
                if (!database.write_blocking(run)) continue;
                log::info("migration applied",
                          {{"module", module}, {"migration", name + "/" + migration->name}});
            }
            done.push_back(name + "/" + migration->name);
        }
    }
    return done;
}

std::map<std::string, int> applied_levels(Session& session, const std::string& module) {
    std::map<std::string, int> out;
    if (!table_exists(session, module)) return out;
    // The session may be one that looks at all schemas of its database.
    const std::string table = session.dialect() == Dialect::postgresql
                                  ? "\"" + module + "\".schema_migrations"
                                  : std::string("schema_migrations");
    session.query("ti", "SELECT series, max(number) FROM " + table + " GROUP BY series",
                  [&out](const Row& row) { return out[row.text(0)] = static_cast<int>(row.integer(1)); });
    return out;
}

std::map<std::string, int> known_levels(const std::string& module, Dialect dialect) {
    std::map<std::string, int> out;
    for (const std::string& series : {std::string("core"), module})
        out[series] = static_cast<int>(series_of(series, dialect).size());
    return out;
}

std::vector<std::string> migrated_modules() {
    std::vector<std::string> out;
    for (const EmbeddedFile& file : embedded::migrations()) {
        std::string series(file.path.substr(0, file.path.find('/')));
        if (series != "core" && std::ranges::find(out, series) == out.end()) out.push_back(std::move(series));
    }
    return out;
}

}  // namespace cloudretail::db
