// Where static files come from: the binary, or a folder in development. Private to core/http; a store is
// thread-safe.
#pragma once

#include <base/embedded.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cloudretail::http {

/// One file as it is now.
struct StaticFile {
    std::string_view type;      // Content-Type
    bool page = false;          // HTML: gets the page headers
    bool foreign_code = false;  // a page whose scripts are not ours: they write HTML
    bool immutable = false;     // may be cached for ever under its tree's hash
    bool compressible = false;  // by its type: answers vary by Accept-Encoding
    std::string etag;           // without quotes
    std::string_view embedded;  // bytes in the binary, unless `bytes` is set
    std::shared_ptr<const std::string> bytes;
    std::shared_ptr<const std::string> gzip;  // null: not compressed (yet, or it does not pay)
};

class StaticStore {
  public:
    virtual ~StaticStore() = default;
    /// By path relative to the tree, "app/main.js".
    [[nodiscard]] virtual std::optional<StaticFile> find(std::string_view path) const = 0;
    [[nodiscard]] virtual const std::string& tree_hash() const = 0;
    virtual void wait_until_compressed() const {}
};

std::unique_ptr<StaticStore> make_embedded_store(std::span<const EmbeddedFile> files);
std::unique_ptr<StaticStore> make_directory_store(const std::string& directory);

}  // namespace cloudretail::http
