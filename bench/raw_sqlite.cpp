// The limit for checkout on SQLite: the statements of one order as the server runs them
// (src/modules/*/store.cpp, core/saga/store.cpp, core/db/idempotency.cpp, core/events/outbox.cpp), on today's
// tables, straight through SQLite's C interface: a thread per file, one more for the look-up that the server
// does on a reader, two groups of B orders in flight, a transaction per step and group. It does none of what
// comes after the answer (numbering events, indexing, letters) and holds no savepoint per order, so it is a
// stricter limit than the server's own work.
//   bench_raw_sqlite FOLDER MIGRATIONS_FOLDER BATCH SECONDS
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "raw_db.hpp"

namespace {

using bench::Db;

constexpr int products = 1'000;

/// What the server computes before the first step.
struct Order {
    std::string id, payment, product, scope, answer, saga, order_event_id, order_event, payment_event_id,
        payment_event;
};
struct Group {
    std::vector<Order> orders;
    int step = 0;
};

/// A thread over one file; groups come in and are passed on after their commit.
class Worker {
  public:
    using Job = std::function<void(Group&)>;
    Worker(Job job, std::function<void(std::unique_ptr<Group>)> next)
        : job_(std::move(job)), next_(std::move(next)) {
        thread_ = std::thread([this] {
            for (;;) {
                auto group = take();
                job_(*group);
                next_(std::move(group));
            }
        });
    }
    void push(std::unique_ptr<Group> group) {
        std::lock_guard lock(mutex_);
        queue_.push_back(std::move(group));
        wake_.notify_one();
    }

  private:
    std::unique_ptr<Group> take() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return !queue_.empty(); });
        auto group = std::move(queue_.front());
        queue_.pop_front();
        return group;
    }
    Job job_;
    std::function<void(std::unique_ptr<Group>)> next_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<Group>> queue_;
    std::thread thread_;
};

std::string time_ordered_id() {
    static long counter = 0;
    static std::mt19937_64 random{1};
    char text[40];
    std::snprintf(text, sizeof text, "0190%04lx-%04lx-7%03lx-8%03lx-%012lx", (counter >> 16) & 0xffff,
                  counter & 0xffff, random() & 0xfff, random() & 0xfff, random() & 0xffffffffffffUL);
    ++counter;
    return text;
}

std::string product_id(long i) {
    char text[40];
    std::snprintf(text, sizeof text, "01900000-0000-7000-8000-%012lx", static_cast<unsigned long>(i));
    return text;
}

const std::string none, usd = "USD", card = "card", main_warehouse = "Main", name = "Product 123",
                        number = "1001";
const std::string customer = "01900000-0000-7000-8000-00000000ffff",
                  vendor = "01900000-0000-7000-8000-00000000fffe";
const std::string owner = "01900000-0000-7000-8000-00000000fffd", both = customer + " " + vendor;
const std::string address = R"({"street":"1 Main St","city":"London","zipCode":"SW1A","country":"UK"})";
const std::string fingerprint = "0123456789abcdef0123456789abcdef", checkout = "checkout";
const std::string pending = "pending", captured = "captured", order_created = "order.created",
                  payment_captured = "payment.captured";
constexpr long now = 1'790'000'000'000, later = now + 900'000, price = 1250, bucket = 41'435;

Order new_order() {
    static std::mt19937_64 random{2};
    Order o;
    o.id = time_ordered_id();
    o.payment = time_ordered_id();
    o.product = product_id(static_cast<long>(random() % products));
    char scope[33];
    std::snprintf(scope, sizeof scope, "%016lx%016lx", random(), random());
    o.scope = scope;
    o.answer =
        R"({"id":")" + o.id + R"(","number":"1001","status":"confirmed","customerId":")" + customer +
        R"(","items":[{"productId":")" + o.product + R"(","vendorId":")" + vendor +
        R"(","name":"Product 123","unitPrice":12.50,"quantity":1,"total":12.50}],"subtotal":12.50,"adjustments":[],"total":12.50,"currency":"USD","shippingAddress":)" +
        address + R"(,"payment":{"id":")" + o.payment +
        R"(","method":"card","status":"captured"},"fulfilments":[{"vendorId":")" + vendor +
        R"(","status":"pending","trackingNumber":null}],"refunds":[],"createdAt":"2026-11-28T22:54:05.754Z","updatedAt":"2026-11-28T22:54:05.754Z"})";
    o.saga = R"({"order":")" + o.id + R"(","number":"1001","lines":[[")" + o.product +
             R"(",1]],"payment":")" + o.payment + R"(","payer":")" + customer +
             R"(","amount":12.50,"currency":"USD","method":"card","token":"","traceparent":"","reason":""})";
    o.order_event_id = time_ordered_id();
    o.order_event = R"({"orderId":")" + o.id + R"(","number":"1001","customerId":")" + customer +
                    R"(","total":12.50,"currency":"USD","status":"confirmed"})";
    o.payment_event_id = time_ordered_id();
    o.payment_event = R"({"paymentId":")" + o.payment + R"(","orderId":")" + o.id +
                      R"(","amount":12.50,"currency":"USD","method":"card","status":"captured"})";
    return o;
}

