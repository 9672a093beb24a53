// See shop_page.hpp. The page is index.html with two places to fill: between <!--head--> and <!--/head-->,
// and
// <!--first-->.
#include <app/shop_page.hpp>

#include <algorithm>
#include <app/html.hpp>
#include <base/json.hpp>
#include <gateway/openapi_join.hpp>
#include <http/gzip.hpp>
#include <http/target.hpp>
#include <security/password.hpp>

namespace cloudretail::app {

namespace {

constexpr std::string_view shop_name = "CloudRetail";
constexpr std::size_t description_bytes = 160;  // what search engines show of it
constexpr std::size_t compressed_from = 1024;
constexpr int compression_level = 5;

/// Pages that need no data of the catalogue.
constexpr std::string_view plain_pages[] = {"/search",
                                            "/cart",
                                            "/checkout",
                                            "/orders",
                                            "/login",
                                            "/register",
                                            "/forgot-password",
                                            "/reset-password",
                                            "/verify-email",
                                            "/account",
                                            "/account/profile",
                                            "/account/addresses",
                                            "/account/security",
                                            "/account/privacy"};

/// What an address first shows. Texts are plain, not yet HTML.
struct View {
    int status = 200;
    std::string title, description, image, type = "website";
    bool listed = false;                                         // search engines may show it
    std::string linked_data;                                     // JSON-LD
    std::vector<std::pair<std::string, std::string>> answers{};  // path of the API -> JSON
    std::string text{};                                          // HTML
};

/// Of an address below `prefix`, the one segment that follows it.
std::optional<std::string_view> below(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (path.empty() || !std::ranges::all_of(path, fits)) return std::nullopt;
    return path;
}

/// At most so many bytes, cut between characters.
std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "…";
}

std::string text_of(json::View view) { return std::string(view.text().value_or("")); }

std::string price_of(json::View product) {
    return product["price"].number_text().value_or("") + " " + text_of(product["currency"]);
}

/// JSON inside a script element: nothing in it may end the element.
std::string within_script(std::string_view json) {
    std::string out;
    for (const char c : json) c == '<' ? out.append("\\u003c") : out.append(1, c);
    return out;
}

class Maker {
  public:
    Maker(gateway::Gateway& gateway, const std::string& base, http::Request& request)
        : gateway_(gateway), base_(base), request_(request) {}

    Task<View> view() {
        const std::string path = request_.path;
        View view;
        if (path == "/") co_return co_await home();
        if (const auto name = below(path, "/p/")) co_return co_await product(*name);
        if (const auto slug = below(path, "/c/")) co_return co_await category(*slug);
        const bool known = std::ranges::find(plain_pages, path) != std::end(plain_pages);
        const auto order = below(path, "/orders/");
        if (!known && !(order && Uuid::parse(*order))) {
            view.status = 404;
            view.title = "Not found";
        }
        co_return view;
    }

  private:
    /// The API's answer to nobody in particular; kept for the page's script where it is one. nullopt: another
    /// status, which is noted.
    Task<std::optional<json::Document>> ask(View& view, std::string target) {
        http::Request question;
        question.method_text = "GET";
        question.target = target;
        question.peer = request_.peer;
        for (const char* name : {"Host", "X-Forwarded-For"})
            if (request_.headers.has(name))
                question.headers.add(name, std::string(request_.headers.get(name)));
        if (!http::parse_target(question).empty()) co_return std::nullopt;
        http::Response response = co_await gateway_.handle(question);
        asked_ = response.status;
        if (response.status != 200) co_return std::nullopt;
        auto document = json::Document::parse(response.content(), gateway::document_limits);
        if (!document) co_return std::nullopt;
        view.answers.emplace_back(std::move(target), response.content());
        co_return std::move(*document);
    }

    [[nodiscard]] std::string absolute(std::string_view path) const { return base_ + std::string(path); }

    static void add_links(View& view, std::string_view heading, json::View products) {
        view.text = "<h1>" + escaped(heading) + "</h1><ul>";
        for (std::size_t i = 0; i < products.size(); ++i) {
            const json::View p = products.at(i);
            view.text += "<li><a href=\"/p/" + escaped(text_of(p["slug"])) + "\">" +
                         escaped(text_of(p["name"])) + "</a> " + escaped(price_of(p)) + "</li>";
        }
        view.text += "</ul>";
    }

