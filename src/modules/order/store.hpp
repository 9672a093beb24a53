// SQL of the order module: plain synchronous functions on a transaction or a session.
#pragma once

#include <db/database.hpp>
#include <span>
#include "order.hpp"

namespace cloudretail::order::store {

void insert(db::Tx& tx, std::span<const Order* const> orders);
std::optional<Order> find(db::Session& session, OrderId id);
/// With their lines, in the order of `ids` found.
std::vector<Order> find_many(db::Session& session, const std::vector<OrderId>& ids);

struct Confirmation {
    OrderId id;
    std::string_view payment_status;
    std::optional<Timestamp> updated_at;  // none: unchanged, so that the answer prepared at begin stays true
};
/// pending → confirmed, each order once. What an event told of the payment meanwhile is later than
/// `payment_status` and stands. False for an order that is not pending (it was settled already).
std::vector<bool> confirm(db::Tx& tx, std::span<const Confirmation> confirmations);
/// pending → failed with a reason. False when it is not pending.
bool fail(db::Tx& tx, OrderId id, std::string_view reason, std::string_view payment_status);
/// The order, held until the commit: who decides what becomes of it does so one after the other, in every
/// process.
std::optional<Order> hold(db::Tx& tx, OrderId id);
/// Takes a confirmed order for cancelling; false when it is not confirmed or somebody cancels it already.
bool begin_cancel(db::Tx& tx, OrderId id, std::string_view note);
void end_cancel(db::Tx& tx, OrderId id, bool cancelled, std::string_view reason,
                std::string_view payment_status);

// What becomes of a confirmed order (after_sale_store.cpp).

/// Adds what was kept of fulfilments and refunds to these orders.
void add_after_sale(db::Session& session, const std::vector<OrderId>& ids, std::vector<Order>& orders);
/// Takes pending fulfilments for a step ("shipping", "cancelling") by a saga. False when one of them is not
/// pending or taken already: the job must end with an error then.
bool take_fulfilments(db::Tx& tx, OrderId id, const std::vector<UserId>& vendors, std::string_view step,
                      const Uuid& saga);
/// Gives those that the saga holds back as they were.
void give_up_fulfilments(db::Tx& tx, OrderId id, const Uuid& saga);
/// The saga's fulfilments become `to`.
void finish_fulfilments(db::Tx& tx, OrderId id, const Uuid& saga, Progress to);
/// shipped → delivered; false as take_fulfilments. An empty tracking number leaves the one there is.
bool deliver(db::Tx& tx, OrderId id, const std::vector<UserId>& vendors, std::string_view tracking_number);
void set_tracking(db::Tx& tx, OrderId id, const Uuid& saga, std::string_view tracking_number);
/// The order's status by its fulfilments, and what is known of its payment; counts as a change.
void advance(db::Tx& tx, OrderId id, Status status, std::string_view payment_status);

/// Why it was cancelled; part of a change that advance() counts.
void set_reason(db::Tx& tx, OrderId id, std::string_view reason);

void insert_refund(db::Tx& tx, OrderId id, const Refund& refund);
/// pending → done or failed.
void end_refund(db::Tx& tx, OrderId id, const Uuid& refund, bool done);

/// What happened to an order, by the position of the event that told of it.
struct Noted {
    OrderId order;
    std::int64_t position;
    TimelineItem item;
};
/// Those that are there already stay.
void add_timeline(db::Tx& tx, std::string_view source, std::span<const Noted> items);
/// Oldest first.
std::vector<TimelineItem> timeline(db::Session& session, OrderId id);

struct Page {
    std::vector<OrderId> ids;
    std::int64_t total = 0;
};
/// Newest first. `party` none = every order (admins). `before` = keyset position (an order id), else offset.
Page list(db::Session& session, const std::optional<UserId>& party, const ListFilter& filter,
          const std::optional<OrderId>& before, std::int64_t offset, int limit);

/// How many orders order_parties does not hold yet.
std::int64_t unindexed(db::Session& session);
/// Adds up to `limit` orders to order_parties; answers how many.
std::int64_t index_parties(db::Tx& tx, int limit);

/// Takes `count` order numbers; answers the first.
std::int64_t take_numbers(db::Tx& tx, std::int64_t count);

/// For checks: ids of orders after `after`, ascending.
std::vector<OrderId> ids_after(db::Session& session, OrderId after, int limit);
/// Which of these ids have an open saga.
std::vector<Uuid> open_sagas(db::Session& session, const std::vector<Uuid>& ids);
/// Ids of sagas past their deadline by more than `grace_ms`.
std::vector<std::string> overdue_sagas(db::Session& session, Timestamp now, std::int64_t grace_ms);

}  // namespace cloudretail::order::store
