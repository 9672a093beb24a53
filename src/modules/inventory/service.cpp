// See service.hpp.
#include "service.hpp"

#include <algorithm>

#include "render.hpp"
#include "reservations.hpp"

namespace cloudretail::inventory {

namespace {

constexpr std::string_view collection = "/api/inventory";
constexpr int republished_at_once = 200;  // short enough to let others write in between

Error not_found() { return {cloudretail::errors::not_found, "There is no such product."}; }

Error not_yours() { return {errors::not_your_stock, "This is for the product's vendor and administrators."}; }

Error invalid(std::vector<FieldError> fields) {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    error.fields = std::move(fields);
    return error;
}

// All who lock rows lock them in this order.
void sort(std::vector<Line>& lines) {
    std::sort(lines.begin(), lines.end(),
              [](const Line& a, const Line& b) { return a.product_id < b.product_id; });
}
void sort(std::vector<ProductId>& products) { std::sort(products.begin(), products.end()); }

}  // namespace

Service::Service(db::Database& database, product::Products& products)
    : database_(database),
      products_(products),
      wishes_(database, [](db::Tx& tx, auto wishes) { return inventory::reserve(tx, wishes); }) {}

void Service::reserve(OrderId order, std::vector<Line> lines, std::string traceparent, Then<Result<>> then) {
    sort(lines);
    wishes_.write_then(Wish{order, std::move(lines), std::move(traceparent)}, std::move(then));
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

Task<std::vector<StockLevel>> Service::levels(std::vector<ProductId> products) {
    auto job = [products](db::Session& session) { return store::stock_of(session, products, false); };
    const auto rows = co_await database_.read(std::move(job));
    std::vector<StockLevel> levels;
    levels.reserve(products.size());
    for (const auto& product : products) {
        const auto own = std::ranges::equal_range(rows, product, {}, &StockRow::product_id);
        const Level level = level_of(std::span(own.begin(), own.end()));
        levels.push_back({product, level.available, std::string(to_text(level.availability))});
    }
    co_return levels;
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

Task<Result<std::optional<UserId>>> Service::owner_of(Caller caller, ProductId id) {
    auto product = co_await product_of(id);
    if (!product) co_return std::nullopt;
    if (may_write(caller, product->vendor_id)) co_return product->vendor_id;
    if (product->status == product::Status::draft) co_return std::nullopt;
    co_return not_yours();
}

Task<Result<db::StoredAnswer>> Service::add(Caller caller, Delivery delivery, db::IdempotencyKey key) {
    delivery.warehouse = warehouse_name(delivery.warehouse);
    if (delivery.warehouse.empty()) co_return invalid({{"/warehouseLocation", "must be one line of text"}});
    auto owner = co_await owner_of(caller, delivery.product_id);
    if (!owner) co_return owner.error();
    if (!*owner && !key.present()) co_return not_found();
    auto job = [caller = std::move(caller), delivery = std::move(delivery), key = std::move(key),
                owner = *owner](db::Tx& tx) -> Result<db::StoredAnswer> {
        auto known = claim_or_find(tx, key, delivery.product_id.to_string());
        if (!known) return known.error();
        if (*known) return **known;
        const Asked asked{caller, key, std::string(collection)};
        if (!owner) return refuse(tx, asked, not_found());
        return receive(tx, asked, delivery, *owner);
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<db::StoredAnswer>> Service::transfer(Caller caller, ProductId product, Transfer transfer,
                                                 db::IdempotencyKey key) {
    transfer.from = warehouse_name(transfer.from);
    transfer.to = warehouse_name(transfer.to);
    auto problems = problems_of(transfer);
    if (!problems.empty()) co_return invalid(std::move(problems));
    auto owner = co_await owner_of(caller, product);
    if (!owner) co_return owner.error();
    if (!*owner && !key.present()) co_return not_found();
    auto job = [caller = std::move(caller), product, transfer = std::move(transfer), key = std::move(key),
                known_product = owner->has_value()](db::Tx& tx) -> Result<db::StoredAnswer> {
        auto known = claim_or_find(tx, key, product.to_string());
        if (!known) return known.error();
        if (*known) return **known;
        const Asked asked{caller, key, std::string(collection) + "/" + product.to_string() + "/transfer"};
        if (!known_product) return refuse(tx, asked, not_found());
        return inventory::transfer(tx, asked, product, transfer);
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Shown>> Service::adjust(Caller caller, ProductId product, Adjustment adjustment,
                                    std::string if_match) {
    adjustment.warehouse = warehouse_name(adjustment.warehouse);
    auto problems = problems_of(adjustment);
    if (!problems.empty()) co_return invalid(std::move(problems));
    auto owner = co_await owner_of(caller, product);
    if (!owner) co_return owner.error();
    if (!*owner) co_return not_found();
    auto job = [caller = std::move(caller), product, adjustment = std::move(adjustment),
                if_match = std::move(if_match)](db::Tx& tx) {
        return inventory::adjust(tx, caller, product, adjustment, if_match);
    };
    co_return co_await database_.write(std::move(job));
}

Task<Result<Listing>> Service::movements(Caller caller, ProductId product, std::string warehouse,
                                         MovementPart part) {
    auto owner = co_await owner_of(std::move(caller), product);
    if (!owner) co_return owner.error();
    if (!*owner) co_return not_found();
    struct Read {
        std::vector<store::LedgerEntry> entries;
        std::int64_t total = 0;
    };
    auto job = [product, warehouse = std::move(warehouse), part](db::Session& session) {
        Read read;
        // One more than asked for tells whether there is more.
        read.entries =
            store::movements(session, product, warehouse, part.before, part.offset, part.limit + 1);
        read.total = store::count_movements(session, product, warehouse);
        return read;
    };
    auto read = co_await database_.snapshot(std::move(job));
    Listing listing;
    listing.total = read.total;
    if (read.entries.size() > static_cast<std::size_t>(part.limit)) {
        read.entries.pop_back();
        listing.next_keyset = read.entries.back().id.to_string();
    }
    for (const auto& entry : read.entries) listing.items.push_back(render(entry));
    co_return listing;
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

Task<std::int64_t> Service::republish() {
    std::int64_t told = 0;
    for (std::optional<ProductId> before;;) {
        auto job = [before](db::Tx& tx) {
            auto products = store::products(tx.session(), {}, before, 0, republished_at_once);
            std::reverse(products.begin(), products.end());
            publish_again(tx, products);
            return products;
        };
        const auto products = co_await database_.write(std::move(job));
        if (products.empty()) co_return told;
        told += static_cast<std::int64_t>(products.size());
        before = products.front();
    }
}

}  // namespace cloudretail::inventory
