// See shelf.hpp.
#include <media/shelf.hpp>

#include <base/uuid.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cloudretail::media {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_length = 40, most_digits = 5, prefix_length = 2;
constexpr const char* incoming = ".incoming";  // hidden: no backup takes it

[[noreturn]] void fail(const char* what, const std::string& path) {
    throw std::runtime_error("cannot " + std::string(what) + " " + path + ": " + std::strerror(errno));
}

class File {
  public:
    File(const std::string& path, int flags)
        : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] int fd() const { return fd_; }
    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) fail("write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void sync() const {
        if (::fsync(fd_) != 0) fail("sync", path_);
    }

  private:
    std::string path_;
    int fd_;
};

void sync_folder(const std::string& path) {
    const File folder(path, O_RDONLY | O_DIRECTORY);
    if (!folder.is_open()) fail("open", path);
    folder.sync();
}

/// Makes the folder and its name durable, unless it is there.
void make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(fs::path(path).parent_path().string());
    if (errno != EEXIST) fail("make", path);
}

/// Goes unless it gets its name.
class Temporary {
  public:
    explicit Temporary(const std::string& folder) : path_(folder + "/" + make_uuid().to_string()) {}
    ~Temporary() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    Temporary(Temporary&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    void write(std::string_view bytes) const {
        const File file(path_, O_WRONLY | O_CREAT | O_EXCL);
        if (!file.is_open()) fail("make", path_);
        file.write(bytes);
        file.sync();
    }
    void name(const std::string& path) {
        if (std::rename(path_.c_str(), path.c_str()) != 0) fail("name", path);
        path_.clear();
    }

  private:
    std::string path_;
};

}  // namespace

bool is_file_name(std::string_view name) {
    const auto all = [](std::string_view text, std::string_view of) {
        return !text.empty() && text.find_first_not_of(of) == std::string_view::npos;
    };
    const auto dot = name.find('.');
    if (dot == std::string_view::npos || dot < hash_length + 2 || name[hash_length] != '-') return false;
    const std::string_view digits = name.substr(hash_length + 1, dot - hash_length - 1);
    const std::string_view extension = name.substr(dot + 1);
    return all(name.substr(0, hash_length), "0123456789abcdef") && all(digits, "0123456789") &&
           digits.size() <= most_digits && digits.front() != '0' &&
           (extension == "jpg" || extension == "webp");
}

std::string file_name(std::string_view hash, int width, std::string_view extension) {
    std::string name(hash);
    name.append("-").append(std::to_string(width)).append(".").append(extension);
    return name;
}

std::string_view content_type(std::string_view name) {
    return name.ends_with(".webp") ? "image/webp" : "image/jpeg";
}

std::string Shelf::path_of(std::string_view name) const {
    if (!is_file_name(name)) throw std::invalid_argument("no name of a picture");
    std::string path = folder_ + "/";
    path.append(name.substr(0, prefix_length)).append("/").append(name);
    return path;
}

void Shelf::put(std::span<const NewFile> files) const {
    const std::string waiting = folder_ + "/" + incoming;
    for (const std::string& folder : {folder_, waiting}) make_folder(folder);
    std::vector<Temporary> written;
    for (const NewFile& file : files) {
        written.emplace_back(waiting);
        written.back().write(file.bytes);
    }
    std::set<std::string> folders;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string path = path_of(files[i].name);
        const std::string folder = fs::path(path).parent_path().string();
        if (folders.insert(folder).second) make_folder(folder);
        written[i].name(path);
    }
    for (const std::string& folder : folders) sync_folder(folder);
}

std::optional<std::string> Shelf::read(const std::string& name) const {
    const std::string path = path_of(name);
    const File file(path, O_RDONLY);
    if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    struct stat found {};
    if (!file.is_open() || ::fstat(file.fd(), &found) != 0) fail("read", path);
    std::string bytes(static_cast<std::size_t>(found.st_size), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t n = ::read(file.fd(), bytes.data() + have, bytes.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail("read", path);
        have += static_cast<std::size_t>(n);
    }
    return bytes;
}

bool Shelf::has(const std::string& name) const { return ::access(path_of(name).c_str(), R_OK) == 0; }

void Shelf::remove(const std::string& name) const {
    const std::string path = path_of(name);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) fail("remove", path);
}

int Shelf::remove_abandoned(std::int64_t older_than_ms) const {
    std::error_code error;
    int removed = 0;
    const auto limit = fs::file_time_type::clock::now() - std::chrono::milliseconds(older_than_ms);
    for (const auto& entry : fs::directory_iterator(folder_ + "/" + incoming, error)) {
        const auto written = entry.last_write_time(error);
        if (!error && written < limit && fs::remove(entry.path(), error)) ++removed;
    }
    return removed;
}

}  // namespace cloudretail::media
