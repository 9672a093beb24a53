// See shop_view.hpp. JSON-LD is of schema.org; the preview's properties of ogp.me.
#include <algorithm>
#include <app/html.hpp>
#include <app/shop_address.hpp>
#include <base/json.hpp>
#include <gateway/openapi_join.hpp>
#include <optional>

namespace cloudretail::app {

namespace {

constexpr std::size_t description_bytes = 160;  // what search engines show of it
constexpr std::size_t deepest_category = 32;
constexpr int busy = 429, broken = 500;

/// What a kind of page makes of its answers. Texts are plain, not yet HTML; `text` is HTML.
struct Content {
    int status = 200;
    std::string title, description, canonical, image, type = "website", linked_data, text;
};

std::string text_of(json::View view) { return std::string(view.text().value_or("")); }

/// At most so many bytes, cut between characters.
std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "…";
}

std::string price_of(json::View product) {
    return product["price"].number_text().value_or("") + " " + text_of(product["currency"]);
}

/// JSON inside a script element: nothing in it may end the element.
std::string within_script(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    for (const char c : json) c == '<' ? out.append("\\u003c") : out.append(1, c);
    return out;
}

class Writing {
  public:
    Writing(const Site& site, const std::string& path, const Query& query, const std::vector<Answer>& answers)
        : site_(site), path_(path), query_(query), answers_(answers), address_(address_of(path)) {}

    Content content() const {
        switch (address_.kind) {
            case Address::Kind::home:
                return home();
            case Address::Kind::search:
                return search();
            case Address::Kind::category:
                return category();
            case Address::Kind::product:
                return product();
            case Address::Kind::unknown:
                return not_found();
            case Address::Kind::checkout:
            case Address::Kind::plain:
                break;
        }
        return {};
    }

    /// The header's links, for whoever runs no scripts.
    [[nodiscard]] std::string shelves() const {
        std::string out;
        const auto list = read("/api/products/categories");
        if (!list) return out;
        const json::View items = list->root()["items"];
        for (std::size_t i = 0; i < items.size(); ++i)
            out += " <a href=\"/c/" + escaped(text_of(items.at(i)["slug"])) + "\">" +
                   escaped(text_of(items.at(i)["name"])) + "</a>";
        return out;
    }

  private:
    [[nodiscard]] const Answer* answer(std::string_view beginning) const {
        const auto found = std::ranges::find_if(
            answers_, [beginning](const Answer& a) { return a.target.starts_with(beginning); });
        return found == answers_.end() ? nullptr : &*found;
    }

    [[nodiscard]] std::optional<json::Document> read(std::string_view beginning) const {
        const Answer* found = answer(beginning);
        if (!found || found->status != 200) return std::nullopt;
        auto document = json::Document::parse(*found->body, gateway::document_limits);
        if (!document) return std::nullopt;
        return std::move(*document);
    }

    [[nodiscard]] std::string absolute(std::string_view path) const { return site_.base + std::string(path); }

    static Content not_found() {
        Content out;
        out.status = 404;
        out.title = "Not found";
        return out;
    }

    [[nodiscard]] std::string links(std::string_view heading, json::View list) const {
        std::string out = "<h1>" + escaped(heading) + "</h1><ul>";
        const json::View products = list["items"];
        for (std::size_t i = 0; i < products.size(); ++i) {
            const json::View p = products.at(i);
            out += "<li><a href=\"/p/" + escaped(text_of(p["slug"])) + "\">" + escaped(text_of(p["name"])) +
                   "</a> " + escaped(price_of(p)) + "</li>";
        }
        out += "</ul>";
        const std::int64_t page = list["page"].integer().value_or(1);
        const auto listing = Listing::read(query_, address_.name);
        const bool more = page < list["totalPages"].integer().value_or(1);
        if (address_.kind != Address::Kind::home && listing && more)
            out += "<p><a rel=\"next\" href=\"" + escaped(listing->address(path_, page + 1)) +
                   "\">Next page</a></p>";
        return out;
    }

    [[nodiscard]] Content home() const {
        Content out;
        out.canonical = "/";
        out.description = "What is new at " + site_.name + ", and everything else that is for sale.";
        json::Writer w;
        w.begin_object().member("@context", "https://schema.org").member("@type", "WebSite");
        w.member("name", site_.name).member("url", absolute("/")).key("potentialAction").begin_object();
        w.member("@type", "SearchAction").member("target", absolute("/search?q={search_term_string}"));
        w.member("query-input", "required name=search_term_string").end_object().end_object();
        out.linked_data = w.take();
        if (const auto found = read("/api/products?")) out.text = links(site_.name, found->root());
        return out;
    }

    [[nodiscard]] Content search() const {
        Content out;
        // Nothing of the query but what the list was asked with: the page is kept for whoever asks the same.
        const auto listing = Listing::read(query_, {});
        out.title = !listing                 ? "Search"
                    : listing->words.empty() ? "All products"
                                             : "Results for “" + listing->words + "”";
        if (const auto found = read("/api/products?")) out.text = links(out.title, found->root());
        return out;
    }

