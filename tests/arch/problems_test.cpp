// Every type of problem that the code can answer has its text in the contract (components/x-problems), and
// the other way round; and every vendored file is what its list says.
#include <sodium.h>
#include <array>
#include <base/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <gateway/problem.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tree.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

struct Declared {
    std::set<std::string> titles;
    std::string kind;
};

/// The `inline constexpr ErrorType …{"slug", "title", ErrorKind::kind}` of core and the modules.
std::map<std::string, Declared> declared() {
    static const std::regex pattern(
        R"re(inline constexpr ErrorType\s+\w+\{\s*"([a-z0-9-]+)",\s*"([^"]+)",\s*ErrorKind::(\w+)\})re");
    std::map<std::string, Declared> all;
    for (const File& file : tree()) {
        if (!below(file, "src/core/") && !below(file, "src/modules/")) continue;
        const auto end = std::sregex_iterator();
        for (auto at = std::sregex_iterator(file.text.begin(), file.text.end(), pattern); at != end; ++at) {
            Declared& type = all[(*at)[1]];
            type.titles.insert((*at)[2]);
            type.kind = (*at)[3];
        }
    }
    return all;
}

int status_of_kind(const std::string& kind) {
    static const std::map<std::string, ErrorKind> kinds{
        {"malformed", ErrorKind::malformed},
        {"unauthenticated", ErrorKind::unauthenticated},
        {"payment_required", ErrorKind::payment_required},
        {"forbidden", ErrorKind::forbidden},
        {"not_found", ErrorKind::not_found},
        {"method_not_allowed", ErrorKind::method_not_allowed},
        {"conflict", ErrorKind::conflict},
        {"precondition_failed", ErrorKind::precondition_failed},
        {"too_large", ErrorKind::too_large},
        {"unsupported_media", ErrorKind::unsupported_media},
        {"invalid", ErrorKind::invalid},
        {"rate_limited", ErrorKind::rate_limited},
        {"header_too_large", ErrorKind::header_too_large},
        {"unavailable", ErrorKind::unavailable},
        {"internal", ErrorKind::internal}};
    return gateway::status_of(kinds.at(kind));
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string sha256_of(const std::string& bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    std::array<char, digest.size() * 2 + 1> hex{};
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
    return hex.data();
}

}  // namespace

TEST_CASE("every type of problem in the code is explained in the contract, and nothing else is") {
    auto types = declared();
    CHECK(types.size() >= 45);
    for (const File& file : tree()) {
        if (!file.path.ends_with("openapi.json") || !below(file, "src/")) continue;
        const json::Limits large{.depth = 64, .members = 4096, .elements = 10'000, .number_chars = 32};
        const auto document = json::Document::parse(file.text, large).value();
        document.root()["components"]["x-problems"].each_member(
            [&](std::string_view slug, json::View problem) {
                INFO(slug << " in " << file.path);
                const auto type = types.extract(std::string(slug));
                REQUIRE(type);
                CHECK(type.mapped().titles.contains(std::string(problem["title"].text().value_or(""))));
                CHECK(problem["status"].integer() == status_of_kind(type.mapped().kind));
                CHECK(problem["meaning"].text().value_or("").size() > 20);
                CHECK(problem["advice"].text().value_or("").size() > 10);
            });
    }
    for (const auto& [slug, type] : types) FAIL_CHECK("components/x-problems says nothing of " + slug);
}

TEST_CASE("vendored files are what their list says, with their licences beside them") {
    const std::filesystem::path folder = std::filesystem::path(CLOUDRETAIL_SOURCE_DIR) / "static/vendor";
    std::set<std::string> there;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        there.insert(file.path().filename().string());
    REQUIRE(there.erase("VENDOR.json") == 1);
    const auto list = json::Document::parse(bytes_of(folder / "VENDOR.json")).value();
    const std::string script = bytes_of(std::filesystem::path(CLOUDRETAIL_SOURCE_DIR) / "scripts/vendor");
    std::set<std::string> licensed;
    for (std::size_t i = 0; i < list.root().size(); ++i) {
        const auto entry = list.root().at(i);
        const auto text = [&](const char* name) { return std::string(entry[name].text().value_or("")); };
        INFO(text("file"));
        CHECK(there.erase(text("file")) == 1);
        CHECK(sha256_of(bytes_of(folder / text("file"))) == text("sha256"));
        CHECK(script.find("package " + text("name") + " " + text("version") + " " + text("licence") + "\n") !=
              std::string::npos);
        CHECK(script.find(text("sourceSha256")) != std::string::npos);
        if (text("source") == "LICENSE") licensed.insert(text("name"));
    }
    for (std::size_t i = 0; i < list.root().size(); ++i)
        CHECK(licensed.contains(std::string(list.root().at(i)["name"].text().value_or(""))));
    CHECK(there.empty());
}
