// Log lines: both formats, levels, and values that try to look like something else.
#include <base/json.hpp>
#include <catch2/catch.hpp>
#include <log/log.hpp>

using namespace cloudretail;

namespace {

std::string last_line;

/// Lines go to last_line while this lives.
struct Captured {
    explicit Captured(log::Format format, log::Level level = log::Level::info) {
        last_line.clear();
        log::configure(format, level);
        log::capture([](std::string_view line) { last_line = line; });
    }
    ~Captured() {
        log::capture(nullptr);
        log::configure(log::Format::automatic, log::Level::info);
    }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;
};

}  // namespace

TEST_CASE("a JSON log line is one object with time, level, message and fields") {
    const Captured captured(log::Format::json);
    log::warning("something happened", {{"order", "o-1"}, {"count", 3}, {"text", "a\n\"b\""}});
    const auto line = json::Document::parse(last_line);
    REQUIRE(line.has_value());
    CHECK(line->root()["level"].text() == "warning");
    CHECK(line->root()["message"].text() == "something happened");
    CHECK(line->root()["order"].text() == "o-1");
    CHECK(line->root()["count"].integer() == 3);
    CHECK(line->root()["text"].text() == "a\n\"b\"");
    CHECK(Timestamp::parse(line->root()["time"].text().value_or("")));
}

TEST_CASE("a text log line quotes values that could forge a line or a field") {
    const Captured captured(log::Format::text);
    log::info(
        "hello",
        {{"a", "plain"}, {"b", "two words"}, {"c", "x\nerror forged"}, {"d", ""}, {"e", "k=v"}, {"n", -1}});
    CHECK(last_line.substr(24) ==
          R"( info hello a=plain b="two words" c="x\nerror forged" d="" e="k=v" n=-1)");
}

TEST_CASE("lines below the level are not written") {
    const Captured captured(log::Format::text, log::Level::error);
    log::debug("no");
    log::info("no");
    log::warning("no");
    CHECK(last_line.empty());
    CHECK_FALSE(log::enabled(log::Level::warning));
    log::error("yes");
    CHECK(last_line.ends_with("error yes"));
}
