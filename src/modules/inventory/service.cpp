// See service.hpp.
#include "service.hpp"

#include <algorithm>
#include <gateway/page.hpp>
#include <gateway/problem.hpp>

#include "render.hpp"
#include "reservations.hpp"

namespace cloudretail::inventory {

namespace {

constexpr std::string_view collection = "/api/inventory";

Error not_found() { return {cloudretail::errors::not_found, "There is no such product."}; }

Error not_yours() {
    return {errors::not_your_stock, "Only the product's vendor or an administrator may change its stock."};
}

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "The request is not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

// All who lock rows lock them in this order.
void sort(std::vector<Line>& lines) {
    std::sort(lines.begin(), lines.end(),
              [](const Line& a, const Line& b) { return a.product_id < b.product_id; });
}
void sort(std::vector<ProductId>& products) { std::sort(products.begin(), products.end()); }

/// A refusal by inventory's rules: kept under the idempotency key where there is one, like a success.
Result<db::StoredAnswer> refuse(db::Tx& tx, const db::IdempotencyKey& key, const Error& error,
                                const Caller& caller) {
    if (!key.present()) return error;
    const auto problem = gateway::problem_response(error, {collection, caller.request_id});
    db::StoredAnswer answer;
    answer.status = problem.status;
    answer.body = problem.body;
    db::keep(tx, key, answer);
    return answer;
}

/// What was answered to this key before; nullopt: the key is ours now.
Result<std::optional<db::StoredAnswer>> claim_or_find(db::Tx& tx, const db::IdempotencyKey& key,
                                                      std::string_view subject) {
    auto known = db::claim(tx, key, subject);
    if (known && *known && (*known)->status == 0) return Error(cloudretail::errors::idempotency_in_progress);
    return known;
}

Result<db::StoredAnswer> receive(db::Tx& tx, const Caller& caller, const Delivery& delivery, UserId vendor,
                                 const db::IdempotencyKey& key) {
    const ProductId product = delivery.product_id;
    auto rows = store::stock_of(tx.session(), std::span(&product, 1), true);
    const Level before = level_of(rows);
    auto at = std::find_if(rows.begin(), rows.end(),
                           [&](const auto& row) { return row.warehouse == delivery.warehouse; });
    const bool fresh = at == rows.end();
    if (fresh) {
        if (rows.size() >= max_warehouses) {
            return refuse(tx, key, invalid("/warehouseLocation", "the product is in 100 warehouses already"),
                          caller);
        }
        StockRow row{product, delivery.warehouse, vendor, delivery.quantity};
        row.low_stock_threshold = delivery.low_stock_threshold.value_or(default_low_stock_threshold);
        store::insert(tx, row);
        const auto place = std::lower_bound(rows.begin(), rows.end(), row, [](const auto& a, const auto& b) {
            return a.warehouse < b.warehouse;
        });
        rows.insert(place, std::move(row));
    } else {
        Adjustment more{
            delivery.warehouse, std::nullopt, delivery.quantity, delivery.low_stock_threshold, {}};
        auto row = adjusted(*at, more);
        if (!row) return refuse(tx, key, invalid("/quantity", "there would be more than 1000000000"), caller);
        store::update(tx, *row);
        *at = std::move(*row);
    }
    store::append(tx, {product, delivery.warehouse, delivery.quantity, "received", {}, caller.id});
    publish_change(tx, product, before, level_of(rows), true, caller.traceparent);
    db::StoredAnswer answer;
    answer.status = fresh ? 201 : 200;
    answer.body = render(product, rows, true);
    answer.location = std::string(collection) + "/" + product.to_string();
    answer.etag = etag_of(rows, true);
    answer.subject = product.to_string();
    db::keep(tx, key, answer);
    return answer;
}

Result<> check_if_match(std::string_view if_match, std::span<const StockRow> rows) {
    if (if_match.empty() || gateway::check_if_match(if_match, etag_of(rows, false))) return {};
    return gateway::check_if_match(if_match, etag_of(rows, true));
}

Result<Shown> change(db::Tx& tx, const Caller& caller, ProductId product, const Adjustment& adjustment,
                     std::string_view if_match) {
    auto rows = store::stock_of(tx.session(), std::span(&product, 1), true);
    auto at = std::find_if(rows.begin(), rows.end(),
                           [&](const auto& row) { return row.warehouse == adjustment.warehouse; });
    if (at == rows.end())
        return Error(cloudretail::errors::not_found, "The product is not in this warehouse.");
    if (auto matched = check_if_match(if_match, rows); !matched) return matched.error();
    const Level before = level_of(rows);
    auto row = adjusted(*at, adjustment);
    if (!row) return row.error();
    store::update(tx, *row);
    const std::int64_t delta = row->quantity - at->quantity;
    if (delta != 0)
        store::append(tx, {product, row->warehouse, delta, "adjusted", adjustment.reason, caller.id});
    *at = std::move(*row);
    publish_change(tx, product, before, level_of(rows), true, caller.traceparent);
    return Shown{render(product, rows, true), etag_of(rows, true)};
}

}  // namespace

Service::Service(db::Database& database, product::Products& products)
    : database_(database), products_(products) {}

void Service::reserve(OrderId order, std::vector<Line> lines, std::string traceparent, Then<Result<>> then) {
    sort(lines);
    database_.write_then([order, lines = std::move(lines), traceparent = std::move(traceparent)](
                             db::Tx& tx) { return inventory::reserve(tx, order, lines, traceparent); },
                         std::move(then));
}

void Service::release(OrderId order, std::string traceparent, Then<Result<>> then) {
    database_.write_then([order, traceparent = std::move(traceparent)](
                             db::Tx& tx) { return inventory::release(tx, order, traceparent); },
                         std::move(then));
}

void Service::release_lines(OrderId order, std::vector<ProductId> products, std::string traceparent,
                            Then<Result<>> then) {
    sort(products);
    database_.write_then(
        [order, products = std::move(products), traceparent = std::move(traceparent)](db::Tx& tx) {
            return inventory::release_lines(tx, order, products, traceparent);
        },
        std::move(then));
}

void Service::ship(OrderId order, std::vector<ProductId> products, UserId actor, std::string traceparent,
                   Then<Result<>> then) {
    sort(products);
    database_.write_then([order, products = std::move(products), actor, traceparent = std::move(traceparent)](
                             db::Tx& tx) { return inventory::ship(tx, order, products, actor, traceparent); },
                         std::move(then));
}

void Service::restock(OrderId order, Uuid refund_id, std::vector<Line> lines, UserId actor,
                      std::string traceparent, Then<Result<>> then) {
    sort(lines);
    database_.write_then(
        [order, refund_id, lines = std::move(lines), actor, traceparent = std::move(traceparent)](
            db::Tx& tx) { return inventory::restock(tx, order, refund_id, lines, actor, traceparent); },
        std::move(then));
}

Task<std::vector<ReservedLine>> Service::reserved(std::vector<OrderId> orders) {
    auto job = [orders = std::move(orders)](db::Session& session) {
        return store::reserved(session, orders);
    };
    co_return co_await database_.read(std::move(job));
}

Task<std::vector<ReservedLine>> Service::shipped(std::vector<OrderId> orders) {
    auto job = [orders = std::move(orders)](db::Session& session) { return store::shipped(session, orders); };
    co_return co_await database_.read(std::move(job));
}

Task<std::vector<OrderId>> Service::holders(OrderId after, int limit) {
    auto job = [after, limit](db::Session& session) { return store::holders(session, after, limit); };
    co_return co_await database_.read(std::move(job));
}

Task<std::optional<product::Snapshot>> Service::product_of(ProductId id) {
    std::vector<ProductId> ids{id};
    auto found = co_await products_.find(std::move(ids));
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

Task<Result<db::StoredAnswer>> Service::add(Caller caller, Delivery delivery, db::IdempotencyKey key) {
    delivery.warehouse = warehouse_name(delivery.warehouse);
    if (delivery.warehouse.empty()) co_return invalid("/warehouseLocation", "must be one line of text");
    auto product = co_await product_of(delivery.product_id);
    const bool seen =
        product && (product->status != product::Status::draft || may_write(caller, product->vendor_id));
    if (seen && !may_write(caller, product->vendor_id)) co_return not_yours();
    if (!seen && !key.present()) co_return not_found();
    const UserId vendor = seen ? product->vendor_id : UserId{};
    auto job = [caller = std::move(caller), delivery = std::move(delivery), key = std::move(key), seen,
                vendor](db::Tx& tx) -> Result<db::StoredAnswer> {
        const std::string subject = delivery.product_id.to_string();
        auto known = claim_or_find(tx, key, subject);
        if (!known) return known.error();
        if (*known) return **known;
        if (!seen) return refuse(tx, key, not_found(), caller);
        return receive(tx, caller, delivery, vendor, key);
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Shown>> Service::adjust(Caller caller, ProductId product, Adjustment adjustment,
                                    std::string if_match) {
    adjustment.warehouse = warehouse_name(adjustment.warehouse);
    auto problems = problems_of(adjustment);
    if (!problems.empty()) {
        Error error(cloudretail::errors::validation, "Some fields are not valid.");
        error.fields = std::move(problems);
        co_return error;
    }
    auto found = co_await product_of(product);
    if (!found) co_return not_found();
    if (!may_write(caller, found->vendor_id)) {
        if (found->status == product::Status::draft) co_return not_found();
        co_return not_yours();
    }
    auto job = [caller = std::move(caller), product, adjustment = std::move(adjustment),
                if_match = std::move(if_match)](db::Tx& tx) {
        return change(tx, caller, product, adjustment, if_match);
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Shown>> Service::get(Caller caller, ProductId product) {
    auto found = co_await product_of(product);
    if (!found) co_return not_found();
    const bool owner = may_write(caller, found->vendor_id);
    if (found->status == product::Status::draft && !owner) co_return not_found();
    auto job = [product](db::Session& session) {
        return store::stock_of(session, std::span(&product, 1), false);
    };
    auto rows = co_await database_.read(std::move(job));
    co_return Shown{render(product, rows, owner), etag_of(rows, owner)};
}

Task<Listing> Service::list(Caller caller, std::optional<bool> low, Part part) {
    store::Filter filter;
    if (!caller.is_admin()) filter.vendor = caller.id;
    filter.low = low;
    struct Read {
        std::vector<ProductId> products;
        std::vector<StockRow> rows;
        std::int64_t total = 0;
    };
    auto job = [filter, part](db::Session& session) {
        Read read;
        // One more than asked for tells whether there is more.
        read.products = store::products(session, filter, part.before, part.offset, part.limit + 1);
        read.rows = store::stock_of(session, read.products, false);
        read.total = store::count(session, filter);
        return read;
    };
    auto read = co_await database_.snapshot(std::move(job));
    Listing listing;
    listing.total = read.total;
    if (read.products.size() > static_cast<std::size_t>(part.limit)) {
        read.products.pop_back();
        listing.next_keyset = read.products.back().to_string();
    }
    for (const ProductId product : read.products) {
        std::vector<StockRow> own;
        std::copy_if(read.rows.begin(), read.rows.end(), std::back_inserter(own),
                     [product](const StockRow& row) { return row.product_id == product; });
        listing.items.push_back(render(product, own, true));
    }
    co_return listing;
}

}  // namespace cloudretail::inventory