/// One transaction over a group.
template <class Each>
void in_transaction(Db& db, Group& group, Each each) {
    db.script("BEGIN IMMEDIATE");
    for (auto& o : group.orders) each(o);
    db.script("COMMIT");
}

constexpr const char* find_key_sql =
    "SELECT fingerprint, status, body, location, etag, subject, scope FROM idempotency WHERE scope = ? AND "
    "bucket IN "
    "(?, ?, ?, ?) ORDER BY bucket DESC LIMIT 1";
constexpr const char* publish_sql =
    "INSERT INTO outbox (event_id, type, subject, data, traceparent, audience, created_at) VALUES (?, ?, ?, "
    "?, ?, ?, ?)";

/// The order module's file: both ends of the checkout.
struct Orders {
    explicit Orders(Db& d) : db(d) {}
    void begin(Group& g) {
        in_transaction(db, g, [&](Order& o) {
            db.run(find_key, {o.scope, bucket, bucket - 1, bucket - 2, bucket - 2});
            const std::string location = "/api/orders/" + o.id;
            db.run(claim, {o.id, o.scope, bucket, fingerprint, 0L, o.answer, location, none, now});
            db.run(insert, {o.id, number, customer, pending, price, usd, address, o.payment, card, pending,
                            now, now});
            db.run(insert_line, {o.id, 1L, o.product, vendor, name, price, 1L});
            db.run(begin_saga, {o.id, checkout, o.saga, owner, later, later, now, now});
        });
    }
    void end(Group& g) {
        in_transaction(db, g, [&](Order& o) {
            db.run(end_saga, {o.id, owner});
            db.run(confirm, {captured, nullptr, o.id});
            db.run(publish, {o.order_event_id, order_created, o.id, o.order_event, none, both, now});
        });
    }

    Db& db;
    sqlite3_stmt* find_key = db.prepare(find_key_sql);
    sqlite3_stmt* claim = db.prepare(
        "INSERT INTO idempotency (subject, scope, bucket, fingerprint, status, body, location, etag, "
        "created_at) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    sqlite3_stmt* insert = db.prepare(
        "INSERT INTO orders (id, number, customer_id, status, total_minor, currency, shipping_address, "
        "payment_id, "
        "payment_method, payment_status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?)");
    sqlite3_stmt* insert_line = db.prepare(
        "INSERT INTO order_lines (order_id, line, product_id, vendor_id, name, unit_price_minor, quantity) "
        "VALUES (?, "
        "?, ?, ?, ?, ?, ?)");
    sqlite3_stmt* begin_saga = db.prepare(
        "INSERT INTO sagas (id, type, data, state, reason, attempts, lease_owner, lease_until, deadline_at, "
        "created_at, updated_at) VALUES (?, ?, ?, 'running', '', 0, ?, ?, ?, ?, ?)");
    sqlite3_stmt* end_saga = db.prepare("DELETE FROM sagas WHERE id = ? AND lease_owner = ?");
    sqlite3_stmt* confirm = db.prepare(
        "UPDATE orders SET status = 'confirmed', payment_status = CASE payment_status WHEN 'pending' THEN ? "
        "ELSE "
        "payment_status END, updated_at = COALESCE(CAST(? AS BIGINT), updated_at), version = version + 1 "
        "WHERE id = ? "
        "AND status = 'pending'");
    sqlite3_stmt* publish = db.prepare(publish_sql);
};

struct Stock {
    explicit Stock(Db& d) : db(d) {
        auto add = db.prepare(
            "INSERT INTO stock (product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, "
            "version, "
            "updated_at) VALUES (?, ?, ?, 1000000000, 0, 10, 1, 0)");
        db.script("BEGIN");
        for (int i = 0; i < products; ++i) {
            const std::string id = product_id(i);
            db.run(add, {id, main_warehouse, vendor});
        }
        db.script("COMMIT");
    }
    void reserve(Group& g) {
        in_transaction(db, g, [&](Order& o) {
            db.run(look, {o.product});
            db.run(held, {o.id});
            db.run(take, {1L, o.product, main_warehouse, 1L});
            db.run(insert, {o.id, o.product, main_warehouse, 1L, now});
        });
    }

    Db& db;
    sqlite3_stmt* look = db.prepare(
        "SELECT product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, version FROM "
        "stock WHERE "
        "product_id IN (?) ORDER BY product_id, warehouse");
    sqlite3_stmt* held = db.prepare(
        "SELECT product_id, warehouse, quantity, released_at, shipped_at FROM reservations WHERE order_id = "
        "? ORDER BY "
        "product_id, warehouse");
    sqlite3_stmt* take = db.prepare(
        "UPDATE stock SET reserved = reserved + ?, version = version + 1 WHERE product_id = ? AND warehouse "
        "= ? AND "
        "reserved + ? <= quantity");
    sqlite3_stmt* insert = db.prepare(
        "INSERT INTO reservations (order_id, product_id, warehouse, quantity, created_at) VALUES (?, ?, ?, "
        "?, ?)");
};

