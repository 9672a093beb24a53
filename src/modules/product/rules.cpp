// See rules.hpp.
#include "rules.hpp"

#include <charconv>

#include "text.hpp"

namespace cloudretail::product {

namespace {
constexpr char unit_separator = '\x1f';
}

std::string_view to_text(Status status) {
    switch (status) {
        case Status::active:
            return "active";
        case Status::draft:
            return "draft";
        case Status::archived:
            return "archived";
    }
    return "";
}

std::optional<Status> status_from_text(std::string_view text) {
    for (const Status s : {Status::active, Status::draft, Status::archived}) {
        if (to_text(s) == text) return s;
    }
    return std::nullopt;
}

std::string_view to_text(Availability availability) {
    switch (availability) {
        case Availability::in_stock:
            return "in_stock";
        case Availability::low_stock:
            return "low_stock";
        case Availability::out_of_stock:
            return "out_of_stock";
    }
    return "";
}

std::optional<Availability> availability_from_text(std::string_view text) {
    for (const Availability a :
         {Availability::in_stock, Availability::low_stock, Availability::out_of_stock}) {
        if (to_text(a) == text) return a;
    }
    return std::nullopt;
}

std::vector<FieldError> problems_of(const Change& change) {
    std::vector<FieldError> errors;
    if (change.name) {
        if (trim(*change.name).empty()) errors.push_back({"/name", "must not be blank"});
        if (has_control_characters(*change.name, false))
            errors.push_back({"/name", "must be one line of text"});
    }
    if (change.description && has_control_characters(*change.description, true)) {
        errors.push_back({"/description", "must not hold control characters"});
    }
    if (change.category && slugify(*change.category).empty()) {
        errors.push_back({"/category", "must hold a letter or a digit"});
    }
    if (change.sku && *change.sku) {
        const std::string& sku = **change.sku;
        if (trim(sku).empty()) errors.push_back({"/sku", "must not be blank"});
        if (has_control_characters(sku, false)) errors.push_back({"/sku", "must be one line of text"});
    }
    return errors;
}

void apply(const Change& change, Product& product) {
    if (change.name) product.name = trim(*change.name);
    if (change.description) product.description = *change.description;
    if (change.price) product.price = *change.price;
    if (change.category) product.category = slugify(*change.category);
    if (change.sku) {
        product.sku.reset();
        if (*change.sku) product.sku = std::string(trim(**change.sku));
    }
    if (change.attributes) product.attributes = *change.attributes;
    if (change.status) product.status = *change.status;
}

Snapshot snapshot_of(const Product& p) { return {p.id, p.vendor_id, p.name, p.price, p.status, p.sku}; }

bool may_see(const Caller& caller, UserId vendor, Status status) {
    return status != Status::draft || may_write(caller, vendor);
}

bool may_write(const Caller& caller, UserId vendor) {
    return caller.is_admin() || (caller.role == Role::vendor && caller.id == vendor);
}

bool is_listed(const Product& product) { return product.status == Status::active; }

std::vector<std::string> slug_candidates(std::string_view name, ProductId id) {
    std::string base = slugify(name);
    if (base.empty()) base = "product";
    const std::string text = id.to_string();
    return {base, base + "-" + text.substr(text.size() - 8), base + "-" + text};
}

std::string etag_of(std::int64_t version, Availability availability) {
    const char letter = availability == Availability::in_stock    ? 'i'
                        : availability == Availability::low_stock ? 'l'
                                                                  : 'o';
    return "\"" + std::to_string(version) + letter + "\"";
}

std::vector<std::string> etags_of(std::int64_t version) {
    return {etag_of(version, Availability::in_stock), etag_of(version, Availability::low_stock),
            etag_of(version, Availability::out_of_stock)};
}

std::string_view to_text(Sort sort) {
    switch (sort) {
        case Sort::newest:
            return "newest";
        case Sort::price_up:
            return "price";
        case Sort::price_down:
            return "-price";
        case Sort::name:
            return "name";
        case Sort::relevance:
            return "relevance";
    }
    return "";
}

std::optional<Sort> sort_from_text(std::string_view text) {
    for (const Sort s : {Sort::newest, Sort::price_up, Sort::price_down, Sort::name, Sort::relevance}) {
        if (to_text(s) == text) return s;
    }
    return std::nullopt;
}

std::string normalized(const Filter& filter) {
    std::string out = filter.listed_only ? "l" : "a";
    const auto add = [&out](std::string_view text) { (out += unit_separator) += text; };
    add(filter.status ? to_text(*filter.status) : "");
    add(filter.category);
    add(filter.min_price ? std::to_string(filter.min_price->minor) : "");
    add(filter.max_price ? std::to_string(filter.max_price->minor) : "");
    add(filter.vendor ? filter.vendor->to_string() : "");
    add(!filter.in_stock ? "" : *filter.in_stock ? "1" : "0");
    add(filter.search ? "?" + to_text(*filter.search) : "");
    return out;
}

bool is_plain(const Filter& f) {
    return f.listed_only && !f.search && !f.min_price && !f.max_price && !f.vendor && !f.in_stock;
}

std::string encode(Sort sort, const Keyset& keyset) {
    std::string out(to_text(sort));
    for (const std::string& part : {keyset.id.to_string(), keyset.query, keyset.value}) {
        (out += unit_separator) += part;
    }
    return out;
}

namespace {

/// Takes what stands before the next separator off `text`; false where there is none.
bool take(std::string_view& text, std::string_view& part) {
    const auto end = text.find(unit_separator);
    if (end == std::string_view::npos) return false;
    part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return true;
}

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

std::optional<Place> place_in(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto tier = number_in(text.substr(0, dot)), doc = number_in(text.substr(dot + 1));
    if (!tier || !doc || *tier < 0 || *tier >= tiers) return std::nullopt;
    return Place{static_cast<int>(*tier), *doc};
}

}  // namespace

std::optional<Keyset> decode(Sort sort, std::string_view text) {
    std::string_view name, id_text, query;
    if (!take(text, name) || name != to_text(sort) || !take(text, id_text) || !take(text, query)) {
        return std::nullopt;
    }
    const auto id = ProductId::parse(id_text);
    if (!id) return std::nullopt;
    if ((sort == Sort::price_up || sort == Sort::price_down) && !number_in(text)) return std::nullopt;
    if (sort == Sort::relevance && !place_in(text)) return std::nullopt;
    return Keyset{std::string(text), *id, std::string(query)};
}

Place place_of(const Keyset& keyset) {
    const auto place = place_in(keyset.value);
    CR_ASSERT(place);  // decode and keyset_of make no other
    return *place;
}

Keyset keyset_of(Sort sort, const Product& product, int tier) {
    switch (sort) {
        case Sort::newest:
            return {"", product.id};
        case Sort::price_up:
        case Sort::price_down:
            return {std::to_string(product.price.minor), product.id};
        case Sort::name:
            return {fold(product.name), product.id};
        case Sort::relevance:
            return {std::to_string(tier) + "." + std::to_string(product.doc), product.id};
    }
    return {};
}

}  // namespace cloudretail::product