    Task<View> home() {
        View view;
        view.listed = true;
        view.description = "What is new and everything else that is for sale.";
        json::Writer w;
        w.begin_object().member("@context", "https://schema.org").member("@type", "WebSite");
        w.member("name", shop_name).member("url", absolute("/")).key("potentialAction").begin_object();
        w.member("@type", "SearchAction").member("target", absolute("/search?q={search_term_string}"));
        w.member("query-input", "required name=search_term_string").end_object().end_object();
        view.linked_data = w.take();
        if (auto found = co_await ask(view, "/api/products?sort=newest&limit=24"))
            add_links(view, shop_name, found->root()["items"]);
        co_return view;
    }

    Task<View> category(std::string_view slug) {
        View view;
        const auto tree = co_await ask(view, "/api/categories");
        if (!tree) co_return view;  // busy or away: the page's script says so
        const json::View all = tree->root()["items"];
        const auto with = [&all](std::string_view member, std::string_view value) {
            for (std::size_t i = 0; i < all.size(); ++i)
                if (all.at(i)[member].text() == value) return all.at(i);
            return json::View();
        };
        const json::View self = with("slug", slug);
        if (!self.present()) {
            view.status = 404;
            view.title = "Not found";
            co_return view;
        }
        view.listed = true;
        view.title = text_of(self["name"]);
        view.description = "Everything in " + view.title + ".";
        std::vector<json::View> trail;
        for (json::View at = self; at.present() && trail.size() < 32;) {
            trail.push_back(at);
            const auto parent = at["parentId"].text();
            at = parent ? with("id", *parent) : json::View();
        }
        std::ranges::reverse(trail);
        view.linked_data = breadcrumb(trail);
        if (request_.query.empty()) {
            std::string target = "/api/products?category=" + std::string(slug) + "&limit=24&page=1";
            if (auto found = co_await ask(view, std::move(target))) {
                add_links(view, view.title, found->root()["items"]);
                view.image = text_of(found->root()["items"].at(0)["images"].at(0)["url"]);
            }
        }
        co_return view;
    }

    [[nodiscard]] std::string breadcrumb(const std::vector<json::View>& trail) const {
        json::Writer w;
        w.begin_object().member("@context", "https://schema.org").member("@type", "BreadcrumbList");
        w.key("itemListElement").begin_array();
        for (std::size_t i = 0; i < trail.size(); ++i) {
            w.begin_object().member("@type", "ListItem").member("position", static_cast<int>(i + 1));
            w.member("name", text_of(trail[i]["name"]));
            w.member("item", absolute("/c/" + text_of(trail[i]["slug"]))).end_object();
        }
        w.end_array().end_object();
        return w.take();
    }

    Task<View> product(std::string_view name) {
        View view;
        const bool id = Uuid::parse(name).has_value();
        const auto found =
            co_await ask(view, (id ? "/api/products/" : "/api/products/by-slug/") + std::string(name));
        if (!found) {
            if (asked_ == 404) {
                view.status = 404;
                view.title = "Not found";
            }
            co_return view;
        }
        const json::View p = found->root();
        view.listed = true;
        view.type = "product";
        view.title = text_of(p["name"]);
        const std::string whole = text_of(p["description"]);
        view.description = shortened(whole.empty() ? view.title : whole, description_bytes);
        view.image = text_of(p["images"].at(0)["url"]);
        view.linked_data = offer(p);
        view.text = "<h1>" + escaped(view.title) + "</h1><p>" + escaped(price_of(p)) + "</p><p>" +
                    escaped(whole) + "</p>";
        co_return view;
    }

