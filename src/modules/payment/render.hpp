// Payments as JSON, as in openapi.json. Pure functions.
#pragma once

#include <string>
#include "service.hpp"

namespace cloudretail::payment {

std::string to_json(const Detailed& payment);
std::string etag_of(const Payment& payment);
/// {items: [{type, title}]}
std::string to_json(const Offer& offer);

}  // namespace cloudretail::payment
