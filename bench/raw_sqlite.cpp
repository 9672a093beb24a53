// The limit for checkout on SQLite: the statements of one order as the server runs them, straight through
// SQLite's C interface, one thread per file, two groups of B orders in flight. No HTTP, no JSON, no sagas, no
// relay.
//   bench_raw_sqlite FOLDER MIGRATIONS_FOLDER BATCH SECONDS
#include <sqlite3.h>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int products = 1'000;

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        std::exit(1);
    }
    return text.str();
}

class Db {
  public:
    Db(const std::string& path, const std::vector<std::string>& scripts, int cache_kib) {
        check(sqlite3_open(path.c_str(), &db_));
        script(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA "
            "foreign_keys=ON; "
            "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; PRAGMA cache_size=-" +
            std::to_string(cache_kib));
        for (const auto& file : scripts) script(read_file(file));
    }
    void script(const std::string& sql) { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* s = nullptr;
        check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr));
        return s;
    }
    /// Binds texts (nullptr = NULL) in order, runs to the end, resets.
    void run(sqlite3_stmt* s, std::initializer_list<const char*> binds) {
        int i = 0;
        for (const char* b : binds) sqlite3_bind_text(s, ++i, b, -1, SQLITE_STATIC);
        int rc;
        while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        }
        if (rc != SQLITE_DONE) check(rc);
        sqlite3_reset(s);
    }

  private:
    void check(int rc) {
        if (rc == SQLITE_OK) return;
        std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db_));
        std::exit(1);
    }
    sqlite3* db_ = nullptr;
};

