// The rounds of the reconciler; see reconciler.hpp. Payments are scanned once by their sequence, not by an
// index that every checkout would have to write.
#include "reconciler.hpp"

#include <log/log.hpp>

namespace cloudretail::payment {

namespace {
constexpr int rows_of_a_page = 1'000;
constexpr int pages_of_a_round = 100;
constexpr std::size_t at_once = 100;  // of a look, and of those of a round that cannot be settled
}  // namespace

Reconciler::Reconciler(Service& service, db::Database& database, std::int64_t after_ms,
                       metrics::Registry& metrics)
    : service_(service), database_(database), after_ms_(after_ms) {
    for (const Status to : {Status::captured, Status::failed, Status::partially_refunded, Status::refunded})
        settled_[to] = &metrics.counter("cloudretail_payment_reconciled_total",
                                        "Payments settled that nobody waited for any more.",
                                        {{"status", std::string(to_text(to))}});
    metrics.gauge("cloudretail_payment_unsettled", "Payments left alone that could not be settled yet.", {},
                  [open = unsettled_] { return static_cast<double>(open->load()); });
}

Task<int> Reconciler::round() {
    const Timestamp before = database_.clock().now().plus_ms(-after_ms_);
    open_ = 0;
    int settled = co_await settle_given_up();
    settled += co_await settle_pending(before);
    settled += co_await settle_refunds(before);
    *unsettled_ = open_;
    co_return settled;
}

/// False where it must be tried again.
Task<bool> Reconciler::settle(PaymentId id, Goal goal) {
    std::string error = "the outcome is not known yet";
    try {
        auto outcome = co_await service_.settle(id, goal);
        CR_ASSERT(outcome.has_value());  // payments are never deleted
        if (outcome->status != Status::pending) {
            log::info("a payment that was left alone is settled",
                      {{"paymentId", id.to_string()}, {"status", std::string(to_text(outcome->status))}});
            if (auto counter = settled_.find(outcome->status); counter != settled_.end())
                counter->second->add();
            co_return true;
        }
    } catch (const std::exception& e) {
        error = e.what();
    }
    ++open_;
    log::warning("a payment that was left alone is not settled yet",
                 {{"paymentId", id.to_string()}, {"error", error}});
    co_return false;
}

Task<int> Reconciler::settle_given_up() {
    int settled = 0;
    for (std::size_t stuck = 0; stuck < at_once;) {
        auto look = [after = given_up_to_](db::Session& session) {
            return store::given_up(session, after, static_cast<int>(at_once));
        };
        auto found = co_await database_.read(std::move(look));
        for (const auto& [payment, order] : found) {
            given_up_to_ = order;
            if (!co_await settle(payment, Goal::give_up)) {
                ++stuck;
                continue;
            }
            auto forget = [order = order](db::Tx& tx) {
                store::forget_given_up(tx, order);
                return Unit{};
            };
            co_await database_.write(std::move(forget));
            ++settled;
        }
        if (found.size() < at_once) {
            given_up_to_ = {};
            break;
        }
    }
    co_return settled;
}

Task<int> Reconciler::settle_pending(Timestamp before) {
    for (int page = 0; page < pages_of_a_round; ++page) {
        auto look = [after = seen_seq_, before](db::Session& session) {
            return store::pending_after(session, after, before, rows_of_a_page);
        };
        auto found = co_await database_.read(std::move(look));
        if (found.reach == seen_seq_) break;
        seen_seq_ = found.reach;
        waiting_.insert(waiting_.end(), found.pending.begin(), found.pending.end());
    }
    const std::vector<PaymentId> ids = std::exchange(waiting_, {});
    for (const PaymentId id : ids)
        if (!co_await settle(id, Goal::end)) waiting_.push_back(id);
    co_return static_cast<int>(ids.size() - waiting_.size());
}

Task<int> Reconciler::settle_refunds(Timestamp before) {
    int settled = 0;
    for (std::size_t stuck = 0; stuck < at_once;) {
        auto look = [after = refunds_to_, before](db::Session& session) {
            return store::old_refunds(session, after, before, static_cast<int>(at_once));
        };
        auto found = co_await database_.read(std::move(look));
        for (auto& refund : found) {
            const bool done = co_await settle(refund.payment_id, Goal::learn);
            done ? ++settled : ++stuck;
            refunds_to_ = std::move(refund);
        }
        if (found.size() < at_once) {
            refunds_to_ = {};
            break;
        }
    }
    co_return settled;
}

}  // namespace cloudretail::payment
