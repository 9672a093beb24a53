// Looks after money that no process looks after any more: payments whose outcome is unknown for too long,
// refunds under way for too long, payments of orders that were given up. Every round may be repeated and may
// run in several processes.
#pragma once

#include <map>
#include <metrics/metrics.hpp>
#include "service.hpp"
#include "store.hpp"

namespace cloudretail::payment {

/// Thread rule: one round at a time.
class Reconciler {
  public:
    /// `after_ms`: how long a payment or refund may wait before it counts as left alone; longer than any
    /// process that may still drive it. What it is given must outlive it.
    Reconciler(Service& service, db::Database& database, std::int64_t after_ms, metrics::Registry& metrics);
    /// One round; answers how many were settled. What could not be is tried again in the next round.
    Task<int> round();

  private:
    Task<bool> settle(PaymentId id, Goal goal);
    // Both walk on from where the last round ended, so that what cannot be settled keeps nothing from its
    // turn; a round ends after a number of those.
    Task<int> settle_given_up();
    Task<int> settle_refunds(Timestamp before);
    Task<int> settle_pending(Timestamp before);

    Service& service_;
    db::Database& database_;
    std::int64_t after_ms_;
    std::int64_t seen_seq_ = 0;  // no payment up to here is pending but those in waiting_
    std::vector<PaymentId> waiting_;
    OrderId given_up_to_{};          // the last one visited; nil: from the beginning
    store::OldRefund refunds_to_{};  // likewise
    std::int64_t open_ = 0;          // of this round
    std::map<Status, metrics::Counter*> settled_;
    std::shared_ptr<std::atomic<std::int64_t>> unsettled_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

}  // namespace cloudretail::payment
