// Payments in their tables: SQL only, plain functions on a session or transaction. Decides nothing. Thread
// rule: the session's.
#pragma once

#include <db/database.hpp>
#include <map>
#include <span>
#include "rules.hpp"

namespace cloudretail::payment::store {

/// Writes new payments and their first changes; for each whether it is new (nothing is written where its id
/// is there already). Throws db::ConstraintViolation where an order has another payment.
std::vector<bool> insert(db::Tx& tx, std::span<const Payment* const> payments);
/// Writes payments, each once, as they are after a change, provided that nobody changed them in between
/// (version − 1 is stored); false for one that somebody did.
std::vector<bool> update(db::Tx& tx, std::span<const Payment* const> payments);

std::optional<Payment> find(db::Session& session, PaymentId id);
/// As find, and nobody else changes the payment until the transaction ends. Lock it before its refunds.
std::optional<Payment> find_locked(db::Tx& tx, PaymentId id);
std::optional<Payment> find_by_order(db::Session& session, OrderId order);
/// Those of these orders that there are, in no particular order.
std::vector<Payment> of_orders(db::Session& session, const std::vector<OrderId>& orders);
/// Newest first: those before `before` (if set), `offset` skipped; of one payer (as far as index_payers
/// came), or of all.
std::vector<Payment> page(db::Session& session, std::optional<UserId> payer, std::optional<PaymentId> before,
                          std::int64_t offset, int limit);
std::int64_t count(db::Session& session, std::optional<UserId> payer);
/// 1 where payments are not in payment_payers yet, else 0.
std::int64_t unindexed(db::Session& session);
/// Adds up to `limit` payments to payment_payers; answers how many.
std::int64_t index_payers(db::Tx& tx, int limit);
/// Whether customers may choose how a simulated payment ends.
bool trials_offered(db::Session& session);
void offer_trials(db::Tx& tx, bool offered);
/// Orders after `after` that have a payment, ascending.
std::vector<OrderId> orders_after(db::Session& session, OrderId after, int limit);

/// Changes of these payments, oldest first.
std::map<PaymentId, std::vector<Change>> histories(db::Session& session, const std::vector<PaymentId>& ids);

/// Writes what refunds under way have claimed of a locked payment; no change that is shown.
void update_claims(db::Tx& tx, const Payment& payment);
/// False where the id is there already (nothing is written then).
bool insert_refund(db::Tx& tx, const Refund& refund);
/// Ends a begun refund as it is given; false where it has ended already.
bool end_refund(db::Tx& tx, const Refund& refund);
std::optional<Refund> find_refund(db::Session& session, const std::string& id);
/// The oldest refund of the payment whose outcome is not known yet.
std::optional<Refund> refund_under_way(db::Session& session, PaymentId id);
/// How many refunds of the payment have been declined.
std::int64_t declined_refunds(db::Session& session, PaymentId id);
/// Those by which the payment was to be undone, which all begin with `first_id`: how many, and the last one.
struct DeclinedUndo {
    std::int64_t count = 0;
    Refund last{};
    Timestamp at{};
};
DeclinedUndo declined_undo(db::Session& session, PaymentId id, const std::string& first_id);

/// Payments of a page of the sequence that are pending; `reach` is the page's end, `after` where nothing is
/// old enough.
struct PendingPage {
    std::int64_t reach = 0;
    std::vector<PaymentId> pending{};
};
/// The next `limit` payments behind `after`, as far as they began before `before`.
PendingPage pending_after(db::Session& session, std::int64_t after, Timestamp before, int limit);
/// A refund under way: when it began, and which.
struct OldRefund {
    Timestamp begun_at{};
    std::string id;
    PaymentId payment_id{};
};
/// Those behind `after` that began before `before`, the oldest first.
std::vector<OldRefund> old_refunds(db::Session& session, const OldRefund& after, Timestamp before, int limit);
/// Remembers that the order was given up, once.
void give_up(db::Tx& tx, OrderId order);
void forget_given_up(db::Tx& tx, OrderId order);
/// Payments of orders behind `after` that were given up, the oldest order first.
std::vector<std::pair<PaymentId, OrderId>> given_up(db::Session& session, OrderId after, int limit);

/// Payment ids that break an invariant, at most 100: more refunded than captured, or amounts that do not fit
/// the status; last change differs from the status.
std::vector<std::string> with_wrong_amounts(db::Session& session);
std::vector<std::string> with_wrong_history(db::Session& session);
/// Payments whose refunds that are done do not sum up to what was given back or taken off, or whose refunds
/// under way not to what they claim.
std::vector<std::string> with_wrong_refunds(db::Session& session);

}  // namespace cloudretail::payment::store
