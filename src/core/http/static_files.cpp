// Answers requests for static files; see static_files.hpp. The files themselves are kept by static_store.cpp.
#include <http/static_files.hpp>

#include <algorithm>

#include "static_store.hpp"

namespace cloudretail::http {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the part before the next `separator` off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

/// Is there a weight among the parameters, and is it zero: q=0, q=0.0, …?
bool weight_is_zero(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view parameter = next_part(parameters, ';');
        if (parameter.starts_with("q=") || parameter.starts_with("Q="))
            return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
    return false;
}

Response not_allowed() {
    Response response;
    response.status = 405;
    response.headers.add("Allow", "GET, HEAD");
    return response;
}

Response answer(const StaticFile& file, const Request& request, bool immutable) {
    Response response;
    Fields& headers = response.headers;
    const bool gzip = file.gzip && accepts_gzip(request.headers.get("Accept-Encoding"));
    const std::string etag = '"' + file.etag + (gzip ? "-gz\"" : "\"");
    headers.add("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    headers.add("ETag", etag);
    if (file.compressible) headers.add("Vary", "Accept-Encoding");
    if (etag_matches(request.headers.get("If-None-Match"), etag)) {
        response.status = 304;
        return response;
    }
    headers.add("Content-Type", std::string(file.type));
    if (gzip) headers.add("Content-Encoding", "gzip");
    if (file.page)
        add_page_headers(headers, !file.foreign_code);
    else
        headers.add("X-Content-Type-Options", "nosniff");
    if (gzip)
        response.shared_body = file.gzip;
    else if (file.bytes)
        response.shared_body = file.bytes;
    else
        response.body = std::string(file.embedded);
    return response;
}

}  // namespace

struct StaticFiles::Impl {
    std::unique_ptr<StaticStore> store;
    std::string prefix;  // "/assets/<hash>/"
};

StaticFiles::StaticFiles(std::span<const EmbeddedFile> files, const std::string& directory)
    : impl_(std::make_unique<Impl>()) {
    impl_->store = directory.empty() ? make_embedded_store(files) : make_directory_store(directory);
    impl_->prefix = "/assets/" + impl_->store->tree_hash() + "/";
}

StaticFiles::~StaticFiles() = default;

const std::string& StaticFiles::tree_hash() const { return impl_->store->tree_hash(); }

void StaticFiles::wait_until_compressed() const { impl_->store->wait_until_compressed(); }

std::optional<Response> StaticFiles::serve(const Request& request) const {
    std::string_view path = request.path;
    if (path == "/") path = "/index.html";
    const bool asset = path.starts_with(impl_->prefix);
    path.remove_prefix(asset ? impl_->prefix.size() : std::min<std::size_t>(1, path.size()));
    // Outside the assets only the top level is there: favicon.ico, robots.txt, pages.
    if (!asset && path.find('/') != std::string_view::npos) return std::nullopt;
    std::optional<StaticFile> file = impl_->store->find(path);
    if (!file && !asset) file = impl_->store->find(std::string(path) + ".html");
    if (!file) return std::nullopt;
    if (request.method != Method::get && request.method != Method::head) return not_allowed();
    return answer(*file, request, asset && file->immutable);
}

std::optional<std::string> StaticFiles::text(std::string_view path) const {
    const std::optional<StaticFile> file = impl_->store->find(path);
    if (!file) return std::nullopt;
    return file->bytes ? *file->bytes : std::string(file->embedded);
}

void add_page_headers(Fields& headers, bool trusted_types) {
    std::string policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    if (trusted_types) policy += "; require-trusted-types-for 'script'; trusted-types 'none'";
    headers.set("Content-Security-Policy", std::move(policy));
    headers.set("Referrer-Policy", "same-origin");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
}

bool accepts_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        std::string_view parameters = next_part(accept_encoding, ',');
        const std::string_view coding = next_part(parameters, ';');
        if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) return !weight_is_zero(parameters);
        if (coding == "*") any = !weight_is_zero(parameters);
    }
    return any;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        std::string_view candidate = next_part(if_none_match, ',');
        if (candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate == etag || candidate == "*") return true;
    }
    return false;
}

}  // namespace cloudretail::http
