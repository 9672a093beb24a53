// Making backups; see backup.hpp.
#include <app/backup.hpp>

#include <app/backup_folder.hpp>
#include <app/child.hpp>
#include <app/secrets.hpp>
#include <app/upgrade.hpp>
#include <audit/audit.hpp>
#include <db/backup.hpp>
#include <db/migrate.hpp>
#include <log/log.hpp>

#include <filesystem>

namespace cloudretail::app {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds pause_limit{5};
constexpr int pause_tries = 3;

/// The folder, made or empty; what was put into it goes when the backup fails.
class Folder {
  public:
    explicit Folder(const std::string& path) : path_(path) {
        std::error_code error;
        made_ = fs::create_directories(path, error);
        if (error) throw std::runtime_error("cannot make " + path + ": " + error.message());
        if (!fs::is_empty(path, error) || error)
            throw std::runtime_error(path + " is not empty: a backup goes into a folder of its own");
        fs::permissions(path, fs::perms::owner_all, error);
    }
    ~Folder() {
        if (whole_) return;
        std::error_code ignored;  // what cannot be taken away has no manifest, and so is no backup
        for (const auto& entry : fs::directory_iterator(path_, ignored)) fs::remove_all(entry, ignored);
        if (made_) fs::remove(path_, ignored);
    }
    Folder(const Folder&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    void keep() { whole_ = true; }

  private:
    std::string path_;
    bool made_ = false, whole_ = false;
};

/// One per database: modules in one PostgreSQL database see the same moment of it, whoever writes.
using Snapshots = std::map<std::string, std::unique_ptr<db::Snapshot>>;

Snapshots open_snapshots(std::span<Part* const> parts) {
    std::vector<db::Database*> databases;
    for (Part* part : parts) databases.push_back(&part->module->database());
    for (int n = 0; n < pause_tries; ++n) {
        db::WriterPause pause(databases, pause_limit);
        Snapshots snapshots;
        for (const db::Database* database : databases) {
            auto& snapshot = snapshots[database->settings().url];
            if (!snapshot) snapshot = std::make_unique<db::Snapshot>(database->settings());
        }
        if (pause.release()) return snapshots;
    }
    throw Unavailable("the modules could not be held long enough to look at them together");
}

void dump_postgresql(const db::Settings& settings, const std::string& snapshot, const std::string& file,
                     const std::atomic<bool>& stopping) {
    run_program({"pg_dump", "--format=custom", "--schema=" + settings.module, "--snapshot=" + snapshot,
                 "--no-owner", "--no-privileges", "--no-password", "--file=" + file},
                db::libpq_environment(settings), stopping);
}

Manifest::Module copy_module(const db::Database& database, db::Snapshot& snapshot, const std::string& folder,
                             const std::atomic<bool>& stopping) {
    const db::Settings& settings = database.settings();
    const bool sqlite = database.dialect() == db::Dialect::sqlite;
    Manifest::Module module{settings.module, sqlite ? "sqlite" : "postgresql",
                            settings.module + (sqlite ? ".db" : ".dump")};
    module.levels = db::applied_levels(snapshot.session(), settings.module);
    const std::string file = folder + "/" + module.file;
    if (sqlite) {
        snapshot.copy_to(file, stopping);
    } else {
        dump_postgresql(settings, snapshot.exported(), file, stopping);
    }
    sync_path(file);
    return module;
}

/// One commit a module: what `work` does there, and the line that says so.
void record_in_all(const Parts& parts, std::string_view action, Timestamp of,
                   const std::function<void(Module&, db::Tx&)>& work = {}) {
    for (const auto& part : parts) {
        part->module->database().write_blocking([action, of, &module = *part->module, &work](db::Tx& tx) {
            if (work) work(module, tx);
            audit::record_system(tx, action, of.to_string());
            return true;
        });
    }
}

}  // namespace

Manifest make_backup(const Workplace& place, std::span<Part* const> parts, const std::string& path) {
    Folder folder(path);
    Manifest manifest{parts.front()->module->database().clock().now(), CLOUDRETAIL_VERSION};
    Snapshots snapshots = open_snapshots(parts);
    for (Part* part : parts) {
        const db::Database& database = part->module->database();
        db::Snapshot& snapshot = *snapshots.at(database.settings().url);
        manifest.modules.push_back(copy_module(database, snapshot, path, place.stopping));
        manifest.files.push_back(measure(path, manifest.modules.back().file));
    }
    const std::string& data_dir = place.config.text("server.data_dir");
    // After the databases: what their rows name is there, and stays longer than this takes.
    for (Part* part : parts)
        for (const std::string& name : part->module->folders())
            if (auto copied = back_up_folder(data_dir, path, name, place.stopping))
                manifest.folders.push_back(std::move(*copied));
    for (const std::string& name : own_secrets(data_dir))
        manifest.files.push_back(copy_file(data_dir, path, name, name));
    write_durably(path, manifest_name, manifest.to_text());
    folder.keep();
    return manifest;
}

VerbReply note_restore(const Workplace& place, const VerbRequest& request) {
    const Timestamp of = Timestamp::parse(request.options.at("of")).value_or(Timestamp{});
    record_in_all(place.parts, "backup.restored", of,
                  [](Module& module, db::Tx& tx) { module.restored(tx); });
    return {0, "restored as of " + of.to_string() + "; everybody signs in again\n"};
}

VerbReply backup(const Workplace& place, const VerbRequest& request) {
    const std::string& folder = request.options.at("dir");
    for (const auto& part : place.parts)
        if (!db::migrate(part->module->database(), true).empty())
            throw std::runtime_error("the tables of " + part->name +
                                     " are of an older version: cloudretail migrate (backs up first)");
    record_in_all(place.parts, "backup.asked", place.parts.front()->module->database().clock().now());
    const Manifest manifest = make_backup(place, all_of(place.parts), folder);
    std::int64_t bytes = 0;
    for (const auto& file : manifest.files) bytes += file.size;
    log::info("a backup was made", {{"bytes", bytes}});
    return {0, "backup made in " + folder + ": " + std::to_string(manifest.files.size()) + " files, " +
                   std::to_string(bytes) + " bytes, as of " + manifest.at.to_string() + "\n"};
}

}  // namespace cloudretail::app
