// See problem_pages.hpp. The pages are made once and stand by themselves: no script, one style that the
// Content-Security-Policy names by its hash.
#include <app/problem_pages.hpp>

#include <sodium.h>

#include <algorithm>
#include <app/html.hpp>
#include <array>
#include <base/json.hpp>
#include <gateway/openapi_join.hpp>
#include <gateway/page.hpp>
#include <map>
#include <mutex>
#include <security/password.hpp>

namespace cloudretail::app {

namespace {

using gateway::Access;
using gateway::Call;
using Answer = Task<Result<http::Response>>;

constexpr std::string_view style =
    ":root{color-scheme:light dark;--text:#1c1e26;--soft:#5b6070;--line:#d9dce4;--back:#fff;--accent:#3a4bd8}"
    "@media (prefers-color-scheme:dark){:root{--text:#e8eaf2;--soft:#a3a9ba;--line:#333846;--back:#14161d;"
    "--accent:#9aa6ff}}"
    "body{margin:0 auto;max-width:42rem;padding:2rem 1.25rem 4rem;font:1rem/1.6 system-ui,sans-serif;"
    "color:var(--text);background:var(--back)}"
    "h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}h2{font-size:1rem;margin:1.75rem 0 .25rem}"
    "p{margin:.25rem 0;overflow-wrap:anywhere}a{color:var(--accent)}"
    "code{font:.9em ui-monospace,monospace;background:color-mix(in srgb,var(--line) 45%,transparent);"
    "padding:.1em .35em;border-radius:.25rem}"
    ".status{color:var(--soft)}ul{list-style:none;padding:0}li{padding:.6rem 0;border-top:1px solid "
    "var(--line)}"
    "li span{display:block;color:var(--soft)}";

struct Problem {
    std::string slug, title, meaning, advice;
    std::int64_t status = 0;
};

/// A page, or its JSON, ready to be sent.
struct Shown {
    std::shared_ptr<const std::string> html, json;
    std::string html_etag, json_etag;
};

/// What stands between backticks becomes code.
std::string paragraph(std::string_view text) {
    std::string out = "<p>";
    bool code = false;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t tick = std::min(text.find('`', at), text.size());
        out += escaped(text.substr(at, tick - at));
        at = tick + 1;
        if (tick == text.size()) break;
        out += code ? "</code>" : "<code>";
        code = !code;
    }
    return out + (code ? "</code></p>" : "</p>");
}

std::string page_of(std::string_view title, std::string_view main) {
    std::string out =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>";
    out.append(escaped(title)).append("</title><style>").append(style);
    out.append("</style></head><body><main>").append(main).append("</main></body></html>\n");
    return out;
}

std::string html_of(const Problem& p) {
    std::string main = "<p class=\"status\">" + std::to_string(p.status) + " · <code>" + p.slug +
                       "</code></p><h1>" + escaped(p.title) + "</h1><h2>What it means</h2>" +
                       paragraph(p.meaning) + "<h2>What to do</h2>" + paragraph(p.advice) +
                       "<h2>More</h2><p><a href=\"/problems\">All problems</a> · <a href=\"/docs\">The "
                       "interface</a></p>";
    return page_of(p.title, main);
}

std::string html_of(const std::map<std::string, Problem>& all) {
    std::string main =
        "<h1>Problems</h1><p>What the store answers when it does not do what was asked, as problems by RFC "
        "9457: their <code>type</code> is the address of one of these pages.</p><ul>";
    for (const auto& [slug, p] : all)
        main += "<li><a href=\"/problems/" + slug + "\">" + escaped(p.title) + "</a><span>" +
                std::to_string(p.status) + " · <code>" + slug + "</code></span></li>";
    return page_of("Problems", main + "</ul><p><a href=\"/docs\">The interface</a></p>");
}

void write(json::Writer& w, const Problem& p) {
    w.begin_object().member("type", "/problems/" + p.slug).member("title", p.title);
    w.member("status", p.status).member("meaning", p.meaning).member("advice", p.advice).end_object();
}

Shown shown(std::string html, std::string json) {
    Shown s;
    s.html_etag = "\"" + security::sha256_hex(html).substr(0, 32) + "\"";
    s.json_etag = "\"" + security::sha256_hex(json).substr(0, 32) + "\"";
    s.html = std::make_shared<const std::string>(std::move(html));
    s.json = std::make_shared<const std::string>(std::move(json));
    return s;
}

std::string page_policy() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(style.data()), style.size());
    std::array<char, sodium_base64_ENCODED_LEN(digest.size(), sodium_base64_VARIANT_ORIGINAL)> text{};
    sodium_bin2base64(text.data(), text.size(), digest.data(), digest.size(), sodium_base64_VARIANT_ORIGINAL);
    return "default-src 'none'; style-src 'sha256-" + std::string(text.data()) +
           "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

