// The timeline of orders, kept for the life of the order, unlike the events that it is filled from.
#pragma once

#include <db/database.hpp>
#include <events/event.hpp>
#include <string_view>

namespace cloudretail::order {

/// Keeps one event of module `source` with the order it names. Throws where it names none.
void note(db::Tx& tx, std::string_view source, const events::Event& event);

/// Keeps an event of a payment, and what it tells of the payment where the order does not know it yet: money
/// that came later than the order, or was given back elsewhere.
void take_payment(db::Tx& tx, const events::Event& event);

}  // namespace cloudretail::order
