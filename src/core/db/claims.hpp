// Many idempotency keys claimed at once; see idempotency.hpp. Thread rule: the transaction's.
#pragma once

#include <db/idempotency.hpp>
#include <span>
#include <vector>

namespace cloudretail::db {

struct Claim {
    const IdempotencyKey& key;
    std::string_view subject;
    const StoredAnswer& prepared;
};
/// Each as by claim() alone, one after the other.
std::vector<Result<std::optional<StoredAnswer>>> claim(Tx& tx, std::span<const Claim> claims);

}  // namespace cloudretail::db
