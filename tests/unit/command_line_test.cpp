// Reading the command line: verbs, options, configuration keys, and what is refused.
#include <app/command_line.hpp>

#include <catch2/catch.hpp>

using namespace cloudretail;
using app::parse_command_line;

namespace {

std::string fault(const std::vector<std::string>& arguments) {
    try {
        (void)parse_command_line(arguments);
    } catch (const app::UsageError& e) {
        return e.what();
    }
    return {};
}

}  // namespace

TEST_CASE("no verb means serve") {
    CHECK(parse_command_line({}).verb == "serve");
    CHECK(parse_command_line({"--gateway.port=0"}).verb == "serve");
}

TEST_CASE("a verb of two words is one verb, with its options wherever they stand") {
    const auto line = parse_command_line({"admin", "create", "--email", "a@example.com", "--password-stdin"});
    CHECK(line.verb == "admin create");
    CHECK(line.options.at("email") == "a@example.com");
    CHECK(line.options.contains("password-stdin"));
    CHECK(parse_command_line({"--deep", "check"}).options.contains("deep"));
}

TEST_CASE("every configuration key is an option, and a secret key a file too") {
    for (const config::Key& key : config::keys()) {
        const auto line = parse_command_line({"serve", "--" + key.name + "=1"});
        CHECK(line.settings.at(key.name) == "1");
        const bool file = fault({"serve", "--" + key.name + "_file=x"}).empty();
        CHECK(file == key.secret);
    }
    CHECK(parse_command_line({"check", "--data-dir", "/d"}).settings.at("server.data_dir") == "/d");
    CHECK(parse_command_line({"check", "--config=c.ini"}).config_file == "c.ini");
}

TEST_CASE("what the command line may not say is refused with its name") {
    CHECK(fault({"dance"}).find("dance") != std::string::npos);
    CHECK(fault({"serve", "now"}).find("serve now") != std::string::npos);
    CHECK(fault({"--colour"}).find("--colour") != std::string::npos);
    CHECK(fault({"--gateway.por=1"}).find("--gateway.por") != std::string::npos);
    CHECK(fault({"serve", "--deep"}).find("--deep") != std::string::npos);
    CHECK(fault({"admin", "create"}).find("--email") != std::string::npos);
    CHECK(fault({"admin", "create", "--email=a@example.com", "--password=x"}).find("--password") !=
          std::string::npos);
    CHECK(fault({"serve", "--data-dir=a", "--server.data_dir=b"}).find("server.data_dir") !=
          std::string::npos);
    CHECK_FALSE(fault({"--config"}).empty());
    CHECK_FALSE(fault({"--gateway.port=1", "--gateway.port=2"}).empty());
}

TEST_CASE("--help and --version win over everything else that is well formed") {
    CHECK(parse_command_line({"serve", "--help"}).verb == "help");
    CHECK(parse_command_line({"--version"}).verb == "version");
    const std::string help = app::help_text();
    for (const config::Key& key : config::keys()) CHECK(help.find("--" + key.name) != std::string::npos);
}
