// What a page of the storefront asks the API for; see shop_view.hpp. It has to be, to the letter, what the
// page's script asks for (static/pages): an answer under another address is of no use to it.
#include <app/shop_address.hpp>

#include <algorithm>
#include <array>
#include <base/id.hpp>
#include <base/json.hpp>
#include <base/percent.hpp>
#include <gateway/openapi_join.hpp>

namespace cloudretail::app {

namespace {

constexpr std::size_t longest_search = 100;
constexpr std::size_t longest_page = 9;  // digits
constexpr std::string_view page_size = "24", alike = "5";

/// Pages that need no data of the catalogue but the header's.
constexpr std::array plain_pages{"/cart",
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

/// Of an address below `prefix`, the one segment that follows it; empty: it is another address.
std::string below(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return {};
    path.remove_prefix(prefix.size());
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return std::ranges::all_of(path, fits) ? std::string(path) : std::string();
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool is_number(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// At most two decimals, behind a point.
bool is_amount(std::string_view text) {
    const std::size_t point = text.find('.');
    return is_number(text.substr(0, point), 12) &&
           (point == std::string_view::npos || is_number(text.substr(point + 1), 2));
}

bool is_order(std::string_view text) {
    constexpr std::array known{"relevance", "newest", "price", "-price", "name"};
    return std::ranges::find(known, text) != known.end();
}

/// As forms write it (URL standard, application/x-www-form-urlencoded).
std::string form_encoded(std::string_view text) {
    std::string out = percent_encode(text);
    for (std::size_t at = out.find("%20"); at != std::string::npos; at = out.find("%20", at))
        out.replace(at, 3, "+");
    return out;
}

void add(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (out.back() != '?') out += '&';
    out.append(name).append("=").append(form_encoded(value));
}

}  // namespace

std::optional<Listing> Listing::read(const Query& query, std::string_view category) {
    Listing out;
    out.fixed = !category.empty();
    out.category = category;
    bool plain = true;
    for (auto at = query.begin(); at != query.end(); ++at) {
        const auto& [name, value] = *at;
        const auto same = [&at](const auto& other) { return other.first == at->first; };
        if (value.empty() || std::find_if(query.begin(), at, same) != at) continue;  // the first one counts
        if (name == "q") {
            out.words = trimmed(value);
            plain = plain && out.words.size() <= longest_search;
        } else if (name == "category") {
            if (!out.fixed) out.category = value;
        } else if (name == "sort") {
            if (is_order(value)) out.sort = value;
        } else if (name == "inStock") {
            out.in_stock = value == "true";
        } else if (name == "minPrice" || name == "maxPrice") {
            plain = plain && is_amount(value);
            (name == "minPrice" ? out.least : out.most) = value;
        } else if (name == "page") {
            plain = plain && is_number(value, longest_page) && value.front() != '0';
            out.page = value;
        }
    }
    if (!plain) return std::nullopt;
    return out;
}

std::string Listing::question() const {
    std::string out = "/api/products?";
    add(out, "search", words);
    add(out, "category", category);
    add(out, "minPrice", least);
    add(out, "maxPrice", most);
    add(out, "inStock", in_stock ? "true" : "");
    add(out, "sort", sort);
    add(out, "limit", page_size);
    add(out, "page", page);
    return out;
}

std::string Listing::address(std::string_view path, std::int64_t at_page) const {
    std::string out(path);
    out += '?';
    add(out, "q", words);
    if (!fixed) add(out, "category", category);
    add(out, "minPrice", least);
    add(out, "maxPrice", most);
    add(out, "inStock", in_stock ? "true" : "");
    add(out, "sort", sort);
    add(out, "page", std::to_string(at_page));
    return out;
}

Address address_of(const std::string& path) {
    if (path == "/") return {Address::Kind::home, {}};
    if (path == "/search") return {Address::Kind::search, {}};
    if (path == "/checkout") return {Address::Kind::checkout, {}};
    if (auto slug = below(path, "/c/"); !slug.empty()) return {Address::Kind::category, std::move(slug)};
    if (auto name = below(path, "/p/"); !name.empty()) return {Address::Kind::product, std::move(name)};
    const bool order = Uuid::parse(below(path, "/orders/")).has_value();
    const bool plain = std::ranges::find(plain_pages, path) != plain_pages.end();
    return {order || plain ? Address::Kind::plain : Address::Kind::unknown, {}};
}

std::vector<std::string> first_questions(const std::string& path, const Query& query) {
    const Address address = address_of(path);
    const std::string header = "/api/products/categories";
    switch (address.kind) {
        case Address::Kind::home:
            return {"/api/products?sort=newest&limit=" + std::string(page_size)};
        case Address::Kind::checkout:
            return {"/api/payments/methods"};
        case Address::Kind::product: {
            const bool id = Uuid::parse(address.name).has_value();
            return {(id ? "/api/products/" : "/api/products/by-slug/") + address.name, header};
        }
        case Address::Kind::category:
        case Address::Kind::search: {
            std::vector<std::string> all{header};
            if (address.kind == Address::Kind::category) all.emplace_back("/api/categories");
            if (const auto listing = Listing::read(query, address.name)) all.push_back(listing->question());
            return all;
        }
        case Address::Kind::plain:
        case Address::Kind::unknown:
            break;
    }
    return {header};
}

std::vector<std::string> more_questions(const std::string& path, const std::vector<Answer>& answers) {
    if (address_of(path).kind != Address::Kind::product || answers.empty()) return {};
    const Answer& product = answers.front();
    if (product.status != 200) return {};
    const auto document = json::Document::parse(*product.body, gateway::document_limits);
    if (!document) return {};
    const auto category = document->root()["category"].text();
    if (!category || category->empty()) return {};
    return {"/api/products?category=" + percent_encode(*category) + "&limit=" + std::string(alike)};
}

}  // namespace cloudretail::app
