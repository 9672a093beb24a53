// The processes of a confirmed order that span modules, as tables: shipping (the stock leaves), collecting
// (cash on delivery is taken), cancelling what is not shipped, refunding. They only go forward: every step is
// repeated until it is done, because goods that left and money that was given back cannot be called back.
#pragma once

#include <db/database.hpp>
#include <inventory/api.hpp>
#include <optional>
#include <payment/api.hpp>
#include <saga/saga.hpp>
#include "order.hpp"

namespace cloudretail::order {

inline constexpr const char* ship_type = "ship";
inline constexpr const char* collect_type = "collect";
inline constexpr const char* cancel_part_type = "cancel-part";
inline constexpr const char* refund_type = "refund";

/// What these sagas work on. Rebuilt from the saga row's data after a crash.
struct AfterSale {
    OrderId order_id;
    PaymentId payment_id;
    UserId actor;
    std::vector<inventory::Line> lines;  // that leave, are released, or come back
    Money amount;                        // given back
    std::string tracking_number;
    std::string reason;  // of a cancellation: a slug
    std::string traceparent;

    std::string payment_status{};          // as far as it is known
    std::optional<Error> failure{};        // why it was refused, for the waiting caller
    std::optional<saga::Instance> next{};  // begun in its last transaction, to be run by who waits
};

std::string to_data(const AfterSale& work);
AfterSale after_sale_from_data(std::string_view data);

/// A saga of this type about the work, not begun yet.
saga::Instance after_sale_instance(const Uuid& id, const char* type, std::shared_ptr<AfterSale> work);

/// Stock::ship → (finish) the saga's fulfilments are shipped.
saga::Definition ship_saga(db::Database& database, inventory::Stock& stock);
/// Payments::capture → (finish) the order's payment is captured. Its id is the payment's.
saga::Definition collect_saga(db::Database& database, payment::Payments& payments);
/// Payments::refund → Stock::release_lines → (finish) the saga's fulfilments are cancelled.
saga::Definition cancel_part_saga(db::Database& database, saga::Engine& sagas, inventory::Stock& stock,
                                  payment::Payments& payments);
/// Payments::refund → Stock::restock → (finish) the refund is done. Its id is the refund's.
saga::Definition refund_saga(db::Database& database, inventory::Stock& stock, payment::Payments& payments);

/// In the transaction that made the order delivered: begins to collect what cash on delivery still owes.
/// nullopt where nothing is owed.
std::optional<saga::Instance> begin_collecting(db::Tx& tx, saga::Engine& sagas, const Order& order,
                                               const UserId& actor, std::string traceparent);

/// Publishes one event about the order as it stands now.
void publish_fulfilment(db::Tx& tx, const char* type, const Order& order, const UserId& vendor,
                        std::string reason, const std::string& traceparent);

}  // namespace cloudretail::order