    [[nodiscard]] std::string offer(json::View p) const {
        const std::string address = absolute("/p/" + text_of(p["slug"]));
        json::Writer w;
        w.begin_object().member("@context", "https://schema.org").member("@type", "Product");
        w.member("name", text_of(p["name"])).member("description", text_of(p["description"]));
        w.member("url", address);
        if (const auto sku = p["sku"].text()) w.member("sku", *sku);
        w.key("image").begin_array();
        for (std::size_t i = 0; i < p["images"].size(); ++i)
            w.value(absolute(text_of(p["images"].at(i)["url"])));
        w.end_array().key("offers").begin_object().member("@type", "Offer").member("url", address);
        w.key("price").raw(p["price"].number_text().value_or("0"));
        w.member("priceCurrency", text_of(p["currency"]));
        const bool there = p["availability"].text() != "out_of_stock";
        w.member("availability", there ? "https://schema.org/InStock" : "https://schema.org/OutOfStock");
        w.end_object().end_object();
        return w.take();
    }

    gateway::Gateway& gateway_;
    const std::string& base_;
    http::Request& request_;
    int asked_ = 0;  // the last status
};

std::string meta(std::string_view attribute, std::string_view name, std::string_view content) {
    std::string out = "<meta ";
    out.append(attribute).append("=\"").append(name).append("\" content=\"").append(escaped(content));
    return out += "\">";
}

std::string head_of(const View& view, const std::string& base, const std::string& path) {
    const std::string title =
        view.title.empty() ? std::string(shop_name) : view.title + " – " + std::string(shop_name);
    std::string out = "<title>" + escaped(title) + "</title>";
    if (!view.listed) return out + meta("name", "robots", "noindex");
    const std::string address = base + path;
    out += meta("name", "description", view.description);
    out += "<link rel=\"canonical\" href=\"" + escaped(address) + "\">";
    out += meta("property", "og:type", view.type) + meta("property", "og:title", title);
    out += meta("property", "og:description", view.description) + meta("property", "og:url", address);
    if (!view.image.empty()) out += meta("property", "og:image", base + view.image);
    return out + "<script type=\"application/ld+json\">" + within_script(view.linked_data) + "</script>";
}

std::string first_of(const View& view) {
    std::string out;
    if (!view.answers.empty()) {
        json::Writer w;
        w.begin_object();
        for (const auto& [path, answer] : view.answers) w.key(path).raw(answer);
        w.end_object();
        out = "<script type=\"application/json\" id=\"first\">" + within_script(w.take()) + "</script>";
    }
    if (!view.text.empty()) out += "<noscript><main class=\"wrap\">" + view.text + "</main></noscript>";
    return out;
}

void put(std::string& page, std::string_view from, std::string_view to, const std::string& text) {
    const std::size_t begin = page.find(from);
    const std::size_t end = begin == std::string::npos ? begin : page.find(to, begin);
    if (end != std::string::npos) page.replace(begin, end + to.size() - begin, text);
}

}  // namespace

ShopPage::ShopPage(const http::StaticFiles& files, gateway::Gateway& gateway, std::string public_url)
    : files_(files), gateway_(gateway), public_url_(std::move(public_url)) {
    while (public_url_.ends_with('/')) public_url_.pop_back();
}

Task<std::optional<http::Response>> ShopPage::answer(http::Request& request) const {
    auto page = files_.text("index.html");
    if (!page) co_return std::nullopt;
    http::Response response;
    Maker maker(gateway_, public_url_, request);
    const View view = co_await maker.view();
    put(*page, "<!--head-->", "<!--/head-->", head_of(view, public_url_, request.path));
    put(*page, "<!--first-->", "<!--first-->", first_of(view));
    response.status = view.status;
    http::add_page_headers(response.headers);
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Vary", "Accept-Encoding");
    const bool compress =
        page->size() >= compressed_from && http::accepts_gzip(request.headers.get("Accept-Encoding"));
    const std::string etag = '"' + security::sha256_hex(*page).substr(0, 32) + (compress ? "-gz\"" : "\"");
    response.headers.add("ETag", etag);
    if (view.status == 200 && http::etag_matches(request.headers.get("If-None-Match"), etag)) {
        response.status = 304;
        co_return response;
    }
    if (auto smaller = compress ? http::gzip(*page, compression_level) : nullptr) {
        response.headers.add("Content-Encoding", "gzip");
        response.shared_body = std::move(smaller);
    } else {
        response.body = std::move(*page);
    }
    co_return response;
}

}  // namespace cloudretail::app
