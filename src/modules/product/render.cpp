// See render.hpp.
#include "render.hpp"

#include <base/json.hpp>

namespace cloudretail::product {

std::string render(const Product& p, std::string_view currency) {
    json::Writer w;
    w.reserve(512 + p.description.size() + p.attributes.size());
    w.begin_object().member("id", p.id).member("slug", p.slug).member("name", p.name);
    w.member("description", p.description).member("price", p.price).member("currency", currency);
    w.member("category", p.category).member("sku", p.sku).member("status", to_text(p.status));
    w.member("vendorId", p.vendor_id).key("attributes").raw(p.attributes);
    w.key("images").begin_array().end_array();
    w.member("availability", to_text(p.availability));
    w.member("createdAt", p.created_at).member("updatedAt", p.updated_at).end_object();
    return w.take();
}

std::string render(const std::vector<store::Category>& categories) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const auto& c : categories) {
        w.begin_object().member("slug", c.slug).member("name", c.name).member("count", c.count).end_object();
    }
    w.end_array().end_object();
    return w.take();
}

}  // namespace cloudretail::product
