// Static files from the binary and from a folder: names, types, caching, compression, headers.
#include <zlib.h>
#include <catch2/catch.hpp>

#include <unistd.h>
#include <array>
#include <filesystem>
#include <fstream>
#include <http/static_files.hpp>

using namespace cloudretail;
using http::Method;
using http::Request;
using http::Response;
using http::StaticFiles;

namespace {

const std::string long_script(5000, 'x');
const std::string noise = [] {  // does not compress
    std::string s;
    std::uint32_t state = 1;
    for (int i = 0; i < 3000; ++i) {
        state = state * 1664525U + 1013904223U;
        s.push_back(static_cast<char>(state >> 24));
    }
    return s;
}();

std::vector<EmbeddedFile> tree() {
    return {{"app/main.js", long_script},
            {"app/noise.js", noise},
            {"docs.html", "<script src=\"{{assets}}/app/main.js\"></script>"},
            {"favicon.ico", "icon"},
            {"index.html", "<link href={{assets}}/styles/a.css><script src={{assets}}/app/main.js></script>"},
            {"pages/deep.html", "deep"},
            {"styles/a.css", "a{}"}};
}

Request get(std::string path, std::string accept_encoding = {}, std::string if_none_match = {}) {
    Request request;
    request.path = std::move(path);
    if (!accept_encoding.empty()) request.headers.add("Accept-Encoding", std::move(accept_encoding));
    if (!if_none_match.empty()) request.headers.add("If-None-Match", std::move(if_none_match));
    return request;
}

std::string gunzip(const std::string& in) {
    z_stream stream{};
    std::string out(100'000, '\0');
    if (inflateInit2(&stream, 15 + 16) != Z_OK) return "inflateInit2 failed";
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return result == Z_STREAM_END ? out : "not gzip";
}

/// A folder that goes when the test does.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "static_files_test_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path / name).parent_path());
        std::ofstream(path / name, std::ios::binary) << text;
    }
};

}  // namespace

