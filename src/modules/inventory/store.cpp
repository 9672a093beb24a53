// See store.hpp.
#include "store.hpp"

#include <algorithm>
#include <db/rows.hpp>
#include <iterator>

namespace cloudretail::inventory::store {

namespace {

StockRow read(const db::Row& row) {
    return {row.id<ProductId>(0), row.text(1),    row.id<UserId>(2), row.integer(3),
            row.integer(4),       row.integer(5), row.integer(6)};
}

ReservedLine read_line(const db::Row& row) {
    return {row.id<OrderId>(0), row.id<ProductId>(1), row.integer(2)};
}

Reservation read_reservation(const db::Row& row) {
    using State = Reservation::State;
    const State ended = row.is_null(4) ? State::open : State::shipped;
    Reservation r{{}, row.text(1), row.integer(2), row.is_null(3) ? ended : State::released};
    if (!row.text(0).empty()) r.product_id = row.id<ProductId>(0);
    return r;
}

/// The random end of the id as PostgreSQL's number of an advisory lock.
std::int64_t lock_of(OrderId order) {
    std::uint64_t number = 0;
    for (std::size_t i = 8; i < 16; ++i) number = number << 8 | order.uuid.bytes[i];
    return static_cast<std::int64_t>(number);
}

/// The FROM … HAVING part of a list, and its binds.
struct Question {
    std::string text = " FROM stock WHERE quantity >= 0";
    std::vector<db::Bind> binds;
};

Question ask(const Filter& filter, const std::optional<ProductId>& before) {
    Question q;
    if (filter.vendor) {
        q.text += " AND vendor_id = :vendor";
        q.binds.emplace_back(*filter.vendor);
    }
    if (before) {
        q.text += " AND product_id < :before";
        q.binds.emplace_back(*before);
    }
    q.text += " GROUP BY product_id";
    if (filter.low) {
        q.text += " HAVING SUM(quantity - reserved) ";
        q.text += *filter.low ? "<=" : ">";
        q.text += " SUM(low_stock_threshold)";
    }
    return q;
}

}  // namespace

std::vector<StockRow> stock_of(db::Session& session, std::span<const ProductId> products, bool locked) {
    const std::vector<db::Bind> list(products.begin(), products.end());
    constexpr std::string_view plain =
        "SELECT product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, version FROM "
        "stock "
        "WHERE product_id IN ({}) ORDER BY product_id, warehouse";
    constexpr std::string_view locking =
        "SELECT product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, version FROM "
        "stock "
        "WHERE product_id IN ({}) ORDER BY product_id, warehouse FOR UPDATE";
    const bool lock = locked && session.dialect() == db::Dialect::postgresql;
    return session.query_in("tttiiii", lock ? locking : plain, list, read);
}

void hold(db::Tx& tx, OrderId order) {
    if (tx->dialect() == db::Dialect::postgresql)  // SQLite: the one writer is the lock
        tx->number("SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock(:order)) AS held", lock_of(order));
}

std::vector<StockRow> hold_with_stock(db::Tx& tx, std::span<const OrderId> orders,
                                      std::span<const ProductId> products) {
    if (tx->dialect() == db::Dialect::sqlite) {
        constexpr std::size_t at_once = 64;  // so that few statement texts exist
        std::vector<StockRow> rows;
        for (; !products.empty(); products = products.subspan(std::min(at_once, products.size()))) {
            auto some = stock_of(tx.session(), products.first(std::min(at_once, products.size())), true);
            std::ranges::move(some, std::back_inserter(rows));
        }
        return rows;
    }
    // One statement, because each is a round trip of every checkout.
    std::vector<std::int64_t> locks;
    for (const OrderId order : orders) locks.push_back(lock_of(order));
    std::ranges::sort(locks);
    return tx->query(
        "tttiiii",
        "WITH held AS MATERIALIZED (SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock(number) FROM "
        "unnest(CAST(:orders AS BIGINT[])) AS number) AS locks) SELECT product_id, warehouse, vendor_id, "
        "quantity, reserved, low_stock_threshold, version FROM held CROSS JOIN stock WHERE product_id = "
        "ANY(CAST(:products AS TEXT[])) ORDER BY product_id, warehouse FOR UPDATE OF stock",
        read, db::array_of(std::vector<db::Bind>(locks.begin(), locks.end())),
        db::array_of(std::vector<db::Bind>(products.begin(), products.end())));
}

void insert(db::Tx& tx, const StockRow& row) {
    try {
        tx->exec(
            "INSERT INTO stock (product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, "
            "version, updated_at) VALUES (:product, :warehouse, :vendor, :quantity, :reserved, :threshold, "
            ":version, :now)",
            row.product_id, row.warehouse, row.vendor_id, row.quantity, row.reserved, row.low_stock_threshold,
            row.version, tx.now());
    } catch (const db::ConstraintViolation&) {
        throw Unavailable("the product came into this warehouse a moment ago");
    }
}

void update(db::Tx& tx, const StockRow& row) {
    tx->exec(
        "UPDATE stock SET quantity = :quantity, low_stock_threshold = :threshold, version = :version, "
        "updated_at = :now WHERE product_id = :product AND warehouse = :warehouse",
        row.quantity, row.low_stock_threshold, row.version, tx.now(), row.product_id, row.warehouse);
}

void append(db::Tx& tx, const Movement& m) {
    const std::optional<std::string> reason =
        m.reason.empty() ? std::nullopt : std::optional(std::string(m.reason));
    tx->exec(
        "INSERT INTO movements (product_id, id, warehouse, delta, kind, reason, actor_id, order_id, "
        "refund_id, "
        "created_at) VALUES (:product, :id, :warehouse, :delta, :kind, :reason, :actor, :order, :refund, "
        ":now)",
        m.product_id, make_uuid(), m.warehouse, m.delta, m.kind, reason, m.actor_id, m.order_id, m.refund_id,
        tx.now());
}

std::vector<LedgerEntry> movements(db::Session& session, ProductId product, const std::string& warehouse,
                                   const std::optional<Uuid>& before, std::int64_t offset, int limit) {
    std::vector<db::Bind> binds{product};
    std::string sql =
        "SELECT id, warehouse, delta, kind, reason, actor_id, order_id, refund_id, created_at FROM movements "
        "WHERE product_id = :product";
    if (!warehouse.empty()) {
        sql += " AND warehouse = :warehouse";
        binds.emplace_back(warehouse);
    }
    if (before) {
        sql += " AND id < :before";
        binds.emplace_back(*before);
    }
    binds.emplace_back(limit);
    binds.emplace_back(before ? std::int64_t{0} : offset);
    return session.query_with(
        "ttittttti", sql + " ORDER BY id DESC LIMIT :limit OFFSET :offset", binds, [](const db::Row& row) {
            const auto id = Uuid::parse(row.text(0));
            CR_ASSERT(id);
            return LedgerEntry{
                *id,         row.text(1),       row.integer(2),    row.text(3), row.maybe_text(4),
                row.text(5), row.maybe_text(6), row.maybe_text(7), row.time(8)};
        });
}

std::int64_t count_movements(db::Session& session, ProductId product, const std::string& warehouse) {
    if (warehouse.empty())
        return session.number("SELECT COUNT(*) FROM movements WHERE product_id = :product", product);
    return session.number(
        "SELECT COUNT(*) FROM movements WHERE product_id = :product AND warehouse = :warehouse", product,
        warehouse);
}

std::vector<Reservation> reservations_of(db::Session& session, OrderId order) {
    return session.query(
        "ttiii",
        "SELECT product_id, warehouse, quantity, released_at, shipped_at FROM reservations WHERE order_id = "
        ":order ORDER BY product_id, warehouse",
        read_reservation, order);
}

std::map<OrderId, std::vector<Reservation>> reservations_of(db::Session& session,
                                                            std::span<const OrderId> orders) {
    std::map<OrderId, std::vector<Reservation>> all;
    if (session.dialect() == db::Dialect::sqlite) {
        for (const OrderId order : orders) {
            auto held = reservations_of(session, order);
            if (!held.empty()) all.emplace(order, std::move(held));
        }
        return all;
    }
    const auto add = [&all](const db::Row& row) {
        all[row.id<OrderId>(5)].push_back(read_reservation(row));
        return 0;
    };
    session.query(
        "ttiiit",
        "SELECT product_id, warehouse, quantity, released_at, shipped_at, order_id FROM reservations WHERE "
        "order_id = ANY(CAST(:orders AS TEXT[])) ORDER BY order_id, product_id, warehouse",
        add, db::array_of(std::vector<db::Bind>(orders.begin(), orders.end())));
    return all;
}

void reserve(db::Tx& tx, std::span<const Taken> taken) {
    struct Sum {
        std::int64_t quantity = 0, times = 0;
    };
    std::map<std::pair<ProductId, std::string_view>, Sum> sums;
    db::Rows reservations("order_id, product_id, warehouse, quantity, created_at", "tttii");
    for (const Taken& t : taken) {
        Sum& sum = sums[{t.row->product_id, t.row->warehouse}];
        sum.quantity += t.quantity;
        ++sum.times;
        reservations.add(t.order, t.row->product_id, std::string_view(t.row->warehouse), t.quantity,
                         tx.now());
    }
    db::Rows rows("product, warehouse, more, times", "ttii");
    for (const auto& [row, sum] : sums) rows.add(row.first, row.second, sum.quantity, sum.times);
    const auto changed = db::update(
        tx.session(), "stock", "reserved = reserved + {more}, version = version + {times}",
        "product_id = {product} AND warehouse = {warehouse} AND reserved + {more} <= quantity", rows);
    if (std::ranges::find(changed, false) != changed.end())
        throw std::runtime_error("stock changed while it was reserved");
    db::insert(tx.session(), "reservations", reservations);
}

void release(db::Tx& tx, OrderId order, const Reservation& r) {
    const auto changed = tx->exec(
        "UPDATE stock SET reserved = reserved - :less, version = version + 1 WHERE product_id = :product AND "
        "warehouse = :warehouse AND reserved >= :asked",
        r.quantity, r.product_id, r.warehouse, r.quantity);
    if (changed != 1) throw std::runtime_error("less is reserved than an order holds");
    tx->exec(
        "UPDATE reservations SET released_at = :now WHERE order_id = :order AND product_id = :product AND "
        "warehouse = :warehouse",
        tx.now(), order, r.product_id, r.warehouse);
}

void ship(db::Tx& tx, OrderId order, const Reservation& r) {
    const auto changed = tx->exec(
        "UPDATE stock SET quantity = quantity - :gone, reserved = reserved - :less, version = version + 1, "
        "updated_at = :now WHERE product_id = :product AND warehouse = :warehouse AND reserved >= :asked",
        r.quantity, r.quantity, tx.now(), r.product_id, r.warehouse, r.quantity);
    if (changed != 1) throw std::runtime_error("less is reserved than an order holds");
    tx->exec(
        "UPDATE reservations SET shipped_at = :now WHERE order_id = :order AND product_id = :product AND "
        "warehouse = :warehouse",
        tx.now(), order, r.product_id, r.warehouse);
}

void put_back(db::Tx& tx, ProductId product, std::string_view warehouse, std::int64_t quantity) {
    const auto changed = tx->exec(
        "UPDATE stock SET quantity = quantity + :more, version = version + 1, updated_at = :now WHERE "
        "product_id = :product AND warehouse = :warehouse",
        quantity, tx.now(), product, warehouse);
    if (changed != 1) throw std::runtime_error("the warehouse that goods come back to has no stock row");
}

void mark_released(db::Tx& tx, OrderId order) {
    tx->exec(
        "INSERT INTO reservations (order_id, product_id, warehouse, quantity, created_at, released_at) "
        "VALUES "
        "(:order, '', '', 0, :now, :released)",
        order, tx.now(), tx.now());
}

std::vector<Departure> departures(db::Session& session, OrderId order) {
    return session.query(
        "tti",
        "SELECT product_id, warehouse, CAST(SUM(-delta) AS BIGINT) FROM movements WHERE order_id = :order "
        "GROUP BY product_id, warehouse ORDER BY product_id, warehouse",
        [](const db::Row& row) {
            return Departure{row.id<ProductId>(0), row.text(1), row.integer(2)};
        },
        order);
}

bool returned(db::Session& session, OrderId order, const Uuid& refund) {
    return session.number("SELECT COUNT(*) FROM movements WHERE order_id = :order AND refund_id = :refund",
                          order, refund) > 0;
}

std::vector<ReservedLine> reserved(db::Session& session, std::span<const OrderId> orders) {
    const std::vector<db::Bind> list(orders.begin(), orders.end());
    return session.query_in("tti",
                            "SELECT order_id, product_id, CAST(SUM(quantity) AS BIGINT) FROM reservations "
                            "WHERE order_id IN ({}) AND released_at IS NULL AND shipped_at IS NULL "
                            "GROUP BY order_id, product_id ORDER BY order_id, product_id",
                            list, read_line);
}

std::vector<ReservedLine> shipped(db::Session& session, std::span<const OrderId> orders) {
    const std::vector<db::Bind> list(orders.begin(), orders.end());
    return session.query_in("tti",
                            "SELECT order_id, product_id, CAST(SUM(-delta) AS BIGINT) FROM movements WHERE "
                            "order_id IN ({}) AND kind = 'shipped' GROUP BY order_id, product_id "
                            "ORDER BY order_id, product_id",
                            list, read_line);
}

std::vector<OrderId> holders(db::Session& session, OrderId after, int limit) {
    return session.query(
        "t",
        "SELECT DISTINCT order_id FROM reservations WHERE order_id > :after AND released_at IS NULL "
        "AND shipped_at IS NULL ORDER BY order_id LIMIT :limit",
        [](const db::Row& row) { return row.id<OrderId>(0); }, after, limit);
}

std::vector<ProductId> products(db::Session& session, const Filter& filter,
                                const std::optional<ProductId>& before, std::int64_t offset, int limit) {
    Question q = ask(filter, before);
    q.binds.emplace_back(limit);
    q.binds.emplace_back(before ? std::int64_t{0} : offset);
    return session.query_with(
        "t", "SELECT product_id" + q.text + " ORDER BY product_id DESC LIMIT :limit OFFSET :offset", q.binds,
        [](const db::Row& row) { return row.id<ProductId>(0); });
}

std::int64_t count(db::Session& session, const Filter& filter) {
    const Question q = ask(filter, std::nullopt);
    const auto rows =
        session.query_with("i", "SELECT COUNT(*) FROM (SELECT product_id" + q.text + ") AS listed", q.binds,
                           [](const db::Row& row) { return row.integer(0); });
    return rows.empty() ? 0 : rows.front();
}

std::int64_t sweep_reservations(db::Tx& tx, std::int64_t retention_ms, int limit, OrderId& after) {
    constexpr int pieces = 10;
    // Order ids begin with their time (UUIDv7), so the key leads to what is old enough.
    const Timestamp before = tx.now().plus_ms(-retention_ms);
    OrderId bound{};
    for (std::size_t i = 0; i < 6; ++i)
        bound.uuid.bytes[i] = static_cast<std::uint8_t>(before.ms >> (8 * (5 - i)));
    std::int64_t swept = 0;
    for (int piece = 0; piece < pieces && swept < limit; ++piece) {
        const auto last = tx->query_one(
            "t",
            "SELECT order_id FROM reservations WHERE order_id > :after AND order_id < :bound ORDER BY "
            "order_id LIMIT 1 OFFSET :rows",
            [](const db::Row& row) { return row.id<OrderId>(0); }, after, bound, limit - swept - 1);
        swept += tx->exec(
            "DELETE FROM reservations WHERE order_id > :after AND order_id <= :last AND (released_at < "
            ":released OR shipped_at < :shipped)",
            after, last.value_or(bound), before, before);
        after = last.value_or(OrderId{});
        if (!last) break;
    }
    return swept;
}

std::vector<Fault> faults(db::Session& session, int limit) {
    std::vector<Fault> found;
    const auto look = [&](const char* rule, std::string_view sql) {
        const auto name = [](const db::Row& row) { return row.text(0) + " in " + row.text(1); };
        for (auto& id : session.query("tt", sql, name, limit)) found.push_back({rule, std::move(id)});
    };
    look("stock quantity = sum of its movements",
         "SELECT s.product_id, s.warehouse FROM stock s LEFT JOIN (SELECT product_id, warehouse, SUM(delta) "
         "AS total "
         "FROM movements GROUP BY product_id, warehouse) m ON m.product_id = s.product_id AND m.warehouse = "
         "s.warehouse "
         "WHERE s.quantity <> COALESCE(m.total, 0) LIMIT :limit");
    look("every movement has its stock",
         "SELECT DISTINCT product_id, warehouse FROM movements m WHERE NOT EXISTS (SELECT 1 FROM stock s "
         "WHERE "
         "s.product_id = m.product_id AND s.warehouse = m.warehouse) LIMIT :limit");
    look("stock reserved = sum of its open reservations",
         "SELECT s.product_id, s.warehouse FROM stock s LEFT JOIN (SELECT product_id, warehouse, "
         "SUM(quantity) AS total "
         "FROM reservations WHERE released_at IS NULL AND shipped_at IS NULL GROUP BY product_id, warehouse) "
         "r ON r.product_id = "
         "s.product_id "
         "AND r.warehouse = s.warehouse WHERE s.reserved <> COALESCE(r.total, 0) LIMIT :limit");
    look("every open reservation has its stock",
         "SELECT DISTINCT product_id, warehouse FROM reservations r WHERE released_at IS NULL AND shipped_at "
         "IS NULL AND NOT EXISTS "
         "(SELECT 1 "
         "FROM stock s WHERE s.product_id = r.product_id AND s.warehouse = r.warehouse) LIMIT :limit");
    look("0 <= reserved <= quantity",
         "SELECT product_id, warehouse FROM stock WHERE reserved < 0 OR reserved > quantity LIMIT :limit");
    look("what was shipped of a reservation is in the ledger, and what was not is not",
         "SELECT r.order_id, r.product_id FROM reservations r LEFT JOIN (SELECT order_id, product_id, "
         "warehouse, "
         "SUM(delta) AS total FROM movements WHERE kind = 'shipped' GROUP BY order_id, product_id, "
         "warehouse) m "
         "ON m.order_id = r.order_id AND m.product_id = r.product_id AND m.warehouse = r.warehouse WHERE "
         "COALESCE(m.total, 0) <> CASE WHEN r.shipped_at IS NULL THEN 0 ELSE -r.quantity END LIMIT :limit");
    look("no more came back than was shipped",
         "SELECT product_id, warehouse FROM movements WHERE order_id IS NOT NULL GROUP BY order_id, "
         "product_id, "
         "warehouse HAVING SUM(delta) > 0 LIMIT :limit");
    return found;
}

}  // namespace cloudretail::inventory::store
