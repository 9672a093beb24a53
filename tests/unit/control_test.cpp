// The data directory's lock and the control socket beside it.
#include <app/control.hpp>
#include <app/data_dir.hpp>

#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <support/test_database.hpp>

using namespace cloudretail;
using app::VerbReply;
using app::VerbRequest;

TEST_CASE("the lock of a data directory is given once and freed with its holder") {
    const test::TemporaryFolder folder;
    const std::string path = (folder.path() / "deep" / "data").string();
    {
        app::DataDir first(path);
        CHECK(first.lock().ours);
        app::DataDir second(path);
        const auto held = second.lock();
        CHECK_FALSE(held.ours);
        CHECK(held.holder == ::getpid());
    }
    app::DataDir third(path);
    CHECK(third.lock().ours);
    const auto mode = std::filesystem::status(path).permissions() & std::filesystem::perms::all;
    CHECK(mode == std::filesystem::perms::owner_all);
}

TEST_CASE("a data directory that cannot be one is refused with its path") {
    CHECK_THROWS_WITH(app::DataDir("/dev/null/data"), Catch::Contains("/dev/null/data"));
    CHECK_THROWS_WITH(app::DataDir("/dev/null"), Catch::Contains("/dev/null"));
}

TEST_CASE("a verb goes over the control socket and its answer comes back as it was") {
    const test::TemporaryFolder folder;
    const bool deep = GENERATE(false, true);  // deeper than a socket address can name
    const std::string path = deep ? (folder.path() / std::string(150, 'd')).string() : folder.path().string();
    std::filesystem::create_directories(path);
    VerbRequest seen;
    const app::ControlServer server(path, [&seen](const VerbRequest& request) {
        seen = request;
        return VerbReply{3, "line \"one\"\n\xc3\xa9\n"};
    });
    const auto reply =
        app::ask(path, {"admin create", {{"email", "a@example.com"}, {"password", "p\n\"x\""}}});
    CHECK(reply.status == 3);
    CHECK(reply.output == "line \"one\"\n\xc3\xa9\n");
    CHECK(seen.verb == "admin create");
    CHECK(seen.options.at("password") == "p\n\"x\"");
    const auto mode =
        std::filesystem::status(path + "/control.sock").permissions() & std::filesystem::perms::all;
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a verb that throws answers with the reason, and the next one works") {
    const test::TemporaryFolder folder;
    int calls = 0;
    const app::ControlServer server(folder.path().string(), [&calls](const VerbRequest&) -> VerbReply {
        if (++calls == 1) throw std::runtime_error("the disk is full");
        return {0, "fine\n"};
    });
    const auto first = app::ask(folder.path().string(), {"check"});
    CHECK(first.status == 1);
    CHECK(first.output == "cloudretail: the disk is full\n");
    CHECK(app::ask(folder.path().string(), {"check"}).output == "fine\n");
}

TEST_CASE("a socket left by a crash is replaced, and none is left at the end") {
    const test::TemporaryFolder folder;
    const std::string path = folder.path().string();
    {
        const app::ControlServer crashed(path, [](const VerbRequest&) { return VerbReply{}; });
        std::filesystem::create_hard_link(path + "/control.sock", path + "/kept");
    }
    std::filesystem::rename(path + "/kept", path + "/control.sock");
    {
        const app::ControlServer server(path, [](const VerbRequest&) { return VerbReply{0, "new\n"}; });
        CHECK(app::ask(path, {"check"}).output == "new\n");
    }
    CHECK_FALSE(std::filesystem::exists(path + "/control.sock"));
}