TEST_CASE("the start page names the assets by the hash of the tree and is always revalidated", "[static]") {
    const auto files = tree();
    const StaticFiles site(files);
    REQUIRE(site.tree_hash().size() == 16);
    const auto page = site.serve(get("/"));
    REQUIRE(page);
    CHECK(page->status == 200);
    const std::string assets = "/assets/" + site.tree_hash();
    CHECK(page->content() ==
          "<link href=" + assets + "/styles/a.css><script src=" + assets + "/app/main.js></script>");
    CHECK(page->headers.get("Cache-Control") == "no-cache");
    CHECK(page->headers.get("Content-Type") == "text/html; charset=utf-8");
    const auto csp = page->headers.get("Content-Security-Policy");
    CHECK(csp.starts_with("default-src 'none'; script-src 'self';"));
    CHECK(csp.find("unsafe") == std::string_view::npos);
    CHECK(page->headers.get("Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(page->headers.get("X-Content-Type-Options") == "nosniff");
    CHECK(page->headers.has("Referrer-Policy"));
}

TEST_CASE("assets are cached for ever under the hash of the tree, and found under no other", "[static]") {
    const auto files = tree();
    const StaticFiles site(files);
    const auto css = site.serve(get("/assets/" + site.tree_hash() + "/styles/a.css"));
    REQUIRE(css);
    CHECK(css->content() == "a{}");
    CHECK(css->headers.get("Content-Type") == "text/css; charset=utf-8");
    CHECK(css->headers.get("Cache-Control") == "public, max-age=31536000, immutable");
    CHECK(css->headers.get("X-Content-Type-Options") == "nosniff");
    CHECK_FALSE(site.serve(get("/assets/0123456789abcdef/styles/a.css")));
    CHECK_FALSE(site.serve(get("/assets/" + site.tree_hash() + "/styles/b.css")));
    CHECK_FALSE(site.serve(get("/assets/" + site.tree_hash() + "/")));
    CHECK_FALSE(site.serve(get("/assets/")));
}

TEST_CASE("the hash of the tree changes with any name or byte", "[static]") {
    auto files = tree();
    const std::string before = StaticFiles(files).tree_hash();
    CHECK(StaticFiles(files).tree_hash() == before);
    files[6].content = "b{}";
    CHECK(StaticFiles(files).tree_hash() != before);
    files = tree();
    files[6].path = "styles/b.css";
    CHECK(StaticFiles(files).tree_hash() != before);
}

TEST_CASE("only the top level is served outside the assets", "[static]") {
    const auto files = tree();
    const StaticFiles site(files);
    const auto icon = site.serve(get("/favicon.ico"));
    REQUIRE(icon);
    CHECK(icon->content() == "icon");
    CHECK(icon->headers.get("Cache-Control") == "no-cache");
    const auto docs = site.serve(get("/docs"));
    REQUIRE(docs);
    CHECK(docs->content() == "<script src=\"/assets/" + site.tree_hash() + "/app/main.js\"></script>");
    CHECK(site.serve(get("/index.html")));
    for (const char* path :
         {"/pages/deep.html", "/pages/deep", "/app/main.js", "/nothing", "", "*", "/api/products"})
        CHECK_FALSE(site.serve(get(path)));
}

TEST_CASE("text that gains by it is sent compressed to those who take it", "[static]") {
    const auto files = tree();
    const StaticFiles site(files);
    site.wait_until_compressed();
    const std::string main = "/assets/" + site.tree_hash() + "/app/main.js";
    const auto packed = site.serve(get(main, "br, gzip"));
    REQUIRE(packed);
    CHECK(packed->headers.get("Content-Encoding") == "gzip");
    CHECK(packed->headers.get("Vary") == "Accept-Encoding");
    CHECK(packed->content().size() < 200);
    CHECK(gunzip(packed->content()) == long_script);
    const auto plain = site.serve(get(main, "br"));
    CHECK_FALSE(plain->headers.has("Content-Encoding"));
    CHECK(plain->headers.get("Vary") == "Accept-Encoding");
    CHECK(plain->content() == long_script);
    CHECK(plain->headers.get("ETag") != packed->headers.get("ETag"));
    CHECK_FALSE(site.serve(get("/assets/" + site.tree_hash() + "/app/noise.js", "gzip"))
                    ->headers.has("Content-Encoding"));
    CHECK_FALSE(site.serve(get("/favicon.ico", "gzip"))->headers.has("Vary"));
}

TEST_CASE("a file that the client has is answered with 304 and no body", "[static]") {
    const auto files = tree();
    const StaticFiles site(files);
    const std::string etag(site.serve(get("/"))->headers.get("ETag"));
    for (const std::string& sent : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
        const auto answer = site.serve(get("/", "", sent));
        CHECK(answer->status == 304);
        CHECK(answer->content().empty());
        CHECK(answer->headers.get("ETag") == etag);
        CHECK(answer->headers.get("Cache-Control") == "no-cache");
    }
    CHECK(site.serve(get("/", "", "\"other\""))->status == 200);
}

TEST_CASE("static files are only read", "[static]") {
    const auto files = tree();
    const StaticFiles site(files);
    Request request = get("/");
    request.method = Method::head;
    CHECK(site.serve(request)->status == 200);
    request.method = Method::post;
    CHECK(site.serve(request)->status == 405);
    CHECK(site.serve(request)->headers.get("Allow") == "GET, HEAD");
}

TEST_CASE("Accept-Encoding is read with its weights", "[static]") {
    for (const char* yes : {"gzip", "GZIP", "deflate, gzip;q=0.5", "*", "gzip;q=1.0, identity;q=0", "x-gzip"})
        CHECK(http::accepts_gzip(yes));
    for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "gzipped", "identity"})
        CHECK_FALSE(http::accepts_gzip(no));
}

TEST_CASE("a folder replaces the binary's files and is read again when a file changes", "[static]") {
    const auto files = tree();
    const Folder folder;
    folder.write("index.html", "one {{assets}}");
    folder.write("app/main.js", "1");
    folder.write(".hidden/secret.txt", "s");
    std::filesystem::create_symlink("/etc/hostname", folder.path / "link.txt");
    const StaticFiles site(files, folder.path.string());
    const std::string assets = "/assets/" + site.tree_hash() + "/";
    CHECK(site.serve(get("/"))->content() == "one " + assets.substr(0, assets.size() - 1));
    const auto script = site.serve(get(assets + "app/main.js"));
    REQUIRE(script);
    CHECK(script->content() == "1");
    CHECK(script->headers.get("Cache-Control") == "no-cache");
    folder.write("app/main.js", "two");
    const auto changed = site.serve(get(assets + "app/main.js"));
    CHECK(changed->content() == "two");
    CHECK(changed->headers.get("ETag") != script->headers.get("ETag"));
    for (const char* path : {".hidden/secret.txt", "link.txt", "styles/a.css", "../etc/hostname"})
        CHECK_FALSE(site.serve(get(assets + path)));
    std::filesystem::remove(folder.path / "app/main.js");
    CHECK_FALSE(site.serve(get(assets + "app/main.js")));
}

TEST_CASE("a folder that is not there stops the start", "[static]") {
    CHECK_THROWS_AS(StaticFiles({}, "/nonexistent/static"), std::runtime_error);
}
