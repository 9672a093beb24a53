// See cart_render.hpp.
#include "cart_render.hpp"

#include <base/json.hpp>
#include <security/password.hpp>

namespace cloudretail::order {

namespace {

constexpr std::size_t digest_chars = 16;

/// Never the same for two contents: the row may be swept and begun anew, but not within one moment.
std::string state_of(const Cart& cart) {
    return std::to_string(cart.version) + "-" + std::to_string(cart.updated_at.value_or(Timestamp{}).ms);
}

void write(json::Writer& w, const CheckedLine& checked) {
    w.begin_object().member("productId", checked.line.product_id);
    if (checked.vendor_id) w.member("vendorId", *checked.vendor_id);
    w.member("name", checked.line.name).member("unitPrice", checked.unit_price);
    w.member("priceWhenAdded", checked.line.price).member("quantity", checked.line.quantity);
    w.member("total", checked.total());
    if (checked.stock)
        w.member("available", checked.stock->available).member("availability", checked.stock->availability);
    w.key("messages").begin_array();
    for (const auto& message : checked.messages)
        w.begin_object().member("code", message.code).member("detail", message.detail).end_object();
    w.end_array().end_object();
}

}  // namespace

std::string to_json(const Cart& cart, const std::vector<CheckedLine>& lines,
                    const std::vector<ProductId>& left_out, const std::string& currency) {
    json::Writer w;
    w.reserve(160 + lines.size() * 320);
    w.begin_object().key("items").begin_array();
    for (const auto& line : lines) write(w, line);
    w.end_array().member("subtotal", rules::subtotal(lines)).member("currency", currency);
    if (!left_out.empty()) {
        w.key("leftOut").begin_array();
        for (const auto& id : left_out)
            w.begin_object()
                .member("productId", id)
                .member("code", "no-longer-sold")
                .member("detail", "This is not sold.")
                .end_object();
        w.end_array();
    }
    w.member("updatedAt", cart.updated_at).end_object();
    return w.take();
}

std::string to_json(const Cart& cart) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const auto& line : cart.lines) {
        w.begin_object().member("productId", line.product_id).member("name", line.name);
        w.member("quantity", line.quantity).member("priceWhenAdded", line.price).end_object();
    }
    w.end_array().member("updatedAt", cart.updated_at).end_object();
    return w.take();
}

std::string etag_of(const Cart& cart, std::string_view body) {
    return "\"" + state_of(cart) + "." + security::sha256_hex(body).substr(0, digest_chars) + "\"";
}

Result<> check_if_match(std::string_view if_match, const Cart& cart) {
    while (!if_match.empty() && (if_match.front() == ' ' || if_match.front() == '\t'))
        if_match.remove_prefix(1);
    if (if_match.empty() || if_match.starts_with('*')) return {};
    // Weak tags do not match strongly (RFC 9110): theirs begin with W/.
    const std::string state = "\"" + state_of(cart) + ".";
    for (auto at = if_match.find(state); at != std::string_view::npos; at = if_match.find(state, at + 1))
        if (at == 0 || if_match[at - 1] != '/') return {};
    return Error(cloudretail::errors::stale, "The cart was changed since it was read; read it again.");
}

}  // namespace cloudretail::order
