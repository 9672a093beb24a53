// The order service on a database of its own, with a catalogue, a stock and a till made of maps, for the
// tests of this folder. The clock stands still; sagas run on real threads.
#pragma once

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <runtime/runtime.hpp>
#include <set>
#include <support/result_text.hpp>
#include <support/test_database.hpp>

#include "after_sale.hpp"
#include "few_products.hpp"
#include "render.hpp"
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::order {

/// Has enough of everything but what is sold out. `away` calls fail before it answers again. Shipping fails
/// while `carrier` is late, and is refused while it is gone.
class Shelf final : public inventory::Stock {
  public:
    using Pieces = std::map<ProductId, std::int64_t>;

    void reserve(OrderId order, std::vector<inventory::Line> lines, std::string,
                 Then<Result<>> then) override {
        for (const auto& line : lines)
            if (line.product_id == sold_out)
                return then(Result<>(Error(inventory::errors::insufficient_stock)));
        answer(std::move(then), [&] {
            for (const auto& line : lines) reserved_[order][line.product_id] = line.quantity;
        });
    }
    void release(OrderId order, std::string, Then<Result<>> then) override {
        answer(std::move(then), [&] { reserved_.erase(order); });
    }
    void release_lines(OrderId order, std::vector<ProductId> products, std::string,
                       Then<Result<>> then) override {
        answer(std::move(then), [&] {
            for (const auto& product : products) reserved_[order].erase(product);
        });
    }
    void ship(OrderId order, std::vector<ProductId> products, UserId, std::string,
              Then<Result<>> then) override {
        if (carrier == Carrier::late) return then(std::make_exception_ptr(Unavailable("late")));
        if (carrier == Carrier::gone) return then(Result<>(Error(inventory::errors::order_released)));
        answer(std::move(then), [&] {
            for (const auto& product : products) {
                auto held = reserved_[order].extract(product);
                if (held) shipped_[order][product] += held.mapped(), ++shipments;
            }
        });
    }
    void restock(OrderId order, Uuid refund, std::vector<inventory::Line> lines, UserId, std::string,
                 Then<Result<>> then) override {
        answer(std::move(then), [&] {
            if (!restocked_.insert(refund).second) return;
            for (const auto& line : lines) shipped_[order][line.product_id] -= line.quantity;
        });
    }
    Task<std::vector<inventory::StockLevel>> levels(std::vector<ProductId> products) override {
        if (unknown) throw Unavailable("away");
        std::vector<inventory::StockLevel> found;
        for (const auto& product : products) {
            auto at = on_hand.find(product);
            const std::int64_t available = at == on_hand.end() ? 1'000 : at->second;
            found.push_back({product, available, available == 0 ? "out_of_stock" : "in_stock"});
        }
        co_return found;
    }
    Task<std::vector<inventory::ReservedLine>> reserved(std::vector<OrderId> orders) override {
        co_return lines_of(reserved_, orders);
    }
    Task<std::vector<inventory::ReservedLine>> shipped(std::vector<OrderId> orders) override {
        co_return lines_of(shipped_, orders);
    }
    Task<std::vector<OrderId>> holders(OrderId, int) override { co_return std::vector<OrderId>(); }

    std::int64_t reserved_of(OrderId order, ProductId product) { return count(reserved_, order, product); }
    std::int64_t shipped_of(OrderId order, ProductId product) { return count(shipped_, order, product); }
    std::atomic<int> away{0}, shipments{0};
    enum class Carrier { here, late, gone };
    std::atomic<Carrier> carrier{Carrier::here};
    ProductId sold_out{};                         // set before anybody orders
    bool unknown = false;                         // levels() does not answer
    std::map<ProductId, std::int64_t> on_hand{};  // what levels() says; else a thousand

  private:
    using Orders = std::map<OrderId, Pieces>;
    template <class F>
    void answer(Then<Result<>> then, F effect) {
        if (away > 0) {
            --away;
            return then(std::make_exception_ptr(Unavailable("away")));
        }
        {
            const std::lock_guard lock(mutex_);
            effect();
        }
        then(Result<>());
    }
    std::int64_t count(Orders& orders, OrderId order, ProductId product) {
        const std::lock_guard lock(mutex_);
        return orders[order][product];
    }
    std::vector<inventory::ReservedLine> lines_of(Orders& orders, const std::vector<OrderId>& ids) {
        const std::lock_guard lock(mutex_);
        std::vector<inventory::ReservedLine> lines;
        for (const auto& id : ids)
            for (const auto& [product, quantity] : orders[id])
                if (quantity > 0) lines.push_back({id, product, quantity});
        return lines;
    }
    std::mutex mutex_;
    Orders reserved_, shipped_;
    std::set<Uuid> restocked_;
};

/// Captures at once, unless "declined" is the token, cash on delivery when delivered. While `silent`, the
/// outcome of everything is unknown; of charging tok_silent (not charged) and tok_lost (charged) it always
/// is.
class Till final : public payment::Payments {
  public:
    [[nodiscard]] bool available() const override { return true; }
    [[nodiscard]] Result<> accepts(std::string_view, std::string_view) const override { return {}; }
    void pay(payment::PayRequest r, Then<payment::Outcome> then) override {
        const std::lock_guard lock(mutex_);
        auto& p = payments_
                      .try_emplace(r.id,
                                   payment::Summary{
                                       r.id, r.order_id, r.amount, {}, r.method, payment::Status::pending})
                      .first->second;
        if (r.token == "declined") p.status = payment::Status::failed;
        if (r.token == "tok_lost") p.status = payment::Status::captured;
        if (silent || r.token.starts_with("tok_")) return then(payment::Outcome{});
        if (p.status == payment::Status::pending)
            p.status =
                r.method == "cash_on_delivery" ? payment::Status::authorized : payment::Status::captured;
        then(payment::Outcome{p.status, ""});
    }
    void undo(payment::PayRequest r, Then<payment::Outcome> then) override {
        if (silent) return then(payment::Outcome{});
        const std::lock_guard lock(mutex_);
        auto& p = payments_[r.id];
        if (p.status == payment::Status::captured || p.status == payment::Status::partially_refunded) {
            p.refunded = p.amount;
            p.status = payment::Status::refunded;
            ++undone;
        } else if (p.status != payment::Status::refunded) {
            p.status = payment::Status::failed;
        }
        then(payment::Outcome{p.status, ""});
    }
    void refund(payment::RefundRequest r, Then<Result<payment::Outcome>> then) override {
        if (silent) return then(Result<payment::Outcome>(payment::Outcome{}));
        const std::lock_guard lock(mutex_);
        auto& p = payments_[r.payment_id];
        if (!refunds_.contains(r.refund_id)) {
            if (p.refunded + r.amount > p.amount)
                return then(Result<payment::Outcome>(Error(payment::errors::refund_too_large)));
            refunds_[r.refund_id] = r.amount;
            p.refunded = p.refunded + r.amount;
            if (p.status != payment::Status::authorized)
                p.status =
                    p.refunded == p.amount ? payment::Status::refunded : payment::Status::partially_refunded;
        }
        then(Result<payment::Outcome>(payment::Outcome{p.status, ""}));
    }
    void capture(PaymentId id, std::string, Then<payment::Outcome> then) override {
        if (silent) return then(payment::Outcome{});
        const std::lock_guard lock(mutex_);
        auto& p = payments_[id];
        if (p.status == payment::Status::authorized) p.status = payment::Status::captured;
        then(payment::Outcome{p.status, ""});
    }
    Task<std::vector<payment::Summary>> find(std::vector<OrderId> orders) override {
        const std::lock_guard lock(mutex_);
        std::vector<payment::Summary> found;
        for (const auto& [id, p] : payments_)
            if (std::ranges::find(orders, p.order_id) != orders.end()) found.push_back(p);
        co_return found;
    }
    Task<std::vector<OrderId>> orders_with_payment(OrderId, int) override {
        co_return std::vector<OrderId>();
    }

    payment::Summary of(OrderId order) {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, p] : payments_)
            if (p.order_id == order) return p;
        throw std::runtime_error("no payment");
    }
    /// By somebody else, whoever is silent.
    void give_back_elsewhere(OrderId order, Money amount) {
        const std::lock_guard lock(mutex_);
        for (auto& [id, p] : payments_)
            if (p.order_id == order) p.refunded = p.refunded + amount;
    }
    std::atomic<bool> silent{false};
    std::atomic<int> undone{0};

  private:
    std::mutex mutex_;
    std::map<PaymentId, payment::Summary> payments_;
    std::map<Uuid, Money> refunds_;
};

