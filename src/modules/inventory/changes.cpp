// See changes.hpp.
#include "changes.hpp"

#include <algorithm>
#include <audit/audit.hpp>
#include <base/json.hpp>
#include <gateway/page.hpp>

#include "render.hpp"
#include "reservations.hpp"
#include "store.hpp"

namespace cloudretail::inventory {

namespace {

std::vector<StockRow>::iterator row_in(std::vector<StockRow>& rows, std::string_view warehouse) {
    return std::find_if(rows.begin(), rows.end(),
                        [&](const auto& row) { return row.warehouse == warehouse; });
}

void write(db::Tx& tx, std::vector<StockRow>& rows, const Stocked& stocked) {
    if (!stocked.fresh) {
        store::update(tx, stocked.row);
        *row_in(rows, stocked.row.warehouse) = stocked.row;
        return;
    }
    store::insert(tx, stocked.row);
    const auto place =
        std::lower_bound(rows.begin(), rows.end(), stocked.row,
                         [](const auto& a, const auto& b) { return a.warehouse < b.warehouse; });
    rows.insert(place, stocked.row);
}

void record(db::Tx& tx, const Caller& caller, const char* action, ProductId product, std::int64_t quantity,
            std::optional<std::int64_t> threshold = std::nullopt) {
    json::Writer w;
    w.begin_object().member("quantity", quantity);
    if (threshold) w.member("lowStockThreshold", *threshold);
    w.end_object();
    audit::record(tx, caller, action, product.to_string(), w.take());
}

Result<db::StoredAnswer> answered(db::Tx& tx, const Asked& asked, int status, ProductId product,
                                  std::span<const StockRow> rows) {
    db::StoredAnswer answer;
    answer.status = status;
    answer.body = render(product, rows, true);
    answer.etag = etag_of(rows, true);
    answer.subject = product.to_string();
    if (status == 201) answer.location = "/api/inventory/" + product.to_string();
    db::keep(tx, asked.key, answer);
    return answer;
}

Result<> check_if_match(std::string_view if_match, std::span<const StockRow> rows) {
    if (if_match.empty() || gateway::check_if_match(if_match, etag_of(rows, false))) return {};
    return gateway::check_if_match(if_match, etag_of(rows, true));
}

}  // namespace

Result<db::StoredAnswer> refuse(db::Tx& tx, const Asked& asked, const Error& error) {
    return gateway::keep_refusal(tx, asked.key, error, {asked.path, asked.caller.request_id});
}

Result<std::optional<db::StoredAnswer>> claim_or_find(db::Tx& tx, const db::IdempotencyKey& key,
                                                      std::string_view subject) {
    auto known = db::claim(tx, key, subject);
    if (known && *known && (*known)->status == 0) return Error(cloudretail::errors::idempotency_in_progress);
    return known;
}

Result<db::StoredAnswer> receive(db::Tx& tx, const Asked& asked, const Delivery& delivery, UserId vendor) {
    const ProductId product = delivery.product_id;
    auto rows = store::stock_of(tx.session(), std::span(&product, 1), true);
    const Level before = level_of(rows);
    auto stocked = received(rows, delivery, vendor);
    if (!stocked) return refuse(tx, asked, stocked.error());
    write(tx, rows, *stocked);
    store::append(tx, {product, delivery.warehouse, delivery.quantity, "received", {}, asked.caller.id});
    record(tx, asked.caller, "stock.received", product, delivery.quantity, delivery.low_stock_threshold);
    publish_change(tx, before, rows, true, asked.caller.traceparent);
    return answered(tx, asked, stocked->fresh ? 201 : 200, product, rows);
}

Result<db::StoredAnswer> transfer(db::Tx& tx, const Asked& asked, ProductId product, const Transfer& t) {
    auto rows = store::stock_of(tx.session(), std::span(&product, 1), true);
    const Level before = level_of(rows);
    const auto from = row_in(rows, t.from);
    if (from == rows.end()) {
        return refuse(tx, asked,
                      {cloudretail::errors::not_found, "The product is not in the warehouse `from`."});
    }
    auto less = adjusted(*from, {t.from, std::nullopt, -t.quantity, std::nullopt, {}});
    if (!less) return refuse(tx, asked, less.error());
    auto more = received(rows, {product, t.quantity, t.to, std::nullopt}, from->vendor_id);
    if (!more) return refuse(tx, asked, more.error());
    write(tx, rows, {std::move(*less), false});
    write(tx, rows, *more);
    store::append(tx, {product, t.from, -t.quantity, "transferred", {}, asked.caller.id});
    store::append(tx, {product, t.to, t.quantity, "transferred", {}, asked.caller.id});
    record(tx, asked.caller, "stock.transferred", product, t.quantity);
    publish_change(tx, before, rows, true, asked.caller.traceparent);
    return answered(tx, asked, 200, product, rows);
}

Result<transfer::Fate> count(db::Tx& tx, const Caller& caller, std::vector<StockRow>& rows,
                             const Count& counted, UserId vendor) {
    const auto& [product, warehouse, quantity, threshold] = counted;
    const Level before = level_of(rows);
    const auto at = row_in(rows, warehouse);
    const bool fresh = at == rows.end();
    if (!fresh && at->quantity == quantity &&
        threshold.value_or(at->low_stock_threshold) == at->low_stock_threshold)
        return transfer::Fate::unchanged;
    const std::int64_t delta = fresh ? quantity : quantity - at->quantity;
    if (fresh) {
        auto stocked = received(rows, {product, quantity, warehouse, threshold}, vendor);
        if (!stocked) return stocked.error();
        write(tx, rows, *stocked);
    } else {
        auto row = adjusted(*at, {warehouse, quantity, std::nullopt, threshold, {}});
        if (!row) return row.error();
        write(tx, rows, {std::move(*row), false});
    }
    if (delta != 0)
        store::append(tx, {product, warehouse, delta, fresh ? "received" : "adjusted", {}, caller.id});
    record(tx, caller, fresh ? "stock.received" : "stock.adjusted", product, delta, threshold);
    publish_change(tx, before, rows, true, caller.traceparent);
    return fresh ? transfer::Fate::created : transfer::Fate::updated;
}

Result<Shown> adjust(db::Tx& tx, const Caller& caller, ProductId product, const Adjustment& adjustment,
                     std::string_view if_match) {
    auto rows = store::stock_of(tx.session(), std::span(&product, 1), true);
    const auto at = row_in(rows, adjustment.warehouse);
    if (at == rows.end())
        return Error(cloudretail::errors::not_found, "The product is not in this warehouse.");
    if (auto matched = check_if_match(if_match, rows); !matched) return matched.error();
    const Level before = level_of(rows);
    auto row = adjusted(*at, adjustment);
    if (!row) return row.error();
    const std::int64_t delta = row->quantity - at->quantity;
    write(tx, rows, {std::move(*row), false});
    if (delta != 0) {
        store::append(tx, {product, adjustment.warehouse, delta, "adjusted", adjustment.reason, caller.id});
    }
    record(tx, caller, "stock.adjusted", product, delta, adjustment.low_stock_threshold);
    publish_change(tx, before, rows, true, caller.traceparent);
    return Shown{render(product, rows, true), etag_of(rows, true)};
}

}  // namespace cloudretail::inventory
