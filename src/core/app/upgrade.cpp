// Is there something to lose, and then a backup; see upgrade.hpp.
#include <app/upgrade.hpp>

#include <app/backup.hpp>
#include <db/migrate.hpp>
#include <log/log.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace cloudretail::app {

namespace {

namespace fs = std::filesystem;

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

/// 2026-01-31T12:00:00.123Z → 20260131T120000123Z: to the millisecond, as two upgrades fit into a second.
std::string compact(Timestamp at) {
    std::string text = at.to_string();
    std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
    return text;
}

/// When a backup of ours was made; nullopt: it is none, or not whole.
std::optional<Timestamp> made_at(const fs::path& folder) {
    if (!folder.filename().string().starts_with("before-")) return std::nullopt;
    std::ifstream file(folder / manifest_name, std::ios::binary);
    if (!file) return std::nullopt;
    try {
        return Manifest::parse({std::istreambuf_iterator<char>(file), {}}).at;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

/// Deletes the older ones of the backups that were made here; what was put beside them stays.
void forget_older(const fs::path& backups, std::size_t kept) {
    std::vector<std::pair<Timestamp, fs::path>> found;
    for (const auto& entry : fs::directory_iterator(backups))
        if (const auto at = made_at(entry.path())) found.emplace_back(*at, entry.path());
    std::ranges::sort(found, std::greater{});
    for (std::size_t i = kept; i < found.size(); ++i) {
        const fs::path& folder = found[i].second;
        std::error_code error;  // what is left without a manifest is no backup
        fs::remove(folder / manifest_name, error);
        if (!error) fs::remove_all(folder, error);
        if (error) {
            log::warning("an old backup could not be deleted",
                         {{"folder", folder.string()}, {"reason", error.message()}});
        } else {
            log::info("an old backup was deleted", {{"folder", folder.string()}});
        }
    }
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
    forget_older(fs::path(folder).parent_path(),
                 static_cast<std::size_t>(place.config.integer("database.migration_backups")));
    return folder;
}

std::vector<Part*> all_of(const Parts& parts) {
    std::vector<Part*> out;
    for (const auto& part : parts) out.push_back(part.get());
    return out;
}

}  // namespace cloudretail::app
