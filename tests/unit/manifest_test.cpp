// The manifest of a backup: there and back, and every changed byte of it is seen.
#include <app/manifest.hpp>

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace cloudretail;
using app::Manifest;

namespace {

Manifest sample() {
    Manifest manifest;
    manifest.at = {1'800'000'000'123};
    manifest.version = "1.2.3";
    manifest.modules.push_back({"order", "sqlite", "order.db", {{"core", 2}, {"order", 1}}});
    manifest.files.push_back({"order.db", 5'000'000'000, std::string(64, 'a')});
    manifest.files.push_back({"jwt_secret", 65, std::string(64, 'b')});
    return manifest;
}

}  // namespace

TEST_CASE("a manifest is read as it was written") {
    const Manifest read = Manifest::parse(sample().to_text());
    CHECK(read.at == Timestamp{1'800'000'000'123});
    CHECK(read.version == "1.2.3");
    REQUIRE(read.modules.size() == 1);
    CHECK(read.modules[0].levels.at("core") == 2);
    REQUIRE(read.files.size() == 2);
    CHECK(read.files[0].size == 5'000'000'000);
    CHECK(read.to_text() == sample().to_text());
}

TEST_CASE("no byte of a manifest changes, is added or is cut off unseen") {
    const std::string text = sample().to_text();
    for (std::size_t i = 0; i < text.size(); ++i) {
        CAPTURE(i);
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_THROWS_AS(Manifest::parse(changed), std::runtime_error);
        CHECK_THROWS_AS(Manifest::parse(text.substr(0, i)), std::runtime_error);
    }
    CHECK_THROWS_AS(Manifest::parse(text + "\n"), std::runtime_error);
}

TEST_CASE("a manifest names no file outside its folder") {
    for (const char* name : {"", "..", "../order.db", "/etc/passwd", ".hidden", "a/b"}) {
        CAPTURE(name);
        Manifest manifest = sample();
        manifest.files[1].name = name;
        CHECK_THROWS_AS(Manifest::parse(manifest.to_text()), std::runtime_error);
    }
}
