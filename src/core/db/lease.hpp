// Leases on work that one of several processes on a database should do. Times are the holder's own clock's:
// a lease keeps two from doing the same work twice for nothing, and must not be what correctness rests on.
#pragma once

#include <db/database.hpp>
#include <string_view>

namespace cloudretail::db {

/// Takes or renews the lease `name` for `ms` in the name of `owner`; false while another owner holds it.
/// Never waits for another process.
bool hold_lease(Tx& tx, std::string_view name, std::string_view owner, std::int64_t ms);

}  // namespace cloudretail::db
