// The SQL of leases; see lease.hpp.
#include <db/lease.hpp>

namespace cloudretail::db {

bool hold_lease(Tx& tx, std::string_view name, std::string_view owner, std::int64_t ms) {
    tx->exec("INSERT INTO leases (name, owner, until) VALUES (:name, '', 0) ON CONFLICT (name) DO NOTHING",
             name);
    if (tx->dialect() == Dialect::postgresql) {
        // Batches that wait for each other would be a deadlock.
        const auto locked = tx->query_one(
            "t", "SELECT name FROM leases WHERE name = :name FOR UPDATE SKIP LOCKED",
            [](const Row&) { return true; }, name);
        if (!locked) return false;
    }
    return tx->exec(
               "UPDATE leases SET owner = :owner, until = :until WHERE name = :name AND "
               "(owner = :owner OR until < :now)",
               owner, tx.now().plus_ms(ms), name, tx.now()) == 1;
}

}  // namespace cloudretail::db
