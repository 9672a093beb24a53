// What vendors and admins do to a product's stock, inside a transaction: rows, ledger, audit trail, event and
// the kept answer together. Who may has been asked before. The audit trail tells who did how much to what;
// where and why stands in the ledger.
#pragma once

#include <db/database.hpp>
#include <db/idempotency.hpp>
#include <transfer/import.hpp>

#include "rules.hpp"

namespace cloudretail::inventory {

/// A product's stock as the caller may see it, rendered.
struct Shown {
    std::string body;
    std::string etag;
};

/// Who asked, and how the answer is kept: under the key, where there is one.
struct Asked {
    const Caller& caller;
    const db::IdempotencyKey& key;
    std::string path;
};

/// A refusal by inventory's rules, kept like a success. Nothing was written before it.
Result<db::StoredAnswer> refuse(db::Tx& tx, const Asked& asked, const Error& error);

/// What was answered to this key before; nullopt: the key is ours now.
Result<std::optional<db::StoredAnswer>> claim_or_find(db::Tx& tx, const db::IdempotencyKey& key,
                                                      std::string_view subject);

/// 201 where the product is new in the warehouse, else 200. Errors: validation.
Result<db::StoredAnswer> receive(db::Tx& tx, const Asked& asked, const Delivery& delivery, UserId vendor);
/// Errors: not_found (the warehouse), below_reserved, validation.
Result<db::StoredAnswer> transfer(db::Tx& tx, const Asked& asked, ProductId product,
                                  const Transfer& transfer);
/// What was counted: the row becomes that, and is made where there is none. `rows` are the product's, locked.
/// Errors: below_reserved, validation; nothing was written then.
Result<transfer::Fate> count(db::Tx& tx, const Caller& caller, std::vector<StockRow>& rows,
                             const Count& counted, UserId vendor);
/// Errors: not_found (the warehouse), stale, below_reserved, validation.
Result<Shown> adjust(db::Tx& tx, const Caller& caller, ProductId product, const Adjustment& adjustment,
                     std::string_view if_match);

}  // namespace cloudretail::inventory
