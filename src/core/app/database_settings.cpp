// A module's database settings from the configuration; see database_settings.hpp.
#include <app/database_settings.hpp>

namespace cloudretail::app {

db::Settings database_settings(const config::Config& config, const std::string& module) {
    db::Settings s;
    s.module = module;
    s.url = config.database_url(module);
    const auto pool = static_cast<int>(config.integer("database.pool"));
    s.readers = pool > 0 ? pool : s.url.starts_with("sqlite:") ? 4 : 8;
    s.write_queue = static_cast<int>(config.integer("database.write_queue"));
    s.read_queue = static_cast<int>(config.integer("database.read_queue"));
    s.batch = static_cast<int>(config.integer("database.batch"));
    s.full_durability = config.text("database.durability") == "full";
    s.statement_timeout_ms = static_cast<int>(config.duration_ms("database.statement_timeout"));
    s.breaker_failures = static_cast<int>(config.integer("breaker.failures"));
    s.breaker_reset_ms = static_cast<int>(config.duration_ms("breaker.reset"));
    return s;
}

}  // namespace cloudretail::app
