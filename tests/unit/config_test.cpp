// Configuration: precedence, refusals that name file, line and key, the usual names, secrets in files, and
// the shipped config/cloudretail.ini against the keys.
#include <catch2/catch.hpp>
#include <config/config.hpp>
#include <set>
#include <sstream>

#include "scratch.hpp"

using namespace cloudretail;
using config::Config;
using config::ConfigError;
using Map = std::map<std::string, std::string>;
using test::Scratch;

namespace {

/// What load says when it refuses, "" when it does not.
std::string refusal(const std::string& file, const Map& environment = {}, const Map& flags = {}) {
    try {
        Config::load(file, environment, flags);
        return "";
    } catch (const ConfigError& e) {
        return e.what();
    }
}

std::string shipped_file() { return CLOUDRETAIL_SOURCE_DIR "/config/cloudretail.ini"; }

/// The shipped file with its "#key = value" lines made active.
std::string uncommented(const std::string& path) {
    std::ifstream in(path);
    std::string line, out;
    while (std::getline(in, line)) {
        const std::size_t name_end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 1);
        const bool named = line.starts_with('#') && name_end != std::string::npos && name_end > 1;
        const bool setting = named && line.compare(name_end, 2, " =") == 0;
        out += (setting ? line.substr(1) : line) + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("every default is a good value of its own key") {
    Config defaults;
    for (const auto& key : config::keys()) {
        INFO(key.name);
        CHECK_NOTHROW(Config().set(key.name, key.fallback));
        CHECK_FALSE(key.meaning.empty());
        CHECK_FALSE(defaults.is_set(key.name));
    }
    CHECK(defaults.integer("gateway.port") == 3000);
    CHECK(defaults.duration_ms("auth.token_ttl") == 24 * 3'600'000);
    CHECK(defaults.bytes("auth.password_memory") == 19 * 1024 * 1024);
    CHECK(defaults.flag("limits.enabled"));
    CHECK(defaults.list("payment.methods") == std::vector<std::string>{"card", "paypal", "cash_on_delivery"});
    CHECK(defaults.list("gateway.cors_origins").empty());
}

TEST_CASE("the shipped configuration file changes nothing as it is") {
    const Config shipped = Config::load(shipped_file(), {}, {});
    const Config defaults;
    for (const auto& key : config::keys()) {
        INFO(key.name);
        CHECK_FALSE(shipped.is_set(key.name));
        CHECK(shipped.text(key.name) == defaults.text(key.name));
    }
}

TEST_CASE("the shipped configuration file names every key, in order, with its default") {
    const Scratch scratch;
    const std::string text = uncommented(shipped_file());
    const Config active = Config::load(scratch.write("all.ini", text), {}, {});
    for (const auto& key : config::keys()) {
        INFO(key.name);
        CHECK(active.is_set(key.name));
        CHECK(active.text(key.name) == key.fallback);
    }
    std::vector<std::string> order, expected;
    std::istringstream lines(text);
    std::string line, section;
    while (std::getline(lines, line)) {
        if (line.starts_with('['))
            section = line.substr(1, line.find(']') - 1);
        else if (!line.empty() && line[0] != '#')
            order.push_back(section + "." + line.substr(0, line.find(' ')));
    }
    for (const auto& key : config::keys()) expected.push_back(key.name);
    CHECK(order == expected);
}

TEST_CASE("flags beat the environment, which beats the file, which beats the defaults") {
    const Scratch scratch;
    const auto file = scratch.write(
        "a.ini", "[gateway]\nport = 1\naddress = ::1\n[ui]\nport=2\n[server]\ndata_dir = A # B\n");
    const Config c = Config::load(file, {{"CLOUDRETAIL_GATEWAY_PORT", "3"}, {"CLOUDRETAIL_UI_PORT", "4"}},
                                  {{"gateway.port", "5"}});
    CHECK(c.integer("gateway.port") == 5);
    CHECK(c.integer("ui.port") == 4);
    CHECK(c.text("gateway.address") == "::1");
    CHECK(c.text("server.data_dir") == "A # B");
    CHECK(c.integer("management.port") == 9464);
    CHECK(c.is_set("ui.port"));
    CHECK_FALSE(c.is_set("management.port"));
}

TEST_CASE("an unknown key or a bad value is refused with file, line and key") {
    const Scratch scratch;
    const auto refuse = [&](const std::string& text) {
        const std::string path = scratch.write("c.ini", text);
        const std::string said = refusal(path);
        CHECK(said.starts_with(path + ":"));
        return said.substr(std::min(said.size(), path.size() + 1));
    };
    CHECK(refuse("# x\n[gateway]\n\nprot = 1\n") == "4: gateway.prot: there is no such key");
    CHECK(refuse("[gateway]\nport = x\n") == "2: gateway.port: must be a whole number");
    CHECK(refuse("[gateway]\nport = 70000\n") == "2: gateway.port: must be between 0 and 65535");
    CHECK(refuse("[auth]\ntoken_ttl = 24\n") ==
          "2: auth.token_ttl: must be a time such as 500ms, 10s, 15min, 24h or 7d");
    CHECK(refuse("[auth]\ntoken_ttl = 1s\n") == "2: auth.token_ttl: must be between 1min and 365d");
    CHECK(refuse("[limits]\nbody_bytes = 1 MB\n") ==
          "2: limits.body_bytes: must be a size such as 4096, 16KiB or 1MiB");
    CHECK(refuse("[limits]\nbody_bytes = 1GiB\n") == "2: limits.body_bytes: must be between 1KiB and 64MiB");
    CHECK(refuse("[limits]\nenabled = maybe\n") == "2: limits.enabled: must be true or false");
    CHECK(refuse("[log]\nlevel = loud\n") == "2: log.level: must be one of: debug, info, warning, error");
    CHECK(refuse("[payment]\nmethods = card, gold\n") ==
          "2: payment.methods: must be a list of: card, paypal, cash_on_delivery, bank_transfer");
    CHECK(refuse("[payment]\nmethods =\n").find("at least one of") != std::string::npos);
    CHECK(refuse("[payment]\nprovider = stripe\n") == "2: payment.provider: there is no such key");
    CHECK(refuse("[store]\ncurrency = usd\n") ==
          "2: store.currency: must be three capital letters, such as USD");
    CHECK(refuse("[server]\ndata_dir =\n") == "2: server.data_dir: must not be empty");
    CHECK(refuse("[database]\nurl = mysql://x\n").find("2: database.url: must be sqlite:") == 0);
    CHECK(refuse("[database]\nurl = sqlite:/one/file\n").find("2: database.url: must be just sqlite:") == 0);
    CHECK(refuse("[order]\ndatabase_url = oracle\n").find("2: order.database_url: must begin with") == 0);
    CHECK(refuse("[server]\npublic_url = shop\n").find("2: server.public_url: must begin with http") == 0);
    CHECK(refuse("[gateway]\nport = 1\nport = 2\n").find("3: gateway.port: is given already") == 0);
    CHECK(refuse("port = 1\n") == "1: a key stands before the first [section]");
    CHECK(refuse("[gateway]\nport 1\n") == "2: expected key = value");
    CHECK(refuse("[gateway\n") == "1: a section is written [name]");
    CHECK(refuse("[events]\nbroker = kafka://x\n") == "2: events.broker: there is no such key");
}

TEST_CASE("files that cannot be read are refused with their name") {
    const Scratch scratch;
    CHECK(refusal(scratch.file("none.ini")).find("none.ini: No such file") != std::string::npos);
    CHECK_FALSE(refusal(scratch.path()).empty());
    CHECK(refusal(scratch.write("big.ini", std::string(1024 * 1024 + 1, '#'))).find("larger than 1 MiB") !=
          std::string::npos);
}

TEST_CASE("an unknown variable of ours is refused, and what Kubernetes sets is left alone") {
    CHECK(refusal("", {{"CLOUDRETAIL_GATEWAY_PROT", "1"}}) ==
          "environment CLOUDRETAIL_GATEWAY_PROT: there is no such key");
    CHECK(refusal("", {{"CLOUDRETAIL_GATEWAY_PORT", "x"}}) ==
          "environment CLOUDRETAIL_GATEWAY_PORT: gateway.port: must be a whole number");
    CHECK(refusal("", {{"CLOUDRETAIL_SERVICE_HOST", "10.0.0.1"},
                       {"CLOUDRETAIL_PORT_3000_TCP", "tcp://10.0.0.1:3000"}})
              .empty());
    CHECK(refusal("", {}, {{"gateway.prot", "1"}}) == "command line: gateway.prot: there is no such key");
}

TEST_CASE("secrets come from files too, and never appear in a refusal") {
    const Scratch scratch;
    const std::string secret = "0123456789abcdef0123456789abcdef";
    const std::string path = scratch.write("secret", secret + "\n");
    CHECK(Config::load("", {{"CLOUDRETAIL_AUTH_JWT_SECRET_FILE", path}}, {}).text("auth.jwt_secret") ==
          secret);
    CHECK(Config::load("", {}, {{"auth.jwt_secret_file", path}}).text("auth.jwt_secret") == secret);
    const auto file = scratch.write("a.ini", "[auth]\njwt_secret_file = " + path + "\n");
    CHECK(Config::load(file, {}, {}).text("auth.jwt_secret") == secret);
    const auto both =
        scratch.write("b.ini", "[auth]\njwt_secret = " + secret + "\njwt_secret_file = " + path + "\n");
    CHECK(refusal(both).find("is given already") != std::string::npos);

    const std::string said = refusal("", {{"JWT_SECRET", "too-short"}});
    CHECK(said == "environment JWT_SECRET: auth.jwt_secret: must be at least 32 bytes long");
    CHECK(refusal("", {}, {{"auth.jwt_secret_file", scratch.file("none")}}).find("cannot read") !=
          std::string::npos);
    CHECK(refusal("", {}, {{"auth.jwt_secret_file", scratch.write("empty", "\n")}}).find("is empty") !=
          std::string::npos);
    CHECK(refusal("", {}, {{"gateway.port_file", path}}) ==
          "command line: gateway.port_file: there is no such key");
}

TEST_CASE("the usual variables set the database and the token secret") {
    const Map environment{{"DB_HOST", "db.example.com"}, {"DB_PORT", "6432"},
                          {"DB_USER", "shop"},           {"DB_PASSWORD", "p@ss/w:rd"},
                          {"DB_NAME", "store"},          {"JWT_SECRET", std::string(32, 'k')}};
    const Config c = Config::load("", environment, {});
    CHECK(c.text("database.url") == "postgresql://shop:p%40ss%2Fw%3Ard@db.example.com:6432/store");
    CHECK(c.database_url("order") == c.text("database.url"));
    CHECK(c.text("auth.jwt_secret") == std::string(32, 'k'));
    CHECK(Config::load("", {{"DB_HOST", "h"}}, {}).text("database.url") ==
          "postgresql://cloudretail@h:5432/cloudretail");
    CHECK(Config::load("", {{"DB_HOST", "::1"}}, {}).text("database.url") ==
          "postgresql://cloudretail@[::1]:5432/cloudretail");
    CHECK(Config::load("", {{"DB_HOST", ""}, {"JWT_SECRET", ""}}, {}).text("database.url") == "sqlite:");
    CHECK(refusal("", {{"DB_HOST", "h"}, {"DB_PORT", "x"}}) == "environment DB_PORT: must be a port number");

    const Scratch scratch;
    const auto file = scratch.write("a.ini", "[database]\nurl = postgresql://file/x\n");
    CHECK(Config::load(file, environment, {}).text("database.url") == "postgresql://file/x");
    const Map own{{"DB_HOST", "h"}, {"CLOUDRETAIL_DATABASE_URL", "postgresql://own/x"}};
    CHECK(Config::load("", own, {}).text("database.url") == "postgresql://own/x");
}

TEST_CASE("each module has its own file, or the database it is given") {
    const Config c = Config::load("", {},
                                  {{"server.data_dir", "/srv/shop"},
                                   {"order.database_url", "postgresql://o/x"},
                                   {"payment.database_url", "sqlite:/fast/payment.db"}});
    CHECK(c.database_url("user") == "sqlite:/srv/shop/user.db");
    CHECK(c.database_url("order") == "postgresql://o/x");
    CHECK(c.database_url("payment") == "sqlite:/fast/payment.db");
}

TEST_CASE("durations, sizes and flags are read in all their units") {
    Config c;
    const auto ms = [&c](const char* text) {
        c.set("limits.idle_timeout", text);
        return c.duration_ms("limits.idle_timeout");
    };
    CHECK(ms("500ms") == 500);
    CHECK(ms("2 s") == 2'000);
    CHECK(ms("1min") == 60'000);
    CHECK(ms("1h") == 3'600'000);
    c.set("events.retention", "2d");
    CHECK(c.duration_ms("events.retention") == 2 * 86'400'000);
    c.set("limits.body_bytes", "2 MiB");
    CHECK(c.bytes("limits.body_bytes") == 2 * 1024 * 1024);
    c.set("limits.body_bytes", "5000");
    CHECK(c.bytes("limits.body_bytes") == 5000);
    c.set("database.migrate", "off");
    CHECK_FALSE(c.flag("database.migrate"));
    CHECK_THROWS_AS(c.set("limits.idle_timeout", "-1s"), ConfigError);
    CHECK_THROWS_AS(c.set("events.retention", "9999999999999999999d"), ConfigError);
    CHECK_THROWS_AS(c.set("events.retention", "9223372036854775807d"), ConfigError);
}
