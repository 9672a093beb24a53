// See repair_store.hpp. Where several processes write, a payment may commit behind a later seq that was
// indexed already.
#include "repair_store.hpp"

namespace cloudretail::payment::store {

namespace {

/// Payments that are not listed. A pending one of a person who is being erased is left out on purpose, and an
/// erased payer is nobody.
#define UNLISTED_PAYMENTS                                                                                 \
    " FROM payments p WHERE p.seq <= (SELECT value FROM payment_counters WHERE name = 'indexed_seq') "    \
    "AND p.payer_id <> :nobody AND p.status <> 'pending' AND NOT EXISTS (SELECT 1 FROM payment_payers i " \
    "WHERE i.payer_id = p.payer_id AND i.payment_id = p.id)"

}  // namespace

std::vector<std::string> without_payer(db::Session& session) {
    return session.query(
        "t", "SELECT p.id" UNLISTED_PAYMENTS " LIMIT 100", [](const db::Row& r) { return r.text(0); },
        UserId{});
}

std::int64_t mend_payers(db::Tx& tx) {
    return tx->exec(
        "INSERT INTO payment_payers (payer_id, payment_id) SELECT p.payer_id, p.id" UNLISTED_PAYMENTS
        " ON CONFLICT DO NOTHING",
        UserId{});
}

}  // namespace cloudretail::payment::store
