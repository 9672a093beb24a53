// Random interleavings of everything that may happen to payments, with every fault of the gateway, from fixed
// seeds: never is more given back than was captured, and at rest the gateway's ledger is what our books say.
#include <random>
#include "reconciler.hpp"
#include "till.hpp"

namespace cloudretail::payment {

using Fault = UnreliableGateway::Fault;

namespace {

struct World : Till {
    World(db::Dialect dialect, unsigned seed) : Till(dialect), random(seed) {
        for (const char* token : {"tok_ok", "tok_timeout", "tok_error_once"})
            payments.push_back(Till::request(token));
        payments.push_back(Till::request("", "cash_on_delivery"));
        for (auto& payment : payments) payment.amount = Money{1'000};
    }

    int below(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
    const PayRequest& any() {
        return payments[static_cast<std::size_t>(below(static_cast<int>(payments.size())))];
    }

    /// Begins one thing that may happen; what it answers is of no interest.
    void begin_something() {
        const PayRequest& payment = any();
        const int what = below(12);
        if (what < 3) {
            calls.push_back(begin(false, payment));
        } else if (what < 6) {
            refunds.push_back(Till::part(payment, 1 + below(600)));
            refund_calls.push_back(begin_refund(refunds.back()));
        } else if (what < 9 && !refunds.empty()) {
            refund_calls.push_back(
                begin_refund(refunds[static_cast<std::size_t>(below(static_cast<int>(refunds.size())))]));
        } else if (what == 9) {
            calls.push_back(begin(true, payment));
        } else if (what == 10) {
            auto promise = std::make_shared<std::promise<cloudretail::Outcome<Outcome>>>();
            calls.push_back(promise->get_future());
            service.capture(payment.id, "",
                            [promise](cloudretail::Outcome<Outcome> o) { promise->set_value(std::move(o)); });
        } else {
            run(reconciler.round());
        }
    }
    void step() {
        constexpr Fault faults[] = {Fault::none,        Fault::none,       Fault::away,
                                    Fault::lost_before, Fault::lost_after, Fault::declined};
        for (int i = 0; i < 4; ++i) {
            // Only a refund may be declined at random: a declined charge must be one in the ledger, too.
            const Fault fault = faults[below(5)];
            unreliable.next = fault;
            begin_something();
        }
        for (auto& call : calls) call.wait();
        for (auto& call : refund_calls) call.wait();
        calls.clear();
        refund_calls.clear();
        unreliable.next = Fault::none;
        clock.advance_ms(60'000);
    }
    /// Everything that is under way is asked for until it has ended.
    void come_to_rest() {
        clock.advance_ms(3'600'000);
        for (int i = 0; i < 3; ++i) run(reconciler.round());
        for (const auto& refund : refunds) {
            auto call = begin_refund(refund).get();
            auto result = call.get();
            CHECK((!result || result->status != Status::pending));
        }
    }
    std::int64_t ledger(PaymentId id) { return std::stoll(in_ledger(id)); }
    void judge_at_rest() {
        CHECK(sql("SELECT COUNT(*) FROM payments WHERE status = 'pending' OR refunding_minor > 0") == "0");
        CHECK(sql("SELECT COUNT(*) FROM refunds WHERE status = 'begun'") == "0");
        for (const auto& payment : payments) {
            if (sql("SELECT COUNT(*) FROM payments WHERE id = '" + payment.id.to_string() + "'") == "0")
                continue;
            const Payment row = this->row(payment.id);
            CHECK(row.captured <= row.amount);
            CHECK(row.refunded <= row.captured);
            if (payment.method == "card") CHECK(ledger(payment.id) == (row.captured - row.refunded).minor);
        }
    }

    std::minstd_rand random;
    Reconciler reconciler{service, database, 20 * 60'000, metrics};
    std::vector<PayRequest> payments;
    std::vector<RefundRequest> refunds;
    std::vector<std::future<cloudretail::Outcome<Outcome>>> calls;
    std::vector<std::future<cloudretail::Outcome<Result<Outcome>>>> refund_calls;
};

}  // namespace

TEST_CASE_ON_BOTH("whatever happens in whatever order, the books are the gateway's ledger", "[payment]") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        INFO("seed " << seed);
        World world(dialect, seed);
        for (int i = 0; i < 15; ++i) {
            world.step();
            CHECK(world.sound());
            for (const auto& payment : world.payments) CHECK(world.ledger(payment.id) >= 0);
        }
        world.come_to_rest();
        world.judge_at_rest();
        CHECK(world.sound());
    }
}

}  // namespace cloudretail::payment