struct Order {
    std::string id, payment, product, scope, event, body, data;
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

Order new_order() {
    static std::mt19937_64 random{2};
    Order o{time_ordered_id(),
            time_ordered_id(),
            product_id(static_cast<long>(random() % products)),
            "",
            time_ordered_id(),
            "",
            ""};
    char scope[33];
    std::snprintf(scope, sizeof scope, "%016lx%016lx", random(), random());
    o.scope = scope;
    o.body.assign(760, 'b');
    o.data.assign(430, 'd');
    return o;
}

constexpr const char* address = R"({"street":"1 Main St","city":"London","zipCode":"SW1A","country":"UK"})";
constexpr const char* fingerprint = "0123456789abcdef0123456789abcdef";
constexpr const char* now = "1790000000000";
constexpr const char* who = "01900000-0000-7000-8000-00000000ffff";
constexpr const char* event_data =
    R"({"orderId":"01900000-0000-7000-8000-00000000ffff","number":"1001","total":12.50,"currency":"USD"})";

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: bench_raw_sqlite FOLDER MIGRATIONS_FOLDER BATCH SECONDS\n");
        return 2;
    }
    const std::string folder = argv[1], migrations = argv[2];
    const int batch = std::atoi(argv[3]);
    auto scripts = [&](const char* module) {
        return std::vector<std::string>{migrations + "/core/0001_core.sqlite.sql",
                                        migrations + "/" + module + "/0001_init.sqlite.sql"};
    };
    Db order(folder + "/order.db", scripts("order"), 64'000);
    Db inventory(folder + "/inventory.db", scripts("inventory"), 16'000);
    Db payment(folder + "/payment.db", scripts("payment"), 16'000);
    auto stock = inventory.prepare(
        "INSERT INTO stock (product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, "
        "version, updated_at) "
        "VALUES (?, 'Main', ?, 1000000000, 0, 10, 1, 0)");
    inventory.script("BEGIN");
    for (int i = 0; i < products; ++i) inventory.run(stock, {product_id(i).c_str(), who});
    inventory.script("COMMIT");

    auto find_key = order.prepare(
        "SELECT fingerprint, status, body, location, etag, subject, scope FROM idempotency WHERE scope = ? "
        "AND bucket IN (99,98,97,97) ORDER BY bucket DESC LIMIT 1");
    auto claim = order.prepare(
        "INSERT INTO idempotency (subject, scope, bucket, fingerprint, status, body, location, etag, "
        "created_at) VALUES "
        "(?, ?, 99, ?, 0, ?, ?, '', ?) ON CONFLICT (bucket, scope) DO NOTHING");
    auto insert_order = order.prepare(
        "INSERT INTO orders (id, number, customer_id, status, total_minor, currency, shipping_address, "
        "payment_id, payment_method, payment_status, created_at, updated_at) VALUES (?, '1001', ?, "
        "'pending', 1250, 'USD', ?, ?, 'card', 'pending', ?, ?)");
    auto insert_line = order.prepare(
        "INSERT INTO order_lines (order_id, line, product_id, vendor_id, name, unit_price_minor, quantity) "
        "VALUES (?, 1, ?, ?, 'Product', 1250, 1)");
    auto begin_saga = order.prepare(
        "INSERT INTO sagas (id, type, data, state, reason, attempts, lease_owner, lease_until, deadline_at, "
        "created_at, updated_at) VALUES (?, 'checkout', ?, 'running', '', 0, ?, 1, 1, 1, 1)");
    auto confirm = order.prepare(
        "UPDATE orders SET status = 'confirmed', payment_status = 'captured', version = version + 1 WHERE id "
        "= ? AND status = 'pending'");
    auto order_event = order.prepare(
        "INSERT INTO outbox (event_id, type, subject, data, traceparent, created_at) VALUES (?, "
        "'order.created', ?, ?, '', ?)");
    auto end_saga = order.prepare("DELETE FROM sagas WHERE id = ? AND lease_owner = ?");

    auto held = inventory.prepare(
        "SELECT product_id, warehouse, quantity, released_at FROM reservations WHERE order_id = ?");
    auto look = inventory.prepare(
        "SELECT product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, version FROM "
        "stock WHERE product_id IN (?) ORDER BY product_id, warehouse");
    auto take = inventory.prepare(
        "UPDATE stock SET reserved = reserved + 1, version = version + 1 WHERE product_id = ? AND warehouse "
        "= 'Main' AND reserved + 1 <= quantity");
    auto reserve = inventory.prepare(
        "INSERT INTO reservations (order_id, product_id, warehouse, quantity, created_at) VALUES (?, ?, "
        "'Main', 1, ?)");

    auto insert_payment = payment.prepare(
        "INSERT INTO payments (id, order_id, payer_id, amount_minor, currency, method, status, created_at, "
        "updated_at) VALUES (?, ?, ?, 1250, 'USD', 'card', 'pending', ?, ?) ON CONFLICT DO NOTHING");
    auto history = payment.prepare(
        "INSERT INTO payment_history (payment_id, version, status, at) VALUES (?, ?, 'captured', ?)");
    auto charge = payment.prepare(
        "INSERT INTO simulated_charges (key, amount_minor, currency, status, calls, at) VALUES (?, 1250, "
        "'USD', 'captured', 1, ?) ON CONFLICT DO NOTHING");
    auto capture = payment.prepare(
        "UPDATE payments SET status = 'captured', captured_minor = 1250, version = 2, updated_at = ? WHERE "
        "id = ? AND version = 1");
    auto payment_event = payment.prepare(
        "INSERT INTO outbox (event_id, type, subject, data, traceparent, created_at) VALUES (?, "
        "'payment.captured', ?, ?, '', ?)");

    auto in_transaction = [](Db& db, Group& group, auto each) {
        db.script("BEGIN IMMEDIATE");
        for (auto& o : group.orders) each(o);
        db.script("COMMIT");
        ++group.step;
    };
    std::unique_ptr<Worker> orders, stocks, payments;
    long done = 0;
    auto fill = [&](Group& group) {
        group.step = 0;
        group.orders.clear();
        for (int i = 0; i < batch; ++i) group.orders.push_back(new_order());
    };
    stocks = std::make_unique<Worker>(
        [&](Group& g) {
            in_transaction(inventory, g, [&](Order& o) {
                inventory.run(held, {o.id.c_str()});
                inventory.run(look, {o.product.c_str()});
                inventory.run(take, {o.product.c_str()});
                inventory.run(reserve, {o.id.c_str(), o.product.c_str(), now});
            });
        },
        [&](std::unique_ptr<Group> g) { payments->push(std::move(g)); });
    payments = std::make_unique<Worker>(
        [&](Group& g) {
            in_transaction(payment, g, [&](Order& o) {
                payment.run(insert_payment, {o.payment.c_str(), o.id.c_str(), who, now, now});
                payment.run(history, {o.payment.c_str(), "1", now});
            });
            in_transaction(payment, g, [&](Order& o) { payment.run(charge, {o.payment.c_str(), now}); });
            in_transaction(payment, g, [&](Order& o) {
                payment.run(capture, {now, o.payment.c_str()});
                payment.run(history, {o.payment.c_str(), "2", now});
                payment.run(payment_event, {o.event.c_str(), o.payment.c_str(), event_data, now});
            });
        },
        [&](std::unique_ptr<Group> g) { orders->push(std::move(g)); });
    orders = std::make_unique<Worker>(
        [&](Group& g) {
            if (g.step > 0) {
                in_transaction(order, g, [&](Order& o) {
                    order.run(confirm, {o.id.c_str()});
                    order.run(order_event, {o.event.c_str(), o.id.c_str(), event_data, now});
                    order.run(end_saga, {o.id.c_str(), who});
                });
                done += batch;
                fill(g);
            }
            in_transaction(order, g, [&](Order& o) {
                order.run(find_key, {o.scope.c_str()});
                order.run(claim,
                          {o.id.c_str(), o.scope.c_str(), fingerprint, o.body.c_str(), o.id.c_str(), now});
                order.run(insert_order, {o.id.c_str(), who, address, o.payment.c_str(), now, now});
                order.run(insert_line, {o.id.c_str(), o.product.c_str(), who});
                order.run(begin_saga, {o.id.c_str(), o.data.c_str(), who});
            });
        },
        [&](std::unique_ptr<Group> g) { stocks->push(std::move(g)); });
    auto start = std::chrono::steady_clock::now();
    const int groups = batch == 1 ? 1 : 2;
    for (int i = 0; i < groups; ++i) {
        auto group = std::make_unique<Group>();
        fill(*group);
        orders->push(std::move(group));
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(std::atof(argv[4])));
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf(R"({"batch":%d,"orders":%ld,"perSecond":%.1f})"
                "\n",
                batch, done, static_cast<double>(done) / seconds);
    // The files are thrown away by the caller; what is still running needs no tidy end.
    std::fflush(stdout);
    std::_Exit(0);
}
