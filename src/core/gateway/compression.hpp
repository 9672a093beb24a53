// gzip of answers for clients that take it (RFC 9110 sections 8.4, 12.5.3). Only answers to GET and HEAD are
// compressed: what carries a secret (tokens, keys, codes) is answered to a POST, and compressing a secret
// beside what an attacker chose would tell of it (BREACH). Streams go out as they are. Thread-safe.
#pragma once

#include <config/config.hpp>
#include <http/message.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace cloudretail::gateway {

class Compression {
  public:
    /// Reads gateway.gzip_*.
    explicit Compression(const config::Config& config);

    /// The entity tag of a compressed answer is the plain one's with "-gz" at its end. Takes that off the
    /// tags a client sends, so that nobody behind this knows of it; true where there was one.
    [[nodiscard]] bool read_tags(http::Request& request) const;
    /// Compresses the answer where it may and pays; Vary where it might have been. `tagged`: what read_tags
    /// said.
    void apply(const http::Request& request, http::Response& response, bool tagged);

  private:
    using Bytes = std::shared_ptr<const std::string>;
    struct Kept {
        std::weak_ptr<const std::string> body;
        Bytes gzip;  // null: it does not pay
    };

    /// What is kept of a body that a cache shares lives no longer than the cache's entry.
    Bytes of_shared(const Bytes& body);
    void forget_gone();

    const std::size_t from_, up_to_, kept_bytes_;
    std::mutex mutex_;
    std::unordered_map<const std::string*, Kept> kept_;
    std::size_t bytes_ = 0;
};

}  // namespace cloudretail::gateway
