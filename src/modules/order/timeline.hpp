// The timeline of orders, kept for the life of the order, unlike the events that it is filled from.
#pragma once

#include <db/database.hpp>
#include <events/event.hpp>
#include <span>
#include <string_view>

namespace cloudretail::order {

/// Keeps events of module `source` with the orders they name. Throws where one names none.
void note(db::Tx& tx, std::string_view source, std::span<const events::Event> some);

/// Keeps events of payments, and what they tell of them where the order does not know it yet: money that came
/// later than the order, or was given back elsewhere.
void take_payments(db::Tx& tx, std::span<const events::Event> some);

}  // namespace cloudretail::order
