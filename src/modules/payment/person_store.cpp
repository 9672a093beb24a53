// SQL of exporting and erasing payers; see person_store.hpp.
#include "person_store.hpp"

namespace cloudretail::payment::store {

PayerPiece payments_of(db::Session& session, UserId payer, PaymentId after, int rows) {
    PayerPiece piece{{}, after, true};
    const std::string who = payer.to_string();
    int seen = 0;
    auto look = [&](const db::Row& r) {
        ++seen;
        piece.last = r.id<PaymentId>(0);
        if (r.text(1) == who) piece.ids.push_back(piece.last);
        return 0;
    };
    session.query("tt", "SELECT id, payer_id FROM payments WHERE id > :after ORDER BY id LIMIT :limit", look,
                  after, rows);
    piece.end = seen < rows;
    return piece;
}

std::int64_t take_payer_out(db::Tx& tx, const std::vector<PaymentId>& ids) {
    std::int64_t waiting = 0;
    for (const auto& id : ids) {
        const auto changed = tx->exec(
            "UPDATE payments SET payer_id = :nobody WHERE id = :id AND status <> 'pending'", UserId{}, id);
        waiting += changed == 0 ? 1 : 0;
    }
    return waiting;
}

std::int64_t unlist_payer(db::Tx& tx, UserId person) {
    return tx->exec("DELETE FROM payment_payers WHERE payer_id = :person", person);
}

}  // namespace cloudretail::payment::store
