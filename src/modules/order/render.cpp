// JSON of the order resource; see render.hpp.
#include "render.hpp"

#include <base/json.hpp>
#include "rules.hpp"

namespace cloudretail::order {

namespace {

void write_lines(json::Writer& w, const Order& order) {
    w.key("items").begin_array();
    for (const auto& line : order.lines) {
        w.begin_object().member("productId", line.product_id).member("vendorId", line.vendor_id);
        w.member("name", line.name).member("unitPrice", line.unit_price).member("quantity", line.quantity);
        w.member("total", line.total()).end_object();
    }
    w.end_array();
    Money subtotal;
    for (const auto& line : order.lines) subtotal = subtotal + line.total();
    w.member("subtotal", subtotal);
    w.key("adjustments").begin_array().end_array();
    w.member("total", order.total).member("currency", order.currency);
    w.key("shippingAddress").raw(order.shipping_address);
}

void write_fulfilments(json::Writer& w, const Order& order) {
    w.key("fulfilments").begin_array();
    for (const auto& f : rules::fulfilments(order)) {
        w.begin_object().member("vendorId", f.vendor_id).member("status", to_text(f.status));
        w.key("trackingNumber");
        if (f.tracking_number.empty())
            w.null();
        else
            w.value(f.tracking_number);
        w.end_object();
    }
    w.end_array();
}

void write_refunds(json::Writer& w, const Order& order) {
    w.key("refunds").begin_array();
    for (const auto& refund : order.refunds) {
        w.begin_object().member("id", refund.id.to_string()).member("kind", refund.kind);
        w.member("status", refund.status).member("amount", refund.amount).member("reason", refund.reason);
        w.key("items").begin_array();
        for (const auto& line : refund.lines) {
            w.begin_object().member("productId", line.product_id).member("quantity", line.quantity);
            w.member("restock", line.restock).end_object();
        }
        w.end_array().member("createdAt", refund.created_at).end_object();
    }
    w.end_array();
}

std::string render(const Order& order, bool whole) {
    json::Writer w;
    w.reserve(512 + order.lines.size() * 240);
    w.begin_object().member("id", order.id).member("number", order.number);
    w.member("status", to_text(order.status));
    if (!order.reason.empty()) w.member("reason", order.reason);
    if (whole) w.member("customerId", order.customer_id);
    write_lines(w, order);
    if (whole) {
        w.key("payment").begin_object().member("id", order.payment_id).member("method", order.payment_method);
        w.member("status", order.payment_status).end_object();
    }
    write_fulfilments(w, order);
    if (whole) {
        write_refunds(w, order);
        if (!order.cancel_note.empty()) w.member("cancelNote", order.cancel_note);
    }
    w.member("createdAt", order.created_at).member("updatedAt", order.updated_at).end_object();
    return w.take();
}

}  // namespace

std::string to_json(const Order& order) { return render(order, true); }
std::string to_vendor_json(const Order& own_lines) { return render(own_lines, false); }

std::string to_json(const Address& a) {
    json::Writer w;
    w.begin_object().member("street", a.street).member("city", a.city);
    if (!a.state.empty()) w.member("state", a.state);
    w.member("zipCode", a.zip_code).member("country", a.country).end_object();
    return w.take();
}

std::string to_json(const std::vector<TimelineItem>& items) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const auto& item : items) {
        w.begin_object().member("type", item.type).member("at", item.at);
        w.key("data").raw(item.data).end_object();
    }
    w.end_array().end_object();
    return w.take();
}

std::string etag_of(const Order& order) {
    return "\"" + std::to_string(order.version) + "-" + std::to_string(order.lines.size()) + "\"";
}

}  // namespace cloudretail::order
