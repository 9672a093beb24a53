// Applies a module's migrations (embedded migrations/<module>/NNNN_name[.sqlite|.postgresql].sql) in order,
// each in a transaction, recorded with the SHA-256 of its text in schema_migrations.
#pragma once

#include <db/database.hpp>
#include <map>
#include <string>
#include <vector>

namespace cloudretail::db {

struct Migration {
    int number;
    std::string name;  // "0001_init"
    std::string sql;
};

/// The migrations of one module in one dialect, ascending. core's own tables (core/NNNN…, outbox,
/// subscriptions, dead letters, idempotency, audit, sagas) come first for every module, as numbers of their
/// own series.
std::vector<Migration> migrations_of(std::string_view module, Dialect dialect);

/// Applies what is missing and answers the names applied (or, with dry_run, to be applied). Throws
/// std::runtime_error with module and file where an applied migration was edited since, or the database knows
/// migrations that this binary does not (it is newer).
std::vector<std::string> migrate(Database& database, bool dry_run = false);

/// The last migration of each series ("core", the module's own): as applied in the database that `session`
/// reads (empty: none was), and as this binary knows them.
std::map<std::string, int> applied_levels(Session& session, const std::string& module);
std::map<std::string, int> known_levels(const std::string& module, Dialect dialect);
/// The modules that have migrations.
std::vector<std::string> migrated_modules();

}  // namespace cloudretail::db
