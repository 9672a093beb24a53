// gzip of answers: who gets it, what it leaves alone, and entity tags that go on working.
#include <zlib.h>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

const HttpClient::Headers gzip{{"Accept-Encoding", "gzip"}};

std::string unzipped(const std::string& bytes) {
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    std::string in = bytes, out(16 * 1024 * 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

HttpClient::Headers with(HttpClient::Headers headers, const std::string& name, std::string_view value) {
    headers.emplace_back(name, value);
    return headers;
}

struct Store {
    RunningServer server;
    HttpClient plain = server.gateway(), raw = server.ServerProcess::gateway();
    Account vendor = register_account(plain, "vendor");
    std::string path;

    Store() {
        const auto made = plain.post("/api/products",
                                     R"({"name":"Atlas","price":10,"category":"books","description":")" +
                                         std::string(2'000, 'a') + "\"}",
                                     vendor.headers());
        REQUIRE(made.status == 201);
        path = "/api/products/" + at(made, "id");
    }
};

}  // namespace

TEST_CASE("answers to GET of a kibibyte and more are compressed for who takes it", "[gzip]") {
    Store store;
    const std::string body = store.raw.get(store.path).body;
    struct Row {
        const char* accept;
        bool zipped;
    };
    for (const Row& row :
         {Row{"gzip", true}, Row{"br, gzip;q=0.5", true}, Row{"*", true}, Row{"gzip;q=0", false},
          Row{"*;q=0", false}, Row{"br", false}, Row{"identity", false}, Row{"", false}}) {
        INFO(row.accept);
        const auto answer = store.raw.get(store.path, {{"Accept-Encoding", row.accept}});
        CHECK(answer.header("Vary").find("Accept-Encoding") != std::string_view::npos);
        CHECK((answer.header("Content-Encoding") == "gzip") == row.zipped);
        CHECK((row.zipped ? unzipped(answer.body) : answer.body) == body);
        CHECK((answer.body.size() < 500) == row.zipped);
    }
    const auto head = store.raw.head(store.path, gzip), get = store.raw.get(store.path, gzip);
    CHECK(head.header("Content-Length") == get.header("Content-Length"));
    CHECK(unzipped(store.raw.get("/openapi.json", gzip).body) == store.raw.get("/openapi.json").body);
    CHECK(store.raw.get("/health/live", gzip).header("Content-Encoding").empty());  // too small
}

TEST_CASE("an entity tag works whichever form it came with", "[gzip]") {
    Store store;
    const std::string plain(store.raw.get(store.path).header("ETag"));
    const std::string zipped(store.raw.get(store.path, gzip).header("ETag"));
    CHECK(zipped == plain.substr(0, plain.size() - 1) + "-gz\"");
    for (const std::string& tag : {plain, zipped, "\"x\", " + zipped, "W/" + zipped}) {
        INFO(tag);
        const auto unchanged = store.raw.get(store.path, with(gzip, "If-None-Match", tag));
        CHECK(unchanged.status == 304);
        CHECK(unchanged.header("ETag") == (tag == plain ? plain : zipped));
        CHECK(unchanged.header("Vary").find("Accept-Encoding") != std::string_view::npos);
    }
    auto change = [&](const std::string& tag) {
        return store.raw.patch(store.path, R"({"price":11})", with(store.vendor.headers(), "If-Match", tag))
            .status;
    };
    CHECK(change(zipped) == 200);
    CHECK(change(zipped) == 412);
}

TEST_CASE("what carries a secret is never compressed", "[gzip]") {
    Store store;
    const auto padded = with(gzip, "X-Padding", std::string(1'000, 'a'));
    const auto signed_in = store.raw.post(
        "/api/users/login",
        R"({"email":")" + store.vendor.email + R"(","password":")" + std::string(demo_password) + "\"}",
        padded);
    REQUIRE(signed_in.status == 200);
    CHECK(signed_in.header("Content-Encoding").empty());
}
