// The contract that is served, the contract that is printed and the routes that answer are the same thing.
#include "server.hpp"

#include <algorithm>
#include <set>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

/// "/api/orders/{id}" with an id put in.
std::string filled(std::string path) {
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'))
        path.replace(open, path.find('}') - open + 1, "0190f5fe-7c00-7000-8000-000000000000");
    return path;
}

std::set<std::string> words(std::string_view list) {
    std::set<std::string> out;
    while (!list.empty()) {
        const auto comma = list.find(", ");
        out.emplace(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 2);
    }
    return out;
}

}  // namespace

TEST_CASE("every documented path answers exactly the documented methods", "[openapi]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const auto served = client.get("/openapi.json");
    REQUIRE(served.status == 200);
    const auto again = client.get("/openapi.json", {{"If-None-Match", std::string(served.header("ETag"))}});
    CHECK(again.status == 304);

    const json::Document document =
        json::Document::parse(served.body,
                              {.depth = 64, .members = 4096, .elements = 10'000, .number_chars = 32})
            .value();
    CHECK(document.root()["openapi"].text() == "3.0.3");
    std::vector<std::pair<std::string, std::set<std::string>>> paths;
    document.root()["paths"].each_member([&](std::string_view path, json::View item) {
        std::set<std::string> methods{"OPTIONS"};
        item.each_member(
            [&](std::string_view method, json::View) { methods.insert(upper(std::string(method))); });
        if (methods.contains("GET")) methods.insert("HEAD");
        paths.emplace_back(path, methods);
    });
    CHECK(paths.size() >= 15);
    for (const auto& [path, methods] : paths) {
        const std::vector<std::string> all{"GET", "POST", "PUT", "PATCH", "DELETE"};
        const auto other =
            std::find_if(all.begin(), all.end(), [&](const auto& m) { return !methods.contains(m); });
        REQUIRE(other != all.end());
        const auto answer = client.request(*other, filled(path));
        INFO(path + ": " + answer.body);
        CHECK(answer.status == 405);
        CHECK(words(answer.header("Allow")) == methods);
    }
}

TEST_CASE("the printed contract is the served one", "[openapi][command-line]") {
    const RunningServer server;
    const auto printed = server.run({"openapi"});
    CHECK(printed.status == 0);
    CHECK(printed.output == server.gateway().get("/openapi.json").body + "\n");
}
