// SQL of the order module: plain synchronous functions on a transaction or a session.
#pragma once

#include <db/database.hpp>
#include "order.hpp"

namespace cloudretail::order::store {

void insert(db::Tx& tx, const Order& order);
std::optional<Order> find(db::Session& session, OrderId id);
/// With their lines, in the order of `ids` found.
std::vector<Order> find_many(db::Session& session, const std::vector<OrderId>& ids);

/// pending → confirmed. `updated_at` none: unchanged, so that the answer prepared at begin stays true. False
/// when the order is not pending (it was settled already).
bool confirm(db::Tx& tx, OrderId id, std::string_view payment_status, std::optional<Timestamp> updated_at);
/// pending → failed with a reason. False when it is not pending.
bool fail(db::Tx& tx, OrderId id, std::string_view reason, std::string_view payment_status);
/// Takes a confirmed order for cancelling; false when it is not confirmed or somebody cancels it already.
bool begin_cancel(db::Tx& tx, OrderId id);
void end_cancel(db::Tx& tx, OrderId id, bool cancelled, std::string_view reason,
                std::string_view payment_status);

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

/// For checks: orders after `after`, ascending, with whether a saga of theirs is open.
struct CheckRow {
    OrderId id;
    Status status;
    Money total, lines_total;
    PaymentId payment_id;
    std::string payment_status;
    bool open_saga;
};
std::vector<CheckRow> check_page(db::Session& session, OrderId after, int limit);
std::vector<CheckRow> check_rows(db::Session& session, const std::vector<OrderId>& ids);
/// Ids of sagas past their deadline by more than `grace_ms`.
std::vector<std::string> overdue_sagas(db::Session& session, Timestamp now, std::int64_t grace_ms);

}  // namespace cloudretail::order::store
