// The two stores of static files; see static_store.hpp. The embedded store is immutable but for the
// compressed bytes, which a thread of its own publishes one by one; the directory store locks.
#include "static_store.hpp"

#include <sodium.h>
#include <http/gzip.hpp>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace cloudretail::http {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t gzip_from_bytes = 1024;
constexpr int gzip_level = 9;  // once per start, in a thread of its own
constexpr std::size_t max_files = 2'000;
constexpr std::uintmax_t max_file_bytes = 8 * 1024 * 1024;
constexpr std::string_view placeholder = "{{assets}}";

struct Type {
    std::string_view extension, type;
    bool compressible;
};

constexpr std::array<Type, 20> types{{
    {".html", "text/html; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".json", "application/json", true},
    {".map", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".md", "text/plain; charset=utf-8", true},
    {".xml", "application/xml", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".jpeg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".avif", "image/avif", false},
    {".gif", "image/gif", false},
    {".ico", "image/x-icon", false},
    {".woff2", "font/woff2", false},
    {".wasm", "application/wasm", true},
}};

Type type_of(std::string_view path) {
    for (const Type& type : types)
        if (path.ends_with(type.extension)) return type;
    return {"", "application/octet-stream", false};
}

std::string short_hash(std::string_view bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    std::array<char, 33> hex{};
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), 16);
    return hex.data();
}

StaticFile describe(std::string_view path) {
    const Type type = type_of(path);
    StaticFile file;
    file.type = type.type;
    file.page = type.extension == ".html";
    file.foreign_code = path == "docs.html";  // Swagger UI; what it shows is our own contract
    file.compressible = type.compressible;
    return file;
}

std::shared_ptr<const std::string> with_assets(std::string_view page, const std::string& hash) {
    std::string out;
    out.reserve(page.size() + 256);
    for (std::size_t at = page.find(placeholder); at != std::string_view::npos; at = page.find(placeholder)) {
        out.append(page.substr(0, at)).append("/assets/").append(hash);
        page.remove_prefix(at + placeholder.size());
    }
    out.append(page);
    return std::make_shared<const std::string>(std::move(out));
}

class EmbeddedStore final : public StaticStore {
    struct Entry {
        StaticFile file;                          // but for gzip, constant once the constructor is through
        std::shared_ptr<const std::string> gzip;  // written before `compressed` is set, constant after
        std::atomic<bool> compressed{false};
    };

  public:
    explicit EmbeddedStore(std::span<const EmbeddedFile> files) {
        std::string all;
        for (const EmbeddedFile& file : files) {
            StaticFile described = describe(file.path);
            described.embedded = file.content;
            described.immutable = true;
            described.etag = short_hash(file.content);
            all.append(file.path).append(1, '\0').append(described.etag);
            entries_[std::string(file.path)].file = std::move(described);
        }
        hash_ = short_hash(all).substr(0, 16);
        for (auto& [path, entry] : entries_) {
            if (!entry.file.page) continue;
            entry.file.bytes = with_assets(entry.file.embedded, hash_);
            entry.file.etag = short_hash(*entry.file.bytes);
        }
        compressor_ = std::thread([this] { compress_all(); });
    }
    ~EmbeddedStore() override {
        stop_ = true;
        compressor_.join();
    }
    [[nodiscard]] std::optional<StaticFile> find(std::string_view path) const override {
        const auto at = entries_.find(path);
        if (at == entries_.end()) return std::nullopt;
        StaticFile file = at->second.file;
        if (at->second.compressed.load(std::memory_order_acquire)) file.gzip = at->second.gzip;
        return file;
    }
    [[nodiscard]] const std::string& tree_hash() const override { return hash_; }
    void wait_until_compressed() const override { finished_.wait(false); }

  private:
    void compress_all() {
        for (auto& [path, entry] : entries_) {
            if (stop_) break;
            const std::string_view bytes = entry.file.bytes ? *entry.file.bytes : entry.file.embedded;
            if (!entry.file.compressible || bytes.size() <= gzip_from_bytes) continue;
            entry.gzip = gzip(bytes, gzip_level);
            entry.compressed.store(entry.gzip != nullptr, std::memory_order_release);
        }
        finished_ = true;
        finished_.notify_all();
    }

    std::map<std::string, Entry, std::less<>> entries_;
    std::string hash_;
    std::atomic<bool> stop_{false}, finished_{false};
    std::thread compressor_;
};

class DirectoryStore final : public StaticStore {
    struct Entry {
        fs::path where;
        fs::file_time_type changed{};
        std::uintmax_t size = 0;
        StaticFile file;
    };

  public:
    explicit DirectoryStore(const std::string& directory) {
        const fs::path root(directory);
        std::error_code ec;
        fs::recursive_directory_iterator at(root, ec);
        if (ec) throw std::runtime_error("ui.static_dir " + directory + ": " + ec.message());
        for (const fs::directory_entry& found : at) {
            const std::string name = found.path().filename().string();
            if (found.is_symlink() || name.starts_with('.')) {
                at.disable_recursion_pending();
                continue;
            }
            if (!found.is_regular_file()) continue;
            if (entries_.size() == max_files)
                throw std::runtime_error("ui.static_dir " + directory + ": too many files");
            const std::string path = found.path().lexically_relative(root).generic_string();
            Entry entry{.where = found.path(), .file = describe(path)};
            if (!refresh(entry))
                throw std::runtime_error("ui.static_dir: cannot read " + found.path().string());
            entries_.emplace(path, std::move(entry));
        }
    }
    /// Reads the file again when it changed: small, bounded reads that the page cache answers.
    [[nodiscard]] std::optional<StaticFile> find(std::string_view path) const override {
        const std::lock_guard lock(mutex_);
        const auto at = entries_.find(path);
        if (at == entries_.end() || !refresh(at->second)) return std::nullopt;
        return at->second.file;
    }
    [[nodiscard]] const std::string& tree_hash() const override { return hash_; }

  private:
    /// False when it is gone or has grown too large.
    bool refresh(Entry& entry) const {
        std::error_code ec;
        const auto changed = fs::last_write_time(entry.where, ec);
        const auto size = ec ? 0 : fs::file_size(entry.where, ec);
        if (ec || size > max_file_bytes) return false;
        if (entry.file.bytes && changed == entry.changed && size == entry.size) return true;
        std::ifstream in(entry.where, std::ios::binary);
        std::string bytes(size, '\0');
        if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) return false;
        entry.file.bytes = entry.file.page ? with_assets(bytes, hash_)
                                           : std::make_shared<const std::string>(std::move(bytes));
        entry.file.etag = short_hash(*entry.file.bytes);
        entry.changed = changed;
        entry.size = size;
        return true;
    }

    mutable std::mutex mutex_;
    mutable std::map<std::string, Entry, std::less<>> entries_;
    const std::string hash_ = "development";
};

}  // namespace

std::unique_ptr<StaticStore> make_embedded_store(std::span<const EmbeddedFile> files) {
    return std::make_unique<EmbeddedStore>(files);
}

std::unique_ptr<StaticStore> make_directory_store(const std::string& directory) {
    return std::make_unique<DirectoryStore>(directory);
}

}  // namespace cloudretail::http
