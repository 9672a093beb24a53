// Tells customers what became of their orders: a handler of the order module's events, which carry ids and
// amounts alone; the address is looked up here. Whoever has no account any more gets nothing.
#pragma once

#include <db/database.hpp>
#include <events/event.hpp>
#include <span>
#include <string>
#include <vector>

namespace cloudretail::user {

/// The types it wants.
std::vector<std::string> order_letter_events();

/// Posts the letters that the events ask for, in the transaction of the inbox. `public_url`:
/// server.public_url. Throws where one of them cannot be read.
void write_order_letters(db::Tx& tx, std::span<const events::Event> events, const std::string& public_url);

}  // namespace cloudretail::user
