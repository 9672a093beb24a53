// See render.hpp.
#include "render.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <tuple>

namespace cloudretail::product {

std::string render(const Product& p, std::string_view currency) {
    json::Writer w;
    w.reserve(512 + p.description.size() + p.attributes.size() + p.images.size());
    w.begin_object().member("id", p.id).member("slug", p.slug).member("name", p.name);
    w.member("description", p.description).member("price", p.price).member("currency", currency);
    w.member("category", p.category).member("sku", p.sku).member("status", to_text(p.status));
    w.member("vendorId", p.vendor_id).key("attributes").raw(p.attributes);
    w.key("images").raw(p.images);
    w.member("availability", to_text(p.availability));
    w.member("createdAt", p.created_at).member("updatedAt", p.updated_at).end_object();
    return w.take();
}

std::string render_used(std::vector<Category> categories) {
    std::erase_if(categories, [](const Category& c) { return c.listed_products == 0; });
    std::sort(categories.begin(), categories.end(), [](const Category& a, const Category& b) {
        return std::tie(b.listed_products, a.slug) < std::tie(a.listed_products, b.slug);
    });
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const Category& c : categories) {
        w.begin_object().member("slug", c.slug).member("name", c.name);
        w.member("count", c.listed_products).end_object();
    }
    w.end_array().end_object();
    return w.take();
}

std::string render(const Node& node) {
    const Category& c = node.category;
    json::Writer w;
    w.begin_object().member("id", c.id).member("slug", c.slug).member("name", c.name).key("parentId");
    c.parent ? w.value(c.parent->to_string()) : w.null();
    w.member("position", c.position).member("depth", node.depth);
    w.member("productCount", c.listed_products).member("totalProductCount", node.total_products);
    w.member("createdAt", c.created_at).member("updatedAt", c.updated_at).end_object();
    return w.take();
}

std::string render(const std::vector<Node>& tree) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const Node& node : tree) w.raw(render(node));
    w.end_array().end_object();
    return w.take();
}

namespace {

void render_others(const store::Facets& facets, json::Writer& w) {
    w.key("vendors");
    if (!facets.others_counted) {
        w.null().key("availability").null();
        return;
    }
    w.begin_array();
    for (const store::VendorCount& vendor : facets.vendors)
        w.begin_object().member("id", vendor.id).member("count", vendor.count).end_object();
    w.end_array().key("availability").begin_object();
    for (const auto a : {Availability::in_stock, Availability::low_stock, Availability::out_of_stock})
        w.member(to_text(a), facets.availability[static_cast<std::size_t>(a)]);
    w.end_object();
}

}  // namespace

std::string render(const store::Facets& facets) {
    json::Writer w;
    w.begin_object().member("complete", facets.complete).key("categories").begin_array();
    for (const store::Shelf& shelf : facets.categories) {
        w.begin_object().member("slug", shelf.slug).member("name", shelf.name);
        w.member("count", shelf.count).end_object();
    }
    w.end_array().key("price");
    if (facets.min_price && facets.max_price) {
        w.begin_object().member("min", *facets.min_price).member("max", *facets.max_price).end_object();
    } else {
        w.null();
    }
    render_others(facets, w);
    w.end_object();
    return w.take();
}

std::string text_or_null(std::string_view text) {
    json::Writer w;
    text.empty() ? w.null() : w.value(text);
    return w.take();
}

std::string render(const Suggestions& suggestions) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const Suggestion& s : suggestions.items) {
        w.begin_object().member("type", s.type).member("text", s.text);
        if (s.slug) w.member("slug", *s.slug);
        if (s.id) w.member("id", *s.id);
        w.end_object();
    }
    w.end_array().key("didYouMean").raw(text_or_null(suggestions.did_you_mean)).end_object();
    return w.take();
}

}  // namespace cloudretail::product
