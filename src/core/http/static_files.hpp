// The web UI's files, from the binary or (development) from a folder. A path is only ever looked up among the
// known files, never joined to a folder. `/` and root-level files are revalidated on each use; everything
// below
// `/assets/<hash of the tree>/` is cached for ever, because any change changes the hash. What to answer for
// other paths is the caller's business. Thread-safe.
#pragma once

#include <base/embedded.hpp>
#include <http/message.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace cloudretail::http {

class StaticFiles {
  public:
    /// `files` stay where they are (they are constant data of the binary). A `directory` replaces them: its
    /// files are listed now, hidden ones and links left out, and read again whenever they change. Throws
    /// std::runtime_error when it cannot be read or holds too much (2 000 files, 8 MiB each). Compression
    /// goes on in a thread of its own after the constructor returned; until it is done, files are served as
    /// they are.
    explicit StaticFiles(std::span<const EmbeddedFile> files, const std::string& directory = {});
    ~StaticFiles();
    StaticFiles(const StaticFiles&) = delete;

    /// `/` (index.html), `/assets/<hash>/<path>`, `/<root-level file>` and `/<name>` for `<name>.html`. GET
    /// and HEAD; other methods 405. With ETag, 304, gzip where it pays. nullopt: no file of that name.
    [[nodiscard]] std::optional<Response> serve(const Request& request) const;
    /// The file itself, for what is made of it; nullopt: there is none of that name.
    [[nodiscard]] std::optional<std::string> text(std::string_view path) const;
    /// What stands for `{{assets}}` in every .html file is "/assets/" followed by this.
    [[nodiscard]] const std::string& tree_hash() const;
    /// Blocks until every file that gains by it is compressed (tests, benchmarks).
    void wait_until_compressed() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Headers of every HTML page: a strict Content-Security-Policy (no inline script or style; Trusted Types
/// where all scripts are ours), no framing, no sniffing, referrer for ourselves alone (OWASP Secure Headers).
void add_page_headers(Fields& headers, bool trusted_types = true);

/// Does Accept-Encoding admit gzip (RFC 9110 section 12.5.3)?
bool accepts_gzip(std::string_view accept_encoding);

/// Does an If-None-Match value name this entity tag (RFC 9110 section 13.1.2, weak comparison)?
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace cloudretail::http
