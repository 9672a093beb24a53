// See backup_folder.hpp.
#include <app/backup_folder.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>

namespace cloudretail::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_length = 64;
constexpr std::string_view between = "  ";  // as sha256sum has it

void make_folder(const fs::path& path) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_all);
}

/// Hidden files and folders are on their way to somewhere.
bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// The names of all files below a folder, relative to it.
std::vector<std::string> names_below(const fs::path& folder) {
    std::vector<std::string> names;
    for (auto at = fs::recursive_directory_iterator(folder); at != fs::recursive_directory_iterator(); ++at) {
        if (is_hidden(at->path()))
            at.disable_recursion_pending();
        else if (at->is_regular_file())
            names.push_back(fs::relative(at->path(), folder).string());
    }
    return names;
}

bool is_inside(std::string_view name) {
    return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-./") == std::string_view::npos;
}

/// Calls `each(name, sha256)` for every line of the list.
void for_each(const std::string& backup, const Manifest::Folder& folder,
              const std::function<void(const std::string&, const std::string&)>& each) {
    std::ifstream list(backup + "/" + folder.list.name, std::ios::binary);
    for (std::string line; std::getline(list, line);) {
        const auto gap = line.find(between);
        const std::string name = line.substr(std::min(line.size(), hash_length + between.size()));
        if (gap != hash_length || !is_inside(name))
            throw std::runtime_error("restore: " + folder.list.name + " is damaged");
        each(name, line.substr(0, hash_length));
    }
}

}  // namespace

std::optional<Manifest::Folder> back_up_folder(const std::string& data_dir, const std::string& backup,
                                               const std::string& name, const std::atomic<bool>& stopping) {
    const fs::path from = fs::path(data_dir) / name, to = fs::path(backup) / name;
    if (!fs::exists(from)) return std::nullopt;
    make_folder(to);
    std::string list;
    std::set<fs::path> folders{to};
    for (const std::string& file : names_below(from)) {
        if (stopping) throw std::runtime_error("the backup was broken off: the server is stopping");
        const fs::path target = to / file;
        if (folders.insert(target.parent_path()).second) make_folder(target.parent_path());
        std::error_code error;
        fs::create_hard_link(from / file, target, error);
        if (error && !fs::exists(from / file)) continue;  // nobody has shown it for long: it was swept
        const Manifest::File copied =
            error ? copy_file(from.string(), to.string(), file, file) : measure(to.string(), file);
        list.append(copied.sha256).append(between).append(file).append("\n");
    }
    for (const fs::path& folder : folders) sync_path(folder.string());
    const std::string list_name = name + ".sha256";
    write_durably(backup, list_name, list);
    return Manifest::Folder{name, measure(backup, list_name)};
}

void check_folder(const std::string& backup, const Manifest::Folder& folder) {
    const auto found = measure(backup, folder.list.name);
    if (found.size != folder.list.size || found.sha256 != folder.list.sha256)
        throw std::runtime_error("restore: " + folder.list.name +
                                 " is damaged: its size or checksum does not fit the manifest");
    for_each(backup, folder, [&](const std::string& name, const std::string& sha256) {
        if (measure(backup + "/" + folder.name, name).sha256 != sha256)
            throw std::runtime_error("restore: " + folder.name + "/" + name + " is damaged");
    });
}

void restore_folder(const std::string& backup, const Manifest::Folder& folder, const std::string& data_dir) {
    const fs::path from = fs::path(backup) / folder.name, to = fs::path(data_dir) / folder.name;
    make_folder(to);
    std::set<fs::path> folders{to};
    for_each(backup, folder, [&](const std::string& name, const std::string& sha256) {
        const fs::path parent = (to / name).parent_path();
        if (folders.insert(parent).second) make_folder(parent);
        if (copy_file(from.string(), to.string(), name, name).sha256 != sha256)
            throw std::runtime_error("restore: " + name + " changed while it was copied");
    });
    for (const fs::path& each : folders) sync_path(each.string());
}

}  // namespace cloudretail::app
