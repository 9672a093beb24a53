// A folder of files that never change: each is named after what it was made from, written once, and read by
// that name. A file is whole and durable before its name exists (temporary file, fsync, rename, fsync of the
// folder). Names are checked character by character, so that no text of a client becomes a path. Blocking:
// never on an io thread. Thread-safe; several processes may share the folder.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cloudretail::media {

/// "<40 hexadecimal digits>-<width>.jpg" or ".webp".
bool is_file_name(std::string_view name);
std::string file_name(std::string_view hash, int width, std::string_view extension);
/// "image/jpeg" or "image/webp", of a file name.
std::string_view content_type(std::string_view name);

struct NewFile {
    std::string name;
    std::string_view bytes;
};

class Shelf {
  public:
    /// Makes nothing yet.
    explicit Shelf(std::string folder) : folder_(std::move(folder)) {}

    /// Durable when it returns; files that are there are replaced. Throws std::runtime_error (disk full, no
    /// permission), and then leaves no temporary file behind.
    void put(std::span<const NewFile> files) const;
    /// nullopt where there is no such file. Throws where it cannot be read.
    [[nodiscard]] std::optional<std::string> read(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& name) const;
    /// What is not there is no fault.
    void remove(const std::string& name) const;
    /// Temporary files that a process left behind when it died, older than this; answers how many went.
    int remove_abandoned(std::int64_t older_than_ms) const;

  private:
    [[nodiscard]] std::string path_of(std::string_view name) const;

    std::string folder_;
};

}  // namespace cloudretail::media