/// Three transactions: the payment, the simulated provider's own ledger, the payment's end.
struct Payments {
    explicit Payments(Db& d) : db(d) {}
    void pay(Group& g) {
        in_transaction(db, g, [&](Order& o) {
            db.run(insert,
                   {o.payment, o.id, customer, price, 0L, 0L, usd, card, pending, none, 1L, now, now});
            db.run(history, {o.payment, 1L, pending, now});
        });
        in_transaction(db, g, [&](Order& o) { db.run(charge, {o.payment, price, usd, captured, now}); });
        in_transaction(db, g, [&](Order& o) {
            db.run(update, {captured, none, price, 0L, 0L, 0L, 2L, now, o.payment, 1L});
            db.run(history, {o.payment, 2L, captured, now});
            db.run(publish,
                   {o.payment_event_id, payment_captured, o.payment, o.payment_event, none, customer, now});
        });
    }

    Db& db;
    sqlite3_stmt* insert = db.prepare(
        "INSERT INTO payments (id, order_id, payer_id, amount_minor, captured_minor, refunded_minor, "
        "currency, method, "
        "status, reason, version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON "
        "CONFLICT "
        "(id) DO NOTHING");
    sqlite3_stmt* history =
        db.prepare("INSERT INTO payment_history (payment_id, version, status, at) VALUES (?, ?, ?, ?)");
    sqlite3_stmt* charge = db.prepare(
        "INSERT INTO simulated_charges (key, amount_minor, currency, status, at) VALUES (?, ?, ?, ?, ?) ON "
        "CONFLICT "
        "(key) DO NOTHING");
    sqlite3_stmt* update = db.prepare(
        "UPDATE payments SET status = ?, reason = ?, captured_minor = ?, refunded_minor = ?, lowered_minor = "
        "?, "
        "refunding_minor = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?");
    sqlite3_stmt* publish = db.prepare(publish_sql);
};

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: bench_raw_sqlite FOLDER MIGRATIONS_FOLDER BATCH SECONDS\n");
        return 2;
    }
    const std::filesystem::path folder = argv[1], migrations = argv[2];
    const int batch = std::atoi(argv[3]);
    const auto open = [&](const std::string& module, int cache_kib) {
        auto db = std::make_unique<Db>(folder / (module + ".db"), cache_kib);
        db->migrate(migrations / "core");
        db->migrate(migrations / module);
        return db;
    };
    const auto order_db = open("order", 64'000), stock_db = open("inventory", 16'000),
               payment_db = open("payment", 16'000);
    Db reader(folder / "order.db", 16'000);
    reader.script("PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0");
    auto look_up = reader.prepare(find_key_sql);
    Orders orders(*order_db);
    Stock stock(*stock_db);
    Payments payments(*payment_db);

    std::unique_ptr<Worker> look, order, inventory, payment;
    std::atomic<long> done{0};
    const auto fill = [&](Group& group) {
        group.step = 0;
        group.orders.clear();
        for (int i = 0; i < batch; ++i) group.orders.push_back(new_order());
    };
    const auto to = [](std::unique_ptr<Worker>& next) {
        return [&next](std::unique_ptr<Group> g) { next->push(std::move(g)); };
    };
    inventory = std::make_unique<Worker>([&](Group& g) { stock.reserve(g); }, to(payment));
    payment = std::make_unique<Worker>([&](Group& g) { payments.pay(g); }, to(order));
    order = std::make_unique<Worker>(
        [&](Group& g) { g.step++ == 0 ? orders.begin(g) : orders.end(g); },
        [&](std::unique_ptr<Group> g) { (g->step == 1 ? inventory : look)->push(std::move(g)); });
    look = std::make_unique<Worker>(
        [&](Group& g) {
            if (g.step == 2) done += batch;
            fill(g);
            for (auto& o : g.orders)
                reader.run(look_up, {o.scope, bucket, bucket - 1, bucket - 2, bucket - 2});
        },
        to(order));
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    for (int i = 0; i < (batch == 1 ? 1 : 2); ++i) look->push(std::make_unique<Group>());
    std::this_thread::sleep_for(std::chrono::duration<double>(std::atof(argv[4])));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const long n = done;
    std::printf("{\"batch\":%d,\"orders\":%ld,\"perSecond\":%.1f,\"cpuUs\":%.1f}\n", batch, n,
                static_cast<double>(n) / seconds,
                n > 0 ? (cpu_seconds() - cpu) * 1e6 / static_cast<double>(n) : 0.0);
    // The files are thrown away by the caller; what is still running needs no tidy end.
    std::fflush(stdout);
    std::_Exit(0);
}
