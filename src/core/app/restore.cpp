// Verifying and restoring; see restore.hpp.
#include <app/restore.hpp>

#include <app/backup_folder.hpp>
#include <app/child.hpp>
#include <app/database_settings.hpp>
#include <app/secrets.hpp>
#include <db/backup.hpp>
#include <db/migrate.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace cloudretail::app {

namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished = "restore.unfinished";
constexpr std::uintmax_t manifest_limit = 1024 * 1024;

std::runtime_error wrong(const std::string& what) { return std::runtime_error("restore: " + what); }

std::string read_manifest(const std::string& folder) {
    const std::string path = folder + "/" + manifest_name;
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) throw wrong(folder + " is no backup: it has no " + manifest_name);
    if (size > manifest_limit) throw wrong("the backup's manifest is damaged: it is too long");
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Is the module one of ours, in the kind of database it comes from, and not ahead of us?
void check_module(const config::Config& config, const Manifest::Module& module) {
    const auto known = db::migrated_modules();
    if (std::ranges::find(known, module.name) == known.end())
        throw wrong("this version has no module " + module.name);
    const bool sqlite = database_settings(config, module.name).url.starts_with("sqlite:");
    if (module.dialect != (sqlite ? "sqlite" : "postgresql"))
        throw wrong("the backup of " + module.name + " is from " + module.dialect +
                    ", and the configuration names another kind of database");
    const auto levels = db::known_levels(module.name, sqlite ? db::Dialect::sqlite : db::Dialect::postgresql);
    for (const auto& [series, level] : module.levels) {
        const auto ours = levels.find(series);
        if (ours == levels.end() || level > ours->second)
            throw wrong("the backup is newer than this program: its " + module.name + " has migration " +
                        std::to_string(level) + " of " + series);
    }
}

void check_files(const Manifest& manifest, const std::string& folder) {
    for (const auto& module : manifest.modules)
        if (std::ranges::find(manifest.files, module.file, &Manifest::File::name) == manifest.files.end())
            throw wrong("the manifest does not list the file of " + module.name);
    for (const auto& file : manifest.files) {
        const auto found = measure(folder, file.name);
        if (found.size != file.size || found.sha256 != file.sha256)
            throw wrong(file.name + " is damaged: its size or checksum does not fit the manifest");
    }
    for (const auto& listed : manifest.folders) check_folder(folder, listed);
}

/// Where the copies go, and how that is undone.
class Target {
  public:
    Target(const config::Config& config, const Manifest& manifest, const DataDir& directory)
        : config_(config), manifest_(manifest), directory_(directory) {
        for (const auto& entry : fs::directory_iterator(directory.path()))
            if (entry.path().filename() != "lock")
                throw wrong("the data directory " + directory.path() + " is not empty: it holds " +
                            entry.path().filename().string());
        for (const auto& module : manifest.modules) {
            const auto settings = database_settings(config, module.name);
            if (is_postgresql(module) && !db::schema_is_empty(settings))
                throw wrong("the schema " + module.name + " of the database is not empty");
            if (!is_postgresql(module) && fs::exists(file_of(settings)))
                throw wrong(file_of(settings) + " exists");
        }
        write_durably(directory.path(), unfinished, manifest.version + "\n");
    }
    ~Target() {
        if (done_) return;
        for (const auto& module : loaded_) try_to_drop(module);
        std::error_code ignored;  // the mark goes last; while it is there nothing starts
        for (const auto& file : made_) fs::remove_all(file, ignored);
        if (std::ranges::none_of(made_, [](const auto& file) { return fs::exists(file); }))
            fs::remove(directory_.path() + "/" + unfinished, ignored);
    }
    Target(const Target&) = delete;

    void fill(const std::string& folder) {
        for (const auto& file : manifest_.files) {
            const auto module = std::ranges::find(manifest_.modules, file.name, &Manifest::Module::file);
            if (module == manifest_.modules.end()) {
                if (!is_kept_secret(file.name)) continue;  // the first versions' backups hold the tokens' key
                copy(folder, file, directory_.path() + "/" + file.name);
            } else if (is_postgresql(*module)) {
                load(folder, *module);
            } else {
                copy(folder, file, file_of(database_settings(config_, module->name)));
            }
        }
        for (const auto& listed : manifest_.folders) {
            made_.push_back(directory_.path() + "/" + listed.name);
            restore_folder(folder, listed, directory_.path());
        }
        if (std::remove((directory_.path() + "/" + unfinished).c_str()) != 0)
            throw wrong("cannot remove the mark of an unfinished restore");
        sync_path(directory_.path());
        done_ = true;
    }

  private:
    static bool is_postgresql(const Manifest::Module& module) { return module.dialect == "postgresql"; }
    static std::string file_of(const db::Settings& settings) {
        return settings.url.substr(std::string_view("sqlite:").size());
    }

    void copy(const std::string& folder, const Manifest::File& file, const std::string& to) {
        const fs::path path(to);
        made_.push_back(to);
        const auto copied =
            copy_file(folder, path.parent_path().string(), file.name, path.filename().string());
        if (copied.sha256 != file.sha256) throw wrong(file.name + " changed while it was copied");
        sync_path(path.parent_path().string());
    }
    void load(const std::string& folder, const Manifest::Module& module) {
        const auto settings = database_settings(config_, module.name);
        const auto environment = db::libpq_environment(settings);
        const auto name = environment.find("PGDATABASE");
        db::drop_schema(settings, false);  // it is empty; the dump makes it anew
        loaded_.push_back(module.name);
        const std::atomic<bool> never{false};
        run_program({"pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                     "--no-password",
                     "--dbname=" + (name == environment.end() ? std::string("postgres") : name->second),
                     folder + "/" + module.file},
                    environment, never);
    }
    void try_to_drop(const std::string& module) noexcept {
        try {
            db::drop_schema(database_settings(config_, module), true);
        } catch (const std::exception& e) {
            std::fprintf(stderr, "cloudretail: restore: the schema %s holds half a copy: %s\n",
                         module.c_str(), e.what());
        }
    }

    const config::Config& config_;
    const Manifest& manifest_;
    const DataDir& directory_;
    std::vector<std::string> made_, loaded_;
    bool done_ = false;
};

}  // namespace

Manifest verify_backup(const config::Config& config, const std::string& folder) {
    Manifest manifest = Manifest::parse(read_manifest(folder));
    const auto known = db::migrated_modules();
    if (manifest.modules.size() != known.size())
        throw wrong("the backup holds " + std::to_string(manifest.modules.size()) + " modules, not " +
                    std::to_string(known.size()));
    for (const auto& module : manifest.modules) check_module(config, module);
    check_files(manifest, folder);
    return manifest;
}

Manifest restore(const config::Config& config, const std::string& folder, const DataDir& directory) {
    Manifest manifest = verify_backup(config, folder);
    Target target(config, manifest, directory);
    target.fill(folder);
    return manifest;
}

void refuse_half_restored(const DataDir& directory) {
    if (fs::exists(directory.path() + "/" + unfinished))
        throw std::runtime_error("a restore into " + directory.path() +
                                 " was cut short: empty the directory (and, on PostgreSQL, drop the "
                                 "modules' schemas) and restore again");
}

}  // namespace cloudretail::app
