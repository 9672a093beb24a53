// What exporting and erasing a payer needs of the payment module's tables: SQL only. Decides nothing.
// Payments lie in the order of time and have no index by payer, so these walk the table, a piece at a time.
#pragma once

#include <db/database.hpp>
#include <vector>

namespace cloudretail::payment::store {

struct PayerPiece {
    std::vector<PaymentId> ids;  // of the payer's payments in this piece
    PaymentId last;              // how far the piece reaches
    bool end;                    // there is no more
};

/// Looks at `rows` payments after `after`.
PayerPiece payments_of(db::Session& session, UserId payer, PaymentId after, int rows);

/// Takes the payer out of these payments, but for those whose outcome is not known: answers how many of these
/// there are.
std::int64_t take_payer_out(db::Tx& tx, const std::vector<PaymentId>& ids);
/// Empties the payer's list of payments; answers how many stood there.
std::int64_t unlist_payer(db::Tx& tx, UserId person);

}  // namespace cloudretail::payment::store
