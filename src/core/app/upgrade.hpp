// Before tables change: a backup of what is there, in the data directory. Thread rule: a thread that may
// block.
#pragma once

#include <app/verbs.hpp>

#include <span>
#include <string>

namespace cloudretail::app {

/// Where migrations are due on tables that are there already, backs up those of `parts` that answer into
/// `<data_dir>/backups/before-<version>-<time>` and answers that folder; else does nothing and answers "".
/// database.backup_before_migrate switches it off; of such backups the newest database.migration_backups
/// stay. Throws when the backup fails: then nothing may be migrated.
std::string back_up_before_migrating(const Workplace& place, std::span<Part* const> parts);

/// All of them.
std::vector<Part*> all_of(const Parts& parts);

}  // namespace cloudretail::app