    [[nodiscard]] Content category() const {
        const auto tree = read("/api/categories");
        if (!tree) return {};
        const json::View all = tree->root()["items"];
        const auto with = [&all](std::string_view member, std::string_view value) {
            for (std::size_t i = 0; i < all.size(); ++i)
                if (all.at(i)[member].text() == value) return all.at(i);
            return json::View();
        };
        const json::View self = with("slug", address_.name);
        if (!self.present()) return not_found();
        Content out;
        out.title = text_of(self["name"]);
        out.description = "Everything in " + out.title + " at " + site_.name + ".";
        std::vector<json::View> trail;
        for (json::View at = self; at.present() && trail.size() < deepest_category;) {
            trail.push_back(at);
            const auto parent = at["parentId"].text();
            at = parent ? with("id", *parent) : json::View();
        }
        std::ranges::reverse(trail);
        out.linked_data = breadcrumb(trail);
        const auto found = read("/api/products?");
        const std::int64_t page = found ? found->root()["page"].integer().value_or(1) : 1;
        // Further pages are pages of their own; the same list in another order or narrowed is not.
        out.canonical = path_ + (page > 1 ? "?page=" + std::to_string(page) : "");
        if (found) {
            out.text = links(out.title, found->root());
            out.image = text_of(found->root()["items"].at(0)["images"].at(0)["url"]);
        }
        return out;
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

    [[nodiscard]] Content product() const {
        if (answers_.front().status == 404) return not_found();
        const auto found = read(answers_.front().target);
        if (!found) return {};
        const json::View p = found->root();
        Content out;
        out.canonical = "/p/" + text_of(p["slug"]);
        if (out.canonical != path_) out.status = 301;
        out.type = "product";
        out.title = text_of(p["name"]);
        const std::string whole = text_of(p["description"]);
        out.description = shortened(whole.empty() ? out.title : whole, description_bytes);
        out.image = text_of(p["images"].at(0)["url"]);
        out.linked_data = offer(p, absolute(out.canonical));
        out.text = "<h1>" + escaped(out.title) + "</h1><p>" + escaped(price_of(p)) + "</p><p>" +
                   escaped(whole) + "</p>";
        return out;
    }

    [[nodiscard]] std::string offer(json::View p, const std::string& url) const {
        json::Writer w;
        w.begin_object().member("@context", "https://schema.org").member("@type", "Product");
        w.member("name", text_of(p["name"])).member("description", text_of(p["description"]));
        w.member("url", url);
        if (const auto sku = p["sku"].text()) w.member("sku", *sku);
        w.key("image").begin_array();
        for (std::size_t i = 0; i < p["images"].size(); ++i)
            w.value(absolute(text_of(p["images"].at(i)["url"])));
        w.end_array().key("offers").begin_object().member("@type", "Offer").member("url", url);
        w.key("price").raw(p["price"].number_text().value_or("0"));
        w.member("priceCurrency", text_of(p["currency"]));
        const bool there = p["availability"].text() != "out_of_stock";
        w.member("availability", there ? "https://schema.org/InStock" : "https://schema.org/OutOfStock");
        w.end_object().end_object();
        return w.take();
    }

    const Site& site_;
    const std::string& path_;
    const Query& query_;
    const std::vector<Answer>& answers_;
    Address address_;
};

std::string meta(std::string_view attribute, std::string_view name, std::string_view content) {
    std::string out = "<meta ";
    out.append(attribute).append("=\"").append(name).append("\" content=\"").append(escaped(content));
    return out += "\">";
}

std::string head_of(const Site& site, const Content& content) {
    const std::string title = content.title.empty() ? site.name : content.title + " – " + site.name;
    std::string out = "<title>" + escaped(title) + "</title>" + meta("name", "application-name", site.name);
    if (content.canonical.empty()) return out + meta("name", "robots", "noindex");
    const std::string address = site.base + content.canonical;
    out += meta("name", "description", content.description);
    out += "<link rel=\"canonical\" href=\"" + escaped(address) + "\">";
    out += meta("property", "og:site_name", site.name) + meta("property", "og:type", content.type);
    out += meta("property", "og:title", title) + meta("property", "og:description", content.description);
    out += meta("property", "og:url", address);
    if (!content.image.empty()) out += meta("property", "og:image", site.base + content.image);
    return out + "<script type=\"application/ld+json\">" + within_script(content.linked_data) + "</script>";
}

std::string body_of(const Content& content, const std::string& shelves, const std::vector<Answer>& answers) {
    json::Writer w;
    w.begin_object();
    for (const Answer& answer : answers)
        if (answer.status == 200) w.key(answer.target).raw(*answer.body);
    w.end_object();
    return "<script type=\"application/json\" id=\"first\">" + within_script(w.take()) +
           "</script><noscript><header class=\"wrap\"><form action=\"/search\" role=\"search\">"
           "<label>Search products <input type=\"search\" name=\"q\" maxlength=\"100\"></label> "
           "<button>Search</button></form><nav aria-label=\"Categories\"><a href=\"/search\">All "
           "products</a>" +
           shelves + "</nav></header><main class=\"wrap\">" + content.text + "</main></noscript>";
}

}  // namespace

ShopView view_of(const Site& site, const std::string& path, const Query& query,
                 const std::vector<Answer>& answers) {
    const Writing writing(site, path, query, answers);
    const Content content = writing.content();
    ShopView out;
    out.status = content.status;
    if (content.status == 301) {
        out.location = content.canonical;
        return out;
    }
    // The page itself comes all the same: its script asks again.
    const auto busy_one =
        std::ranges::find_if(answers, [](const Answer& a) { return a.status == busy || a.status >= broken; });
    if (busy_one != answers.end()) {
        out.status = busy_one->status == busy ? busy : 503;
        out.retry_after = busy_one->retry_after;
    }
    out.head = head_of(site, content);
    out.body = body_of(content, writing.shelves(), answers);
    return out;
}

}  // namespace cloudretail::app