inline constexpr int checkouts = 16;  // at the same time
inline constexpr auto patience = std::chrono::seconds(20);

/// All sagas of the module, driven by one engine.
inline std::unique_ptr<saga::Engine> make_engine(runtime::Runtime& threads, db::Database& database,
                                                 Shelf& shelf, Till& till, std::int64_t deadline_ms) {
    auto engine = std::make_unique<saga::Engine>(
        threads, saga::EngineSettings{.first_delay_ms = 1, .max_delay_ms = 2, .scan_ms = 2});
    engine->define(checkout_saga(database, shelf, till, deadline_ms));
    engine->define(cancel_saga(database, shelf, till));
    engine->define(ship_saga(database, shelf));
    engine->define(collect_saga(database, till));
    engine->define(cancel_part_saga(database, *engine, shelf, till));
    engine->define(refund_saga(database, shelf, till));
    return engine;
}

struct Counter {
    explicit Counter(db::Dialect dialect, std::int64_t deadline = 900'000)
        : deadline_ms(deadline), test_database(dialect, "order", clock), database(test_database.database()) {
        threads.start();
        open();
    }
    ~Counter() {
        engine->stop();
        threads.drain(patience);
        engine.reset();
        threads.stop();
        database.close();
    }

    void open() {
        engine = make_engine(threads, database, shelf, till, deadline_ms);
        service = std::make_unique<Service>(database, clock, *engine, products, till, "USD", checkouts);
        engine->start();
    }
    /// The process dies and another takes over: rows stay, leases run out.
    void crash() {
        engine.reset();
        clock.ms += saga::EngineSettings().lease_ms + 1;
        open();
    }

    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(threads.context(0), std::move(task), boost::asio::use_future).get();
    }

