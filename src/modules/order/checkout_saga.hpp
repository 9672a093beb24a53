// The two processes that span modules, as tables: placing an order (reserve, pay, confirm) and cancelling one
// (give the money back, give the stock back, cancel). data-and-sagas: "Placing an order".
#pragma once

#include <db/database.hpp>
#include <events/audience.hpp>
#include <inventory/api.hpp>
#include <optional>
#include <payment/api.hpp>
#include <saga/saga.hpp>
#include "order.hpp"

namespace cloudretail::order {

inline constexpr const char* checkout_type = "checkout";
inline constexpr const char* cancel_type = "cancel";

/// What both sagas work on. Rebuilt from the saga row's data after a crash.
struct Process {
    OrderId order_id;
    std::string number;
    std::vector<inventory::Line> lines;
    payment::PayRequest payment;
    events::Audience audience;     // of the order's events; empty after a crash: then it is looked up
    std::string customer_reason;   // of a cancellation: a slug, never free text
    std::string payment_status;    // as far as it is known
    std::optional<Error> failure;  // why checkout was refused, for the waiting caller
    bool from_cart = false;        // what is bought leaves the payer's cart
    bool late = false;             // nobody waits for it any more: its end changes updatedAt
};

std::string to_data(const Process& process);
Process from_data(std::string_view data);

/// Reserve → pay → (finish) confirm; undone by release and undo, ending in `failed`.
saga::Definition checkout_saga(db::Database& database, inventory::Stock& stock, payment::Payments& payments,
                               std::int64_t deadline_ms);
/// Undo the payment → release → (finish) cancelled. Goes forward only: every step is repeated until it is
/// done, because money that was given back cannot be taken again.
saga::Definition cancel_saga(db::Database& database, inventory::Stock& stock, payment::Payments& payments);

/// The problem a failed checkout is answered with, from the reason kept with the saga.
Error failure_of(const Process& process, std::string_view reason);

/// Subject of the idempotency record of a cancellation (that of placing is the order id itself).
std::string cancel_subject(OrderId id);

}  // namespace cloudretail::order
