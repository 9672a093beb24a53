// Reading and writing manifests, and files that survive a power cut; see manifest.hpp.
#include <app/manifest.hpp>

#include <base/json.hpp>
#include <security/password.hpp>

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace cloudretail::app {

namespace {

constexpr int format = 1;
constexpr std::string_view checksum_key = ",\"checksum\":\"";
constexpr std::string_view after_checksum = "\"}\n";
constexpr std::size_t checksum_length = 64;

[[noreturn]] void fail(const std::string& what, const std::string& path) {
    throw std::runtime_error("cannot " + what + " " + path + ": " + std::strerror(errno));
}

/// An open file, closed.
class Open {
  public:
    Open(std::string path, int flags)
        : path_(std::move(path)), fd_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {
        if (fd_ < 0) fail("open", path_);
    }
    ~Open() { ::close(fd_); }
    Open(const Open&) = delete;

    /// Up to `size` bytes; 0 at the end.
    std::size_t read(char* to, std::size_t size) const {
        for (;;) {
            const ssize_t n = ::read(fd_, to, size);
            if (n >= 0) return static_cast<std::size_t>(n);
            if (errno != EINTR) fail("read", path_);
        }
    }
    void write(const char* from, std::size_t size) const {
        while (size > 0) {
            const ssize_t n = ::write(fd_, from, size);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) fail("write", path_);
            from += n;
            size -= static_cast<std::size_t>(n);
        }
    }
    void sync() const {
        if (::fsync(fd_) != 0) fail("sync", path_);
    }

  private:
    std::string path_;
    int fd_;
};

/// Reads all of `from`, into `to` where there is one.
Manifest::File pass(const Open& from, const Open* to, const std::string& name) {
    Manifest::File file{name};
    crypto_hash_sha256_state state;
    ::crypto_hash_sha256_init(&state);
    std::string piece(256 * 1024, '\0');
    while (const std::size_t n = from.read(piece.data(), piece.size())) {
        ::crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(piece.data()), n);
        if (to) to->write(piece.data(), n);
        file.size += static_cast<std::int64_t>(n);
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    ::crypto_hash_sha256_final(&state, hash);
    char hex[2 * sizeof hash + 1];
    ::sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    file.sha256 = hex;
    return file;
}

/// A name of ours: nothing that leads out of its folder.
bool is_plain(std::string_view name) {
    return !name.empty() && name.front() != '.' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

std::string name_in(const json::View& place, std::string_view key) {
    std::string name(place[key].text().value_or(""));
    if (!is_plain(name)) throw std::runtime_error("the backup's manifest has a name that none can be");
    return name;
}

/// The text without its checksum, which is checked.
std::string_view checked(std::string_view text) {
    const std::size_t tail = checksum_key.size() + checksum_length + after_checksum.size();
    if (text.size() > tail) {
        const std::string_view body = text.substr(0, text.size() - tail);
        const std::string expected =
            std::string(checksum_key) + security::sha256_hex(body) + std::string(after_checksum);
        if (text.substr(body.size()) == expected) return body;
    }
    throw std::runtime_error("the backup's manifest is damaged: its checksum does not fit");
}

}  // namespace

std::string Manifest::to_text() const {
    json::Writer w;
    w.begin_object().member("format", format).member("version", version).member("at", at);
    w.key("modules").begin_array();
    for (const Module& module : modules) {
        w.begin_object().member("name", module.name).member("dialect", module.dialect);
        w.member("file", module.file).key("migrations").begin_object();
        for (const auto& [series, number] : module.levels) w.member(series, number);
        w.end_object().end_object();
    }
    w.end_array().key("files").begin_array();
    for (const File& file : files)
        w.begin_object()
            .member("name", file.name)
            .member("size", file.size)
            .member("sha256", file.sha256)
            .end_object();
    w.end_array().key("folders").begin_array();
    for (const Folder& folder : folders) {
        w.begin_object().member("name", folder.name).member("list", folder.list.name);
        w.member("size", folder.list.size).member("sha256", folder.list.sha256).end_object();
    }
    w.end_array().end_object();
    std::string text = w.take();
    text.pop_back();  // the closing brace comes after the checksum
    return text + std::string(checksum_key) + security::sha256_hex(text) + std::string(after_checksum);
}

Manifest Manifest::parse(const std::string& text) {
    const auto document = json::Document::parse(std::string(checked(text)) + "}");
    if (!document) throw std::runtime_error("the backup's manifest is not JSON");
    const json::View root = document->root();
    if (root["format"].integer() != format)
        throw std::runtime_error("the backup has a format that this version does not know");
    Manifest manifest;
    manifest.version = root["version"].text().value_or("");
    manifest.at = Timestamp::parse(root["at"].text().value_or("")).value_or(Timestamp{});
    for (std::size_t i = 0; i < root["modules"].size(); ++i) {
        const json::View place = root["modules"].at(i);
        Module module{name_in(place, "name"), name_in(place, "dialect"), name_in(place, "file")};
        place["migrations"].each_member([&](std::string_view series, json::View number) {
            module.levels[std::string(series)] = static_cast<int>(number.integer().value_or(0));
        });
        manifest.modules.push_back(std::move(module));
    }
    for (std::size_t i = 0; i < root["files"].size(); ++i) {
        const json::View place = root["files"].at(i);
        manifest.files.push_back({name_in(place, "name"), place["size"].integer().value_or(-1),
                                  std::string(place["sha256"].text().value_or(""))});
    }
    for (std::size_t i = 0; i < root["folders"].size(); ++i) {
        const json::View place = root["folders"].at(i);
        manifest.folders.push_back({name_in(place, "name"),
                                    {name_in(place, "list"), place["size"].integer().value_or(-1),
                                     std::string(place["sha256"].text().value_or(""))}});
    }
    return manifest;
}

Manifest::File measure(const std::string& folder, const std::string& name) {
    const Open file(folder + "/" + name, O_RDONLY);
    return pass(file, nullptr, name);
}

Manifest::File copy_file(const std::string& from_folder, const std::string& to_folder,
                         const std::string& name, const std::string& new_name) {
    const Open from(from_folder + "/" + name, O_RDONLY);
    const Open to(to_folder + "/" + new_name, O_WRONLY | O_CREAT | O_EXCL);
    Manifest::File file = pass(from, &to, name);
    to.sync();
    return file;
}

void sync_path(const std::string& path) { Open(path, O_RDONLY).sync(); }

void write_durably(const std::string& folder, const std::string& name, const std::string& text) {
    const std::string path = folder + "/" + name, temporary = path + ".new";
    {
        const Open file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        file.write(text.data(), text.size());
        file.sync();
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) fail("name", path);
    sync_path(folder);
}

}  // namespace cloudretail::app
