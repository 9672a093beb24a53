// What people read: /docs on both listeners, and a page for every type of problem.
#include <set>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

json::Document contract_of(HttpClient& client) {
    const json::Limits large{.depth = 64, .members = 4096, .elements = 10'000, .number_chars = 32};
    return json::Document::parse(client.get("/openapi.json").body, large).value();
}

/// What stands between `before` and the next quote, everywhere.
std::set<std::string> all_after(const std::string& text, const std::string& before) {
    std::set<std::string> found;
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        const std::size_t begin = at + before.size();
        found.insert(text.substr(begin, text.find('"', begin) - begin));
    }
    return found;
}

/// "`too-many-streams`" in the description of an answer names a type of problem.
void collect_slugs(std::string_view text, std::set<std::string>& slugs) {
    for (std::size_t tick = text.find('`'); tick != std::string_view::npos; tick = text.find('`')) {
        text.remove_prefix(tick + 1);
        const std::string_view word = text.substr(0, text.find('`'));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        const bool slug = word.find('-') != std::string_view::npos &&
                          word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
        if (slug) slugs.emplace(word);
    }
}

std::set<std::string> slugs_of(json::View paths) {
    std::set<std::string> slugs;
    paths.each_member([&](std::string_view, json::View item) {
        item.each_member([&](std::string_view, json::View operation) {
            operation["responses"].each_member([&](std::string_view status, json::View answer) {
                if (status >= "4") collect_slugs(answer["description"].text().value_or(""), slugs);
            });
        });
    });
    return slugs;
}

}  // namespace

TEST_CASE("/docs is on both listeners, under the strict policy, and all it is made of is there", "[docs]") {
    const RunningServer server;
    for (const char* listener : {"gateway", "ui"}) {
        HttpClient client("127.0.0.1", server.port(listener));
        const auto page = client.get("/docs");
        REQUIRE(page.status == 200);
        CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
        const std::string policy(page.header("Content-Security-Policy"));
        CHECK(policy.find("default-src 'none'; script-src 'self'; style-src 'self'") == 0);
        CHECK(policy.find("unsafe") == std::string::npos);
        CHECK(page.body.find("<script>") == std::string::npos);
        CHECK(page.body.find("http://") == std::string::npos);
        CHECK(page.body.find("https://") == std::string::npos);
        const auto scripts = all_after(page.body, "src=\"");
        CHECK(scripts.size() == 2);
        for (const auto& parts : {scripts, all_after(page.body, "<link rel=\"stylesheet\" href=\"")})
            for (const std::string& part : parts) {
                const auto file = client.get(part);
                CHECK(file.status == 200);
                CHECK(file.header("Cache-Control") == "public, max-age=31536000, immutable");
            }
    }
    HttpClient gateway = server.gateway();
    CHECK(gateway.get("/").status == 404);
    CHECK(gateway.get("/assets/x/vendor/swagger-ui.css").status == 404);
    CHECK(gateway.get("/docs/x").status == 404);
}

TEST_CASE("the bundle of /docs goes out compressed, once that is done", "[docs]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    std::string bundle;
    for (const std::string& script : all_after(client.get("/docs").body, "src=\""))
        if (script.find("bundle") != std::string::npos) bundle = script;
    HttpResponse answer;
    CHECK(eventually(std::chrono::seconds(20), [&] {
        answer = client.get(bundle, {{"Accept-Encoding", "gzip"}});
        return answer.header("Content-Encoding") == "gzip";
    }));
    CHECK(answer.body.size() < 500'000);
}

TEST_CASE("every type of problem has its page, for people and for programs, and no page is orphaned",
          "[docs]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const auto contract = contract_of(client);
    const std::set<std::string> named = slugs_of(contract.root()["paths"]);
    CHECK(named.size() >= 3);
    std::set<std::string> pages = all_after(client.get("/problems").body, "href=\"/problems/");
    for (const std::string& slug : named) {
        INFO(slug);
        CHECK(pages.contains(slug));
    }
    CHECK(pages.size() >= 45);
    const auto list = client.get("/problems", {{"Accept", "application/json"}});
    CHECK(list.json().root()["items"].size() == pages.size());
    contract.root()["components"]["x-problems"].each_member([&](std::string_view slug, json::View problem) {
        INFO(slug);
        CHECK(pages.erase(std::string(slug)) == 1);
        const std::string path = "/problems/" + std::string(slug);
        const auto page = client.get(path);
        CHECK(page.status == 200);
        CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
        CHECK(page.header("Content-Security-Policy").find("style-src 'sha256-") != std::string_view::npos);
        CHECK(page.body.find(std::string(slug)) != std::string::npos);
        const auto shown = client.get(path, {{"Accept", "application/problem+json, application/json"}});
        CHECK(at(shown, "type") == path);
        CHECK(at(shown, "title") == problem["title"].text());
        CHECK(at(shown, "meaning") == problem["meaning"].text());
    });
    CHECK(pages.empty());
    CHECK(client.get("/problems/no-such-problem").status == 404);
}

TEST_CASE("what a problem's type says is an address that answers, on both listeners", "[docs]") {
    const RunningServer server;
    for (const char* listener : {"gateway", "ui"}) {
        HttpClient client("127.0.0.1", server.port(listener));
        const std::string type = at(client.get("/api/orders"), "type");
        CHECK(type == "/problems/unauthenticated");
        const auto page = client.get(type);
        CHECK(page.status == 200);
        const HttpClient::Headers known{{"If-None-Match", std::string(page.header("ETag"))}};
        CHECK(client.get(type, known).status == 304);
    }
}
