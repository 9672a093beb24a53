// JSON of the cart resource, and its entity tag. Pure functions.
#pragma once

#include "cart.hpp"

namespace cloudretail::order {

/// As it is answered, with what should be known of each line.
std::string to_json(const Cart& cart, const std::vector<CheckedLine>& lines,
                    const std::vector<ProductId>& left_out, const std::string& currency);
/// As its customer takes it along: what was put in.
std::string to_json(const Cart& cart);

/// Strong tag of the representation: what was put in, and all that the body says of it.
std::string etag_of(const Cart& cart, std::string_view body);
/// Against what was put in alone. Errors: stale.
Result<> check_if_match(std::string_view if_match, const Cart& cart);

}  // namespace cloudretail::order
