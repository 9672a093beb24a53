// The traps of the libraries this is built on that crash it, break authorization or lose data, and the test
// or rule that fails when one comes back: a tag such as [pitfall-json-depth] in the name or the tags of a
// test, or in the name of a rule of the tree. Versions are Debian 12's.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tree.hpp"

using namespace cloudretail::test;

namespace {

struct Pitfall {
    const char* trap;
    const char* tag;
    const char* once_included = nullptr;  // counts only when a source file includes this
};

constexpr Pitfall pitfalls[] = {
    {"g++ 12.2 destroys temporaries inside a co_await twice", "pitfall-compiler"},
    {"RapidJSON: one number token crashes the process (CVE-2024-38517, CVE-2024-39684)",
     "pitfall-json-number"},
    {"RapidJSON: kParseFullPrecisionFlag reads out of bounds", "pitfall-json-full-precision"},
    {"RapidJSON: nesting overflows the stack", "pitfall-json-depth"},
    {"RapidJSON: an access of another type asserts or answers garbage", "pitfall-json-access"},
    {"std::regex overflows the stack on 60 000 characters", "pitfall-std-regex"},
    {"valijson: format and pattern are not checked or run std::regex", "pitfall-schema-pattern"},
    {"cpp-jwt: a byte over 0x7f aborts or reads out of bounds", "pitfall-jwt-bytes"},
    {"cpp-jwt: decode throws on crafted types", "pitfall-jwt-types"},
    {"cpp-jwt: any algorithm of the list is taken, and the token chooses", "pitfall-jwt-algorithm"},
    {"cpp-jwt: the MAC is compared in time that tells", "pitfall-jwt-library"},
    {"cpp-jwt: its decoder fails within seconds of random input", "pitfall-jwt-fuzz"},
    {"Beast: an unknown Transfer-Encoding leaves the body to be read as the next request",
     "pitfall-http-framing"},
    {"Beast: trailers become headers", "pitfall-http-trailers"},
    {"Beast: chunk extensions and trailers have no limit", "pitfall-http-bytes"},
    {"Beast: a drop of input now and then holds a connection for ever", "pitfall-http-drip"},
    {"Asio: co_spawn(…, detached) swallows exceptions", "pitfall-detached"},
    {"Asio: an exception of a handler leaves io_context::run", "pitfall-handler-throws"},
    {"Asio: parallel_group and awaitable operators are not for several threads", "pitfall-asio-operators"},
    {"SOCI: INTEGER columns are cut to 32 bits", "pitfall-soci-32-bit"},
    {"SOCI: values beyond 32 bits through the stores of every module", "pitfall-store-64-bit"},
    {"SOCI: a session is not for two threads", "pitfall-soci-threads"},
    {"SOCI: transaction is deferred, and its upgrade fails whatever the busy timeout",
     "pitfall-soci-transaction"},
    {"SOCI: the pool hands out dead connections and open transactions", "pitfall-soci-pool"},
    {"a lease or a job that leaves its transaction open hands it to the next", "pitfall-open-transaction"},
    {"waiting for a session without a limit", "pitfall-pool-exhausted"},
    {"a unique violation that is a 500", "pitfall-unique-violation"},
    {"PostgreSQL goes away in the middle of a request", "pitfall-postgresql-killed"},
    {"SQLite: two connections that checkpoint corrupt the database (fixed in 3.51.3)",
     "pitfall-wal-checkpoint"},
    {"SQLite: a long reader lets the log grow without a bound", "pitfall-wal-reader"},
    {"SQLite: mapping the file makes corruption worse", "pitfall-sqlite-mmap"},
    {"SQLite: synchronous=NORMAL loses what was acknowledged", "pitfall-sqlite-synchronous"},
    {"a job that ends the transaction takes the others of its group with it", "pitfall-group-commit"},
    {"what was acknowledged is gone after SIGKILL", "pitfall-kill9"},
    {"libsodium: argon2id of everybody at once exhausts memory", "pitfall-argon2-queue"},
    {"librdkafka: a fatal error of the idempotent producer", "pitfall-kafka-fatal", "<librdkafka/"},
    {"librdkafka: a message is durable when its delivery report says so", "pitfall-kafka-delivery",
     "<librdkafka/"},
    {"hiredis: contexts are not for two threads", "pitfall-redis-threads", "<hiredis/"},
};

bool is_included(const char* header) {
    for (const File& file : tree())
        if (below(file, "src/") && is_cpp(file) &&
            file.text.find(std::string("#include ") + header) != std::string::npos)
            return true;
    return false;
}

/// Every "[pitfall-…]" of the tests and of the rules' names.
std::set<std::string> tags() {
    std::set<std::string> found;
    const auto take = [&](const std::string& text) {
        for (auto at = text.find("[pitfall-"); at != std::string::npos; at = text.find("[pitfall-", at + 1))
            found.insert(text.substr(at + 1, text.find(']', at) - at - 1));
    };
    for (const File& file : tree())
        if (below(file, "tests/") && !below(file, "tests/arch/")) take(file.text);
    for (const auto& rules : {wall_rules(), danger_rules(), style_rules()})
        for (const Rule& rule : rules) take(rule.name);
    return found;
}

}  // namespace

TEST_CASE("every trap that did harm has a test that fails when it comes back") {
    const auto there = tags();
    std::set<std::string> known;
    for (const Pitfall& pitfall : pitfalls) {
        INFO(pitfall.trap << ": " << pitfall.tag);
        CHECK(known.insert(pitfall.tag).second);
        const bool counts = pitfall.once_included == nullptr || is_included(pitfall.once_included);
        if (counts) CHECK(there.contains(pitfall.tag));
    }
    for (const std::string& tag : there) {
        INFO("a tag that the list does not have: " << tag);
        CHECK(known.contains(tag));
    }
}
