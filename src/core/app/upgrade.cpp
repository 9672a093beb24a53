// Is there something to lose, and then a backup; see upgrade.hpp.
#include <app/upgrade.hpp>

#include <app/backup.hpp>
#include <db/migrate.hpp>
#include <log/log.hpp>

#include <algorithm>

namespace cloudretail::app {

namespace {

struct Look {
    bool answers = false;
    bool due = false;  // migrations, on tables that are there
};

Look look_at(db::Database& database) {
    try {
        const std::string& module = database.settings().module;
        const auto levels =
            database.read_blocking([&](db::Session& s) { return db::applied_levels(s, module); });
        return {true, !levels.empty() && !db::migrate(database, true).empty()};
    } catch (const std::exception&) {
        return {};  // whoever migrates it meets the same and says so
    }
}

/// 2026-01-31T12:00:00.000Z → 20260131T120000Z
std::string compact(Timestamp at) {
    std::string text = at.to_string();
    text.erase(text.find('.'), 4);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

}  // namespace

std::string back_up_before_migrating(const Workplace& place, std::span<Part* const> parts) {
    if (!place.config.flag("database.backup_before_migrate")) return {};
    std::vector<Part*> answering;
    bool due = false;
    for (Part* part : parts) {
        const Look look = look_at(part->module->database());
        if (look.answers) answering.push_back(part);
        due = due || look.due;
    }
    if (!due) return {};
    const Timestamp now = parts.front()->module->database().clock().now();
    const std::string folder =
        place.config.text("server.data_dir") + "/backups/before-" CLOUDRETAIL_VERSION + "-" + compact(now);
    try {
        make_backup(place, answering, folder);
    } catch (const std::exception& e) {
        throw std::runtime_error(std::string("no backup before the tables change, so they do not: ") +
                                 e.what() + " (database.backup_before_migrate=false goes on without one)");
    }
    log::info("backed up before the tables change", {{"folder", folder}});
    return folder;
}

std::vector<Part*> all_of(const Parts& parts) {
    std::vector<Part*> out;
    for (const auto& part : parts) out.push_back(part.get());
    return out;
}

}  // namespace cloudretail::app
