// Pictures over HTTP: uploading, what is refused before and after it was read, and serving on both listeners.
#include <atomic>
#include <filesystem>
#include <support/pictures.hpp>
#include <thread>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

namespace fs = std::filesystem;

HttpResponse upload(HttpClient client, const Account& who, const std::string& product,
                    const std::string& file, const std::string& type = "image/png",
                    const std::string& query = "") {
    HttpClient::Headers headers = who.headers();
    headers.emplace_back("Content-Type", type);
    return client.request("POST", "/api/products/" + product + "/images" + query, headers, file);
}

std::string slug_of(const HttpResponse& answer) {
    return at(answer, "type").substr(std::string_view("/problems/").size());
}

std::vector<std::string> flags(const std::vector<std::string>& more) {
    auto all = quick_flags();
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::size_t files_below(const std::string& folder) {
    std::size_t count = 0;
    if (!fs::exists(folder)) return 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        count += entry.is_regular_file() ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE_ON_BOTH("a vendor's picture is shown with its product and served on both listeners for ever",
                  "[api]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const std::string product = make_product(client, vendor);
    const auto added =
        upload(server.gateway(), vendor, product, png_of(700, 350), "image/png", "?alt=Two%20halves");
    REQUIRE(added.status == 201);
    const std::string url = at(added, "url");
    CHECK(added.header("Location") == url);
    CHECK(at(added, "width") == "700");
    CHECK(at(added, "height") == "350");
    CHECK(at(added, "alt") == "Two halves");
    CHECK(at(client.get("/api/products/" + product), "images/0/url") == url);
    CHECK(at(client.get("/api/products"), "items/0/images/0/srcset").ends_with(url + " 700w"));
    CHECK(upload(server.gateway(), vendor, product, png_of(700, 350)).status == 200);

    HttpClient pages = server.ui();
    for (HttpClient* listener : {&client, &pages}) {
        const auto file = listener->get(url);
        REQUIRE(file.status == 200);
        CHECK(file.header("Content-Type") == "image/jpeg");
        CHECK(file.header("Cache-Control") == "public, max-age=31536000, immutable");
        CHECK(file.header("X-Content-Type-Options") == "nosniff");
        CHECK(look_at(file.body).at(600, 100) == "blue");
        const auto head = listener->request("HEAD", url);
        CHECK(head.status == 200);
        CHECK(head.header("Content-Length") == std::to_string(file.body.size()));
        CHECK(head.body.empty());
        const auto again = listener->get(url, {{"If-None-Match", std::string(file.header("ETag"))}});
        CHECK(again.status == 304);
        CHECK(again.header("Cache-Control") == "public, max-age=31536000, immutable");
        for (const std::string& name :
             {std::string("x"), std::string("jwt_secret"), url.substr(7) + "x"})
            CHECK(listener->get("/media/" + name).status == 404);
        CHECK(listener->get("/media/" + std::string(40, '0') + "-160.jpg").status == 404);
        CHECK(listener->request("POST", url, {}, "x").status == 405);
    }
    // In both a picture that has gone from the product is still there for whoever has the address, for a
    // while.
    const std::string one = "/api/products/" + product + "/images/" + at(added, "id");
    CHECK(client.patch(one, R"({"alt":"Red and blue"})", vendor.headers()).status == 200);
    CHECK(client.del(one, vendor.headers()).status == 204);
    CHECK(client.del(one, vendor.headers()).status == 404);
    CHECK(client.get(url).status == 200);
}

TEST_CASE("what is no picture, too large or too much is refused, each with its own problem", "[api]") {
    const RunningServer server(
        db::Dialect::sqlite,
        flags({"--pictures.upload_bytes=200KiB", "--pictures.pixels=90000", "--pictures.per_product=2"}));
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const std::string product = make_product(client, vendor);
    struct Case {
        std::string file, type;
        int status;
        std::string slug;
    };
    const std::vector<Case> cases{
        {"", "image/png", 415, "not-a-picture"},
        {"<html></html>", "image/png", 415, "not-a-picture"},
        {"GIF89a", "image/png", 415, "not-a-picture"},
        {moving_webp(), "image/webp", 415, "not-a-picture"},
        {png_of(20, 10), "text/html", 415, "unsupported-media-type"},
        {png_of(20, 10), "image/gif", 415, "unsupported-media-type"},
        {png_of(20, 10).substr(0, 60), "image/png", 422, "picture-damaged"},
        {png_bomb(65'535, 65'535), "image/png", 422, "picture-too-large"},
        {png_of(301, 300), "image/png", 422, "picture-too-large"},
        {std::string(200 * 1024 + 1, 'x'), "image/png", 413, "too-large"},
    };
    for (const Case& c : cases) {
        INFO(c.slug + " " + c.type);
        const auto answer = upload(server.gateway(), vendor, product, c.file, c.type);
        CHECK(answer.status == c.status);
        CHECK(slug_of(answer) == c.slug);
    }
    CHECK(files_below(server.data_dir() + "/media") == 0);
    // The content decides what it is, not what the sender calls it.
    CHECK(upload(server.gateway(), vendor, product, jpeg_of(20, 10), "image/png").status == 201);
    CHECK(upload(server.gateway(), vendor, product, with_exif(jpeg_of(30, 10), 6), "image/webp").status ==
          201);
    CHECK(slug_of(upload(server.gateway(), vendor, product, png_of(40, 10))) == "too-many-images");
    // Nobody's upload is looked at without a token.
    CHECK(client
              .request("POST", "/api/products/" + product + "/images", {{"Content-Type", "image/png"}},
                       png_of(5, 5))
              .status == 401);
}

TEST_CASE("a hundred uploads at once end well or with a 503, and none is half there", "[api]") {
    const RunningServer server(db::Dialect::sqlite,
                               flags({"--pictures.queue=8", "--pictures.per_product=100"}));
    const Account vendor = register_account(server.gateway(), "vendor");
    const std::string product = make_product(server.gateway(), vendor);
    std::atomic<int> added{0}, busy{0}, other{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 100; ++i) {
        threads.emplace_back([&, i] {
            try {
                const int status =
                    upload(server.gateway(), vendor, product, jpeg_of(300 + i, 200), "image/jpeg").status;
                ++(status == 201 ? added : status == 503 ? busy : other);
            } catch (const std::exception&) {
                ++other;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(other == 0);
    CHECK(added + busy == 100);
    CHECK(added >= 8);
    HttpClient client = server.gateway();
    const auto shown = client.get("/api/products/" + product);
    const auto count = shown.json().root()["images"].size();
    CHECK(count == static_cast<std::size_t>(added));
    CHECK(server.run({"check", "--deep"}).status == 0);
}

TEST_CASE_ON_BOTH("a backup holds the pictures, and a restored store shows them", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect);
    server.start();
    const Account vendor = register_account(server.gateway(), "vendor");
    const std::string product = make_product(server.gateway(), vendor);
    const auto added = upload(server.gateway(), vendor, product, png_of(200, 100, true));
    REQUIRE(added.status == 201);
    const std::string file = server.gateway().get(at(added, "url")).body;
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "backup").string();
    REQUIRE(server.run({"backup", backup}).status == 0);
    CHECK(files_below(backup + "/media") == 2);

    ServerProcess other(CLOUDRETAIL_BINARY, dialect);
    const fs::path one = [&] {
        for (const auto& entry : fs::recursive_directory_iterator(backup + "/media"))
            if (entry.is_regular_file()) return entry.path();
        return fs::path();
    }();
    fs::rename(one, one.string() + ".kept");
    const Ended refused = other.run({"restore", backup});
    CHECK(refused.status == 1);
    fs::rename(one.string() + ".kept", one);
    const Ended restored = other.run({"restore", backup});
    INFO(restored.output + restored.errors);
    REQUIRE(restored.status == 0);
    other.start();
    CHECK(other.gateway().get(at(added, "url")).body == file);
    CHECK(other.run({"check", "--deep"}).status == 0);
    // A file that is lost is told, and only told.
    fs::remove_all(other.data_dir() + "/media");
    const Ended checked = other.run({"check", "--deep"});
    CHECK(checked.status == 1);
    CHECK(checked.output.find("a picture that is stored has its files") != std::string::npos);
}

TEST_CASE_ON_BOTH("an erased vendor's pictures go at once", "[api]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const std::string product = make_product(client, vendor);
    const auto added = upload(server.gateway(), vendor, product, png_of(200, 100));
    REQUIRE(added.status == 201);
    REQUIRE(client.get(at(added, "url")).status == 200);
    const std::string body = std::string(R"({"password":")") + demo_password + R"("})";
    const auto erased = client.request("DELETE", "/api/users/me", vendor.headers(), body);
    CHECK(erased.status / 100 == 2);
    CHECK(eventually(std::chrono::seconds(10), [&] { return client.get(at(added, "url")).status == 404; }));
    CHECK(
        eventually(std::chrono::seconds(10), [&] { return files_below(server.data_dir() + "/media") == 0; }));
}
