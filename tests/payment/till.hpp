// The payment service on a database of its own, for the tests of this folder: with the simulated gateway, or
// one that follows a script. The clock stands still.
#pragma once

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <support/test_database.hpp>

#include "guarded_gateway.hpp"
#include "service.hpp"
#include "simulated_gateway.hpp"
#include "store.hpp"

namespace cloudretail::payment {

/// Hands calls on to `inner`, or does what `next` says with one call and then forgets it.
class UnreliableGateway final : public PaymentGateway {
  public:
    enum class Fault {
        none,
        away,         // fails before it reaches the provider
        lost_before,  // never reaches the provider; the answer is unknown
        lost_after,   // takes effect; the answer is unknown
        dead,         // takes effect; nobody is told (the process died)
        dead_before,  // nothing happens; nobody is told
        declined,     // never reaches the provider; the answer is no
    };
    explicit UnreliableGateway(PaymentGateway& inner) : inner_(inner) {}

    void charge(std::string key, Money amount, std::string currency, std::string token,
                Then<Verdict> then) override {
        ++charges;
        hand_on(std::move(then), [&](Then<Verdict> t) {
            inner_.charge(std::move(key), amount, std::move(currency), std::move(token), std::move(t));
        });
    }
    void ask(std::string key, Then<Verdict> then) override {
        ++asks;
        hand_on(std::move(then), [&](Then<Verdict> t) { inner_.ask(std::move(key), std::move(t)); });
    }
    void cancel(std::string key, Then<Verdict> then) override {
        ++cancels;
        hand_on(std::move(then), [&](Then<Verdict> t) { inner_.cancel(std::move(key), std::move(t)); });
    }
    void refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) override {
        ++refunds;
        if (never_known.contains(key)) return then(Verdict{Verdict::Kind::unknown});
        hand_on(std::move(then), [&](Then<Verdict> t) {
            inner_.refund(std::move(key), amount, std::move(refund_key), std::move(t));
        });
    }

    [[nodiscard]] std::optional<std::string> charge_of(std::string_view event) const override {
        return inner_.charge_of(event);
    }
    [[nodiscard]] std::span<const Trial> trials() const override { return inner_.trials(); }

    std::atomic<Fault> next{Fault::none};
    /// Charges of which no refund is ever answered. Set while nothing is under way.
    std::set<std::string> never_known;
    std::atomic<int> charges{0}, asks{0}, cancels{0}, refunds{0};
    /// Becomes ready when a call ended that nobody is told of.
    std::future<void> died() { return died_.get_future(); }

  private:
    template <class Call>
    void hand_on(Then<Verdict> then, Call call) {
        switch (next.exchange(Fault::none)) {
            case Fault::none:
                return call(std::move(then));
            case Fault::away:
                return then(std::make_exception_ptr(Unavailable("away")));
            case Fault::lost_before:
                return then(Verdict{Verdict::Kind::unknown});
            case Fault::lost_after:
                return call([then = std::move(then)](cloudretail::Outcome<Verdict>) mutable {
                    then(Verdict{Verdict::Kind::unknown});
                });
            case Fault::dead:
                return call([this](cloudretail::Outcome<Verdict>) { died_.set_value(); });
            case Fault::dead_before:
                return died_.set_value();
            case Fault::declined:
                return then(Verdict{Verdict::Kind::declined, "no"});
        }
    }
    PaymentGateway& inner_;
    std::promise<void> died_;
};

struct Till {
    explicit Till(db::Dialect dialect)
        : test_database(dialect, "payment", clock),
          database(test_database.database()),
          simulated(database),
          unreliable(simulated),
          breaker("payment.gateway", {}, clock),
          guarded(unreliable, breaker),
          service(database, guarded, breaker, {"card", "cash_on_delivery", "bank_transfer"}, metrics) {}
    ~Till() { test_database.database().close(); }