    static Caller of(Role role, UserId id = UserId::make()) {
        Caller caller;
        caller.id = id;
        caller.role = role;
        return caller;
    }

    ProductId product(UserId vendor, std::int64_t price_minor) {
        const auto id = ProductId::make();
        products.known[id] = {id, vendor, "P", Money{price_minor}, product::Status::active};
        return id;
    }
    /// Two pieces of A's at 10.00, one of B's at 5.00: 25.00 in all.
    OrderId place(const std::string& method = "card", const std::string& token = "", bool from_cart = false) {
        PlaceOrder command;
        command.lines = {{a, 2, {}}, {b, 1, {}}};
        command.address = {"1 Main St", "London", "", "SW1A", "UK"};
        command.payment_method = method;
        command.payment_token = token;
        command.from_cart = from_cart;
        auto answer = run(service->place(customer, command, {}));
        REQUIRE(answer);
        auto document = json::Document::parse(answer->body).value();
        return OrderId::parse(document.root()["id"].text().value()).value();
    }
    Order row(OrderId id) {
        return database.read_blocking([&](db::Session& s) { return store::find(s, id).value(); });
    }
    Result<Changed> move(const Caller& caller, OrderId id, Progress to, const std::string& tracking = "",
                         const std::string& if_match = "") {
        return run(service->change_status(caller, id, {to, tracking}, if_match));
    }
    Result<Answer> cancel(const Caller& caller, OrderId id) {
        return run(service->cancel(caller, id, "", {}));
    }
    Result<Answer> refund(OrderId id, WantedRefund wanted) {
        wanted.reason = "because";
        return run(service->refund(admin, id, std::move(wanted), {}));
    }
    /// "pending/shipped": the fulfilments in the order of the lines.
    std::string progress(OrderId id) {
        std::string text;
        for (const auto& f : rules::fulfilments(row(id)))
            text += (text.empty() ? "" : "/") + std::string(to_text(f.status));
        return text;
    }
    std::string status(OrderId id) { return std::string(to_text(row(id).status)); }
    /// How often an event of this type was published about the order.
    std::string events(OrderId id, const std::string& type) {
        return test_database.beside("SELECT COUNT(*) FROM outbox WHERE type = '" + type +
                                    "' AND subject = '" + id.to_string() + "'");
    }
    bool eventually(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::yield();
        }
        return true;
    }

    AtomicClock clock;
    const std::int64_t deadline_ms;
    FewProducts products;
    Shelf shelf;
    Till till;
    runtime::Runtime threads{2};
    test::TestDatabase test_database;
    db::Database& database;
    std::unique_ptr<saga::Engine> engine;
    std::unique_ptr<Service> service;
    Caller customer = of(Role::customer), vendor_a = of(Role::vendor), vendor_b = of(Role::vendor),
           admin = of(Role::admin);
    ProductId a = product(vendor_a.id, 1'000), b = product(vendor_b.id, 500);
};

/// The entity tags an order has had: each must stand for one body.
struct Tags {
    Tags(Counter& c, OrderId order) : id(order), counter(c) {}
    void look() {
        auto order = counter.run(counter.service->get(counter.admin, id)).value().order;
        const auto body = to_json(order);
        CHECK(bodies.try_emplace(etag_of(order), body).first->second == body);
    }
    [[nodiscard]] std::size_t seen() const { return bodies.size(); }

    const OrderId id;

  private:
    Counter& counter;
    std::map<std::string, std::string> bodies;
};

/// A second process on the counter's PostgreSQL database, with the same stock and payments.
struct OtherProcess {
    explicit OtherProcess(Counter& counter) : database(counter.test_database.same_place(), counter.clock) {
        database.open();
        threads.start();
        engine = make_engine(threads, database, counter.shelf, counter.till, counter.deadline_ms);
        service = std::make_unique<Service>(database, counter.clock, *engine, counter.products, counter.till,
                                            "USD", checkouts);
        engine->start();
    }
    ~OtherProcess() {
        engine->stop();
        threads.drain(patience);
        engine.reset();
        threads.stop();
        database.close();
    }
    template <class T>
    T run(Task<T> task) {
        return boost::asio::co_spawn(threads.context(0), std::move(task), boost::asio::use_future).get();
    }
    db::Database database;
    runtime::Runtime threads{1};
    std::unique_ptr<saga::Engine> engine;
    std::unique_ptr<Service> service;
};

}  // namespace cloudretail::order
