// See compression.hpp.
#include <gateway/compression.hpp>

#include <algorithm>
#include <http/gzip.hpp>
#include <http/static_files.hpp>

namespace cloudretail::gateway {

namespace {

constexpr int level_once = 1;  // 6 KB of JSON: some 70 µs
constexpr int level_kept = 6;
constexpr std::string_view mark = "-gz\"";

bool is_read(const http::Request& request) {
    return request.method == http::Method::get || request.method == http::Method::head;
}

bool is_compressible(std::string_view type) {
    return type.starts_with("application/json") || type.starts_with("text/") ||
           type.starts_with("application/problem+json") || type.starts_with("application/x-ndjson");
}

void mark_tag(http::Response& response) {
    std::string tag(response.headers.get("ETag"));
    if (!tag.ends_with('"')) return;
    tag.replace(tag.size() - 1, 1, mark);
    response.headers.set("ETag", std::move(tag));
}

}  // namespace

Compression::Compression(const config::Config& config)
    : from_(static_cast<std::size_t>(config.bytes("gateway.gzip_from"))),
      up_to_(static_cast<std::size_t>(config.bytes("gateway.gzip_up_to"))),
      kept_bytes_(static_cast<std::size_t>(config.bytes("gateway.gzip_kept"))) {}

bool Compression::read_tags(http::Request& request) const {
    bool found = false;
    for (const char* name : {"If-None-Match", "If-Match"}) {
        std::string tags(request.headers.get(name));
        std::size_t at = tags.find(mark);
        if (at == std::string::npos) continue;
        for (; at != std::string::npos; at = tags.find(mark, at)) tags.replace(at, mark.size(), "\"");
        request.headers.set(name, std::move(tags));
        found = true;
    }
    return found;
}

void Compression::apply(const http::Request& request, http::Response& response, bool tagged) {
    if (!is_read(request) || response.stream || response.headers.has("Content-Encoding")) return;
    if (response.status == 304) {
        response.headers.add("Vary", "Accept-Encoding");
        if (tagged) mark_tag(response);
        return;
    }
    const std::size_t size = response.content().size();
    if (size < from_ || !is_compressible(response.headers.get("Content-Type"))) return;
    response.headers.add("Vary", "Accept-Encoding");
    if (size > up_to_ || !http::accepts_gzip(request.headers.get("Accept-Encoding"))) return;
    Bytes gzip =
        response.shared_body ? of_shared(response.shared_body) : http::gzip(response.body, level_once);
    if (!gzip) return;
    response.shared_body = std::move(gzip);
    response.body.clear();
    response.headers.add("Content-Encoding", "gzip");
    mark_tag(response);
}

Compression::Bytes Compression::of_shared(const Bytes& body) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(body.get());
        if (found != kept_.end() && found->second.body.lock() == body) return found->second.gzip;
    }
    Bytes gzip = http::gzip(*body, level_kept);
    const std::size_t size = gzip ? gzip->size() : 0;
    const std::lock_guard lock(mutex_);
    if (bytes_ + size > kept_bytes_) forget_gone();
    if (bytes_ + size > kept_bytes_) return gzip;
    Kept& entry = kept_[body.get()];
    if (entry.gzip) bytes_ -= entry.gzip->size();
    entry = {body, gzip};
    bytes_ += size;
    return gzip;
}

void Compression::forget_gone() {
    std::erase_if(kept_, [](const auto& entry) { return entry.second.body.expired(); });
    bytes_ = 0;
    for (const auto& [body, entry] : kept_) bytes_ += entry.gzip ? entry.gzip->size() : 0;
}

}  // namespace cloudretail::gateway