    static PayRequest request(const std::string& token = "", const std::string& method = "card") {
        PayRequest r;
        r.id = PaymentId::make();
        r.order_id = OrderId::make();
        r.payer_id = UserId::make();
        r.amount = Money{259'998};
        r.currency = "USD";
        r.method = method;
        r.token = token;
        return r;
    }

    std::future<cloudretail::Outcome<Outcome>> begin(bool undo, PayRequest r) {
        auto promise = std::make_shared<std::promise<cloudretail::Outcome<Outcome>>>();
        Then<Outcome> then([promise](cloudretail::Outcome<Outcome> o) { promise->set_value(std::move(o)); });
        auto future = promise->get_future();
        undo ? service.undo(std::move(r), std::move(then)) : service.pay(std::move(r), std::move(then));
        return future;
    }
    /// Both throw what the outcome holds.
    Outcome pay(const PayRequest& r) {
        auto outcome = begin(false, r).get();
        return outcome.get();
    }
    Outcome undo(const PayRequest& r) {
        auto outcome = begin(true, r).get();
        return outcome.get();
    }

    std::future<cloudretail::Outcome<Result<Outcome>>> begin_refund(RefundRequest r) {
        auto promise = std::make_shared<std::promise<cloudretail::Outcome<Result<Outcome>>>>();
        auto future = promise->get_future();
        service.refund(std::move(r), [promise](cloudretail::Outcome<Result<Outcome>> o) {
            promise->set_value(std::move(o));
        });
        return future;
    }
    static RefundRequest part(const PayRequest& paid, std::int64_t minor) {
        return {paid.id, paid.order_id, make_uuid(), Money{minor}, ""};
    }
    Result<Outcome> refund(const RefundRequest& r) {
        auto outcome = begin_refund(r).get();
        return outcome.get();
    }
    /// "done: partially_refunded", or the slug of the error.
    std::string refunded(const RefundRequest& r) {
        auto result = refund(r);
        if (!result) return std::string(result.error().type->slug);
        if (result->status == Status::pending) return "pending";
        return "done: " + std::string(to_text(result->status));
    }
    Outcome capture(PaymentId id) {
        auto promise = std::make_shared<std::promise<cloudretail::Outcome<Outcome>>>();
        service.capture(id, "",
                        [promise](cloudretail::Outcome<Outcome> o) { promise->set_value(std::move(o)); });
        auto outcome = promise->get_future().get();
        return outcome.get();
    }
    Result<db::StoredAnswer> receive(const Caller& who, PaymentId id, const db::IdempotencyKey& key = {}) {
        return run(service.receive(who, id, key));
    }
    /// Nothing that `check --deep` of the module would find.
    bool sound() {
        return database.read_blocking([](db::Session& s) {
            return store::with_wrong_amounts(s).empty() && store::with_wrong_history(s).empty() &&
                   store::with_wrong_refunds(s).empty();
        });
    }

    template <class T>
    static T run(Task<T> task) {
        boost::asio::io_context context;
        auto future = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
        context.run();
        return future.get();
    }

    static Caller caller(Role role, UserId id = UserId::make()) {
        Caller c;
        c.id = id;
        c.role = role;
        return c;
    }

    /// "pending captured"
    std::string history(PaymentId id) {
        auto detailed = run(service.get(caller(Role::admin), id));
        std::string text;
        for (const Change& change : detailed.value().history)
            text += (text.empty() ? "" : " ") + std::string(to_text(change.status));
        return text;
    }
    Payment row(PaymentId id) { return run(service.get(caller(Role::admin), id)).value().payment; }
    std::string sql(const std::string& text) { return test_database.beside(text); }
    /// Money in the provider's ledger: taken − given back, in minor units.
    std::string in_ledger(PaymentId id) {
        return sql(
            "SELECT CAST(COALESCE((SELECT SUM(amount_minor) FROM simulated_charges WHERE status = 'captured' "
            "AND key = '" +
            id.to_string() +
            "'), 0) - COALESCE((SELECT SUM(amount_minor) FROM simulated_refunds "
            "WHERE charge_key = '" +
            id.to_string() + "'), 0) AS BIGINT)");
    }
    std::string events_of(PaymentId id, const std::string& type) {
        return sql("SELECT COUNT(*) FROM outbox WHERE type = '" + type + "' AND subject = '" +
                   id.to_string() + "'");
    }

    ManualClock clock;
    metrics::Registry metrics;
    test::TestDatabase test_database;
    db::Database& database;
    SimulatedGateway simulated;
    UnreliableGateway unreliable;
    resilience::Breaker breaker;
    GuardedGateway guarded;
    Service service;
};

}  // namespace cloudretail::payment
