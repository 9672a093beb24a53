// Back from a backup, into an empty data directory (and empty PostgreSQL schemas), with nothing running.
// Everything is verified before anything is touched. Thread rule: the main thread.
#pragma once

#include <app/data_dir.hpp>
#include <app/manifest.hpp>
#include <config/config.hpp>

#include <functional>

namespace cloudretail::app {

/// Reads the whole backup. Throws std::runtime_error with the first thing wrong: a byte that changed, a file
/// missing, made by a newer version, for other databases than the configuration names.
Manifest verify_backup(const config::Config& config, const std::string& folder);

/// Verifies, then fills the data directory, whose lock is ours, and the schemas. Throws std::runtime_error;
/// unless the process is killed or the disk fails, what was there is then as it was: empty.
Manifest restore(const config::Config& config, const std::string& folder, const DataDir& directory);

/// Throws where a restore into this directory was cut short: half a shop must not be served.
void refuse_half_restored(const DataDir& directory);

}  // namespace cloudretail::app
