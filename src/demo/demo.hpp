// The demo store: vendors, customers, an administrator, products with stock, and orders in every state, the
// same each time (identifiers and times apart, which the modules give). Loaded through the API alone.
#pragma once

#include <app/demo.hpp>

namespace cloudretail::demo {

inline constexpr ErrorType store_not_empty{"store-not-empty", "The store is not empty", ErrorKind::conflict};

/// See app::DemoLoader. Refuses a store that sells something, unless it is the demo store.
Task<Result<std::string>> load(app::Inside inside, std::map<std::string, std::string> options);

}  // namespace cloudretail::demo
