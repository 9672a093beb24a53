// The SQL of the `sagas` table of a module's database. Not the decisions. Every change of a row is guarded by
// its lease owner, so that a process which lost a saga cannot touch it. Thread rule: plain functions on a
// session.
#pragma once

#include <saga/saga.hpp>
#include <span>
#include <string>
#include <vector>

namespace cloudretail::saga::store {

struct Stored {
    Uuid id;
    std::string type, data, state, reason;  // state: running, pending, compensating
    Timestamp deadline;
};

struct NewSaga {
    const Instance* instance;
    Timestamp deadline;
};
void insert(db::Tx& tx, std::span<const NewSaga> sagas, std::string_view owner, Timestamp lease_until);
/// The three changes; false = the row is gone or another process holds it.
bool set_pending(db::Tx& tx, const Uuid& id, std::string_view owner, int attempts);
bool set_compensating(db::Tx& tx, const Uuid& id, std::string_view owner, std::string_view reason);
std::vector<bool> erase(db::Tx& tx, std::span<const Uuid> ids, std::string_view owner);

/// Whether claim() would find something.
bool claimable(db::Session& session, std::string_view type, std::string_view owner, Timestamp now);
/// Takes at most `limit` sagas over from processes that are gone.
std::vector<Stored> claim(db::Tx& tx, std::string_view type, std::string_view owner, Timestamp lease_until,
                          int limit);
/// Renews the leases of `ids`; answers those that are still the owner's.
std::vector<Uuid> renew(db::Tx& tx, std::span<const Uuid> ids, std::string_view owner, Timestamp lease_until);

}  // namespace cloudretail::saga::store