/// The document is there only after the gateway was sealed, so it is read at first use.
class Catalogue {
  public:
    explicit Catalogue(const gateway::Gateway& gateway) : gateway_(gateway) {}

    http::Response index(const Call& call) { return answer(call, known().index); }
    Result<http::Response> one(const Call& call) {
        const auto found = known().pages.find(call.path_values.at(0));
        if (found == known().pages.end()) return Error(errors::not_found, "There is no such problem.");
        return answer(call, found->second);
    }

  private:
    struct Known {
        Shown index;
        std::map<std::string, Shown> pages;
    };

    const Known& known() {
        std::call_once(once_, [this] { read(); });
        return known_;
    }
    void read() {
        auto document = json::Document::parse(gateway_.openapi_document(), gateway::document_limits);
        CR_ASSERT(document.has_value());
        std::map<std::string, Problem> all;
        document->root()["components"]["x-problems"].each_member([&](std::string_view slug, json::View v) {
            const auto text = [&](const char* name) { return std::string(v[name].text().value_or("")); };
            all[std::string(slug)] = {std::string(slug), text("title"), text("meaning"), text("advice"),
                                      v["status"].integer().value_or(0)};
        });
        json::Writer list;
        list.begin_object().key("items").begin_array();
        for (const auto& [slug, problem] : all) {
            write(list, problem);
            json::Writer w;
            write(w, problem);
            known_.pages[slug] = shown(html_of(problem), w.take());
        }
        list.end_array().end_object();
        known_.index = shown(html_of(all), list.take());
    }

    [[nodiscard]] http::Response answer(const Call& call, const Shown& what) const {
        const std::string_view accept = call.request.headers.get("Accept");
        const bool json = accept.find("json") != std::string_view::npos &&
                          accept.find("text/html") == std::string_view::npos;
        auto response = gateway::render_resource(call, 200, {}, json ? what.json_etag : what.html_etag);
        response.headers.set("Cache-Control", "no-cache");
        response.headers.add("Vary", "Accept");
        if (response.status == 200) {
            response.shared_body = json ? what.json : what.html;
            response.headers.set("Content-Type", json ? "application/json" : "text/html; charset=utf-8");
        }
        if (!json) response.headers.set("Content-Security-Policy", policy_);
        return response;
    }

    const gateway::Gateway& gateway_;
    const std::string policy_ = page_policy();
    std::once_flag once_;
    Known known_;
};

Answer get_index(std::shared_ptr<Catalogue> catalogue, Call& call) { co_return catalogue->index(call); }

Answer get_one(std::shared_ptr<Catalogue> catalogue, Call& call) { co_return catalogue->one(call); }

}  // namespace

std::vector<gateway::Route> problem_routes(const gateway::Gateway& gateway) {
    auto catalogue = std::make_shared<Catalogue>(gateway);
    return {
        {http::Method::get, "/problems", "listProblems", Access::anyone,
         [catalogue](Call& call) { return get_index(catalogue, call); }},
        {http::Method::get, "/problems/{slug}", "getProblem", Access::anyone,
         [catalogue](Call& call) { return get_one(catalogue, call); }},
    };
}

}  // namespace cloudretail::app
