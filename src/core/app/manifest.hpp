// The manifest of a backup: what was copied, when, by which version, with the size and SHA-256 of every file,
// and its own checksum. Written last, so that a folder without one is no backup. Any thread.
#pragma once

#include <base/clock.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cloudretail::app {

inline constexpr const char* manifest_name = "manifest.json";

struct Manifest {
    struct Module {
        std::string name, dialect, file;      // dialect: "sqlite", "postgresql"
        std::map<std::string, int> levels{};  // last migration per series: {"core": 1, "order": 1}
    };
    struct File {
        std::string name;
        std::int64_t size = 0;
        std::string sha256{};  // hexadecimal
    };
    /// A folder of many files, whose names and checksums stand in a file of their own.
    struct Folder {
        std::string name;
        File list{};
    };
    Timestamp at{};
    std::string version{};
    std::vector<Module> modules{};
    std::vector<File> files{};
    std::vector<Folder> folders{};

    /// JSON on one line; ends with a checksum over all that stands before it.
    [[nodiscard]] std::string to_text() const;
    /// Throws std::runtime_error with what is wrong: any change of any byte is.
    static Manifest parse(const std::string& text);
};

/// Size and SHA-256 of a file; reads it in pieces. Throws std::runtime_error.
Manifest::File measure(const std::string& folder, const std::string& name);
/// Copies in pieces into a new file (mode 0600) and makes it durable; answers what was copied.
Manifest::File copy_file(const std::string& from_folder, const std::string& to_folder,
                         const std::string& name, const std::string& new_name);
/// Makes an existing file, or the names of a folder, durable.
void sync_path(const std::string& path);
/// Writes a file under a temporary name, makes it durable, gives it its name, makes that durable.
void write_durably(const std::string& folder, const std::string& name, const std::string& text);

}  // namespace cloudretail::app
