// A module's database settings from the configuration. Every module's constructor calls this once.
#pragma once

#include <config/config.hpp>
#include <db/database.hpp>
#include <string>

namespace cloudretail::app {

/// `module` names the file (`<data_dir>/<module>.db`) or the PostgreSQL schema.
db::Settings database_settings(const config::Config& config, const std::string& module);

}  // namespace cloudretail::app
