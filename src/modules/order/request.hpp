// What the module's routes read from bodies alike. Pure functions; the schema has passed before.
#pragma once

#include <base/json.hpp>
#include "order.hpp"

namespace cloudretail::order {

/// A refusal of one field; the pointer is that of RFC 6901, or "query/…".
Error invalid_field(std::string pointer, std::string detail);

/// The member `items` of an order or a cart. Errors: validation.
Result<std::vector<WantedLine>> read_lines(json::View items);

}  // namespace cloudretail::order
