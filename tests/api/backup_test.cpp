// backup and restore from the command line: beside a server and without one, and what they refuse.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <app/manifest.hpp>
#include <filesystem>
#include <fstream>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The manifest with something else in it, its checksum right.
void change_manifest(const std::string& backup, const std::function<void(app::Manifest&)>& change) {
    auto manifest = app::Manifest::parse(text_of(backup + "/manifest.json"));
    change(manifest);
    app::write_durably(backup, "manifest.json", manifest.to_text());
}

fs::perms mode_of(const fs::path& path) { return fs::status(path).permissions() & fs::perms::all; }

}  // namespace

TEST_CASE_ON_BOTH("a backup of a running server is nobody else's, and a shop goes on from it", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect);
    server.start();
    const Account vendor = register_account(server.gateway(), "vendor");
    const std::string product = make_product(server.gateway(), vendor);
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "deep" / "backup").string();
    const Ended made = server.run({"backup", backup});
    INFO(made.output + made.errors);
    REQUIRE(made.status == 0);
    CHECK(made.output.starts_with("backup made in " + backup));
    CHECK(mode_of(backup) == fs::perms::owner_all);
    for (const auto& entry : fs::directory_iterator(backup))
        CHECK(mode_of(entry.path()) == (fs::perms::owner_read | fs::perms::owner_write));
    // What comes later is not in it.
    make_product(server.gateway(), vendor, "Lamp");

    ServerProcess other(CLOUDRETAIL_BINARY, dialect);
    const Ended restored = other.run({"restore", backup});
    INFO(restored.output + restored.errors);
    REQUIRE(restored.status == 0);
    CHECK_FALSE(fs::exists(backup + "/jwt_secret"));
    CHECK(text_of(other.data_dir() + "/sealing_secret") == text_of(server.data_dir() + "/sealing_secret"));
    other.start();
    CHECK(at(other.gateway().get("/api/products"), "total") == "1");
    CHECK(other.gateway().get("/api/users/me", vendor.headers()).status == 401);
    CHECK(other.gateway().get("/api/products/" + product).status == 200);
}

TEST_CASE_ON_BOTH("no token that was ended since a backup is good after its restore", "[api]") {
    const std::string secret = "--auth.jwt_secret=a secret that stays, longer than 32 bytes";
    ServerProcess server(CLOUDRETAIL_BINARY, dialect);
    server.flags.push_back(secret);
    server.start();
    const Account vendor = register_account(server.gateway(), "vendor");
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "backup").string();
    REQUIRE(server.run({"backup", backup}).status == 0);
    REQUIRE(server.gateway().post("/api/users/logout-everywhere", "", vendor.headers()).status == 204);

    ServerProcess other(CLOUDRETAIL_BINARY, dialect);
    other.flags.push_back(secret);
    REQUIRE(other.run({"restore", backup}).status == 0);
    other.start();
    CHECK(other.gateway().get("/api/users/me", vendor.headers()).status == 401);
    const auto again = other.gateway().post(
        "/api/users/login", R"({"email":")" + vendor.email + R"(","password":")" + demo_password + R"("})");
    REQUIRE(again.status == 200);
    CHECK(other.gateway().get("/api/users/me", {{"Authorization", "Bearer " + at(again, "token")}}).status ==
          200);
}

TEST_CASE("the key of tokens in the backups of first versions is not restored", "[api][sqlite]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    REQUIRE(server.run({"migrate"}).status == 0);
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "backup").string();
    REQUIRE(server.run({"backup", backup}).status == 0);
    const std::string old(64, 'a');
    app::write_durably(backup, "jwt_secret", old + "\n");
    change_manifest(backup, [&](app::Manifest& m) { m.files.push_back(app::measure(backup, "jwt_secret")); });
    ServerProcess other(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    REQUIRE(other.run({"restore", backup}).status == 0);
    CHECK(text_of(other.data_dir() + "/jwt_secret") != old + "\n");
}

TEST_CASE_ON_BOTH("restore refuses what is not empty, not whole or newer, and touches nothing", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect);
    server.start();
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "backup").string();
    REQUIRE(server.run({"backup", backup}).status == 0);

    const auto refused = [&](const ServerProcess& target, const std::string& why) {
        const Ended ended = target.run({"restore", backup});
        INFO(ended.output + ended.errors);
        CHECK(ended.status == 1);
        CHECK(ended.errors.find(why) != std::string::npos);
    };
    const Ended again = server.run({"backup", backup});
    CHECK(again.status == 1);
    CHECK(again.errors.find("is not empty") != std::string::npos);
    CHECK(fs::exists(backup + "/manifest.json"));
    refused(server, "is in use by process");
    REQUIRE(server.terminate() == 0);
    refused(server, "is not empty");

    ServerProcess other(CLOUDRETAIL_BINARY, dialect);
    const std::string manifest = text_of(backup + "/manifest.json");
    change_manifest(backup, [](app::Manifest& m) { m.modules[0].levels["core"] = 9999; });
    refused(other, "newer than this program");
    app::write_durably(backup, "manifest.json", manifest);
    change_manifest(backup, [](app::Manifest& m) { m.modules[0].dialect = "oracle"; });
    refused(other, "another kind of database");
    app::write_durably(backup, "manifest.json", manifest);
    change_manifest(backup, [](app::Manifest& m) { m.modules.pop_back(); });
    refused(other, "modules");
    app::write_durably(backup, "manifest.json", manifest);
    fs::rename(backup + "/sealing_secret", backup + "/kept");
    refused(other, "sealing_secret");
    fs::rename(backup + "/kept", backup + "/sealing_secret");
    fs::rename(backup + "/manifest.json", backup + "/kept");
    refused(other, "is no backup");
    fs::rename(backup + "/kept", backup + "/manifest.json");
    CHECK(std::distance(fs::directory_iterator(other.data_dir()), {}) == 1);  // the lock
    CHECK(other.run({"restore", backup}).status == 0);
    CHECK(other.run({"check"}).status == 0);
}

TEST_CASE("half a restore is not served", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    fs::create_directories(server.data_dir());
    app::write_durably(server.data_dir(), "restore.unfinished", "");
    for (const char* verb : {"serve", "check", "migrate"}) {
        const Ended ended = server.run({verb});
        CHECK(ended.status == 1);
        CHECK(ended.errors.find("was cut short") != std::string::npos);
    }
}

TEST_CASE("a backup of PostgreSQL without its programs says what to install", "[api][postgresql]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::postgresql);
    REQUIRE(server.run({"migrate"}).status == 0);
    server.environment["PATH"] = "/nowhere";
    const TemporaryFolder folder;
    const Ended ended = server.run({"backup", (folder.path() / "backup").string()});
    CHECK(ended.status == 1);
    CHECK(ended.errors.find("postgresql-client") != std::string::npos);
    CHECK_FALSE(fs::exists(folder.path() / "backup"));
}
