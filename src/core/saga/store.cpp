// SQL of the saga store; see store.hpp. Thread rule: plain functions on the session they are given.
#include "store.hpp"

#include <db/rows.hpp>

namespace cloudretail::saga::store {
namespace {

Uuid uuid_of(const db::Row& row) {
    auto id = Uuid::parse(row.text(0));
    CR_ASSERT(id.has_value());
    return *id;
}

Stored stored_of(const db::Row& row) {
    return Stored{.id = uuid_of(row),
                  .type = row.text(1),
                  .data = row.text(2),
                  .state = row.text(3),
                  .reason = row.maybe_text(4).value_or(std::string()),
                  .deadline = row.time(5)};
}

}  // namespace

void insert(db::Tx& tx, std::span<const NewSaga> sagas, std::string_view owner, Timestamp lease_until) {
    db::Rows rows("id, type, data, state, lease_owner, lease_until, deadline_at, created_at, updated_at",
                  "tttttiiii");
    for (const NewSaga& saga : sagas)
        rows.add(saga.instance->id, saga.instance->type, saga.instance->data, "running", owner, lease_until,
                 saga.deadline, tx.now(), tx.now());
    db::insert(tx.session(), "sagas", rows);
}

bool set_pending(db::Tx& tx, const Uuid& id, std::string_view owner, int attempts) {
    return tx->exec(
               "UPDATE sagas SET state = 'pending', attempts = :attempts, updated_at = :now "
               "WHERE id = :id AND lease_owner = :lease_owner",
               attempts, tx.now(), id, owner) == 1;
}

bool set_compensating(db::Tx& tx, const Uuid& id, std::string_view owner, std::string_view reason) {
    return tx->exec(
               "UPDATE sagas SET state = 'compensating', reason = :reason, updated_at = :now "
               "WHERE id = :id AND lease_owner = :lease_owner",
               reason, tx.now(), id, owner) == 1;
}

std::vector<bool> erase(db::Tx& tx, std::span<const Uuid> ids, std::string_view owner) {
    db::Rows rows("id, owner", "tt");
    for (const Uuid& id : ids) rows.add(id, owner);
    return db::erase(tx.session(), "sagas", "id = {id} AND lease_owner = {owner}", rows);
}

// On SQLite another owner is always a dead one: the data directory's lock lets one process in.
bool claimable(db::Session& session, std::string_view type, std::string_view owner, Timestamp now) {
    auto found = [](const db::Row&) { return true; };
    if (session.dialect() == db::Dialect::sqlite) {
        return session
            .query_one("t",
                       "SELECT id FROM sagas WHERE type = :type AND (lease_owner <> :owner OR lease_until < "
                       ":now) LIMIT 1",
                       found, type, owner, now)
            .has_value();
    }
    return session
        .query_one("t", "SELECT id FROM sagas WHERE type = :type AND lease_until < :now LIMIT 1", found, type,
                   now)
        .has_value();
}

std::vector<Stored> claim(db::Tx& tx, std::string_view type, std::string_view owner, Timestamp lease_until,
                          int limit) {
    if (tx->dialect() == db::Dialect::sqlite) {
        return tx->query(
            "ttttti",
            "UPDATE sagas SET lease_owner = :new_owner, lease_until = :lease_until WHERE id IN ("
            "SELECT id FROM sagas WHERE type = :type AND (lease_owner <> :owner OR lease_until < :now) "
            "ORDER BY id LIMIT :limit) RETURNING id, type, data, state, reason, deadline_at",
            stored_of, owner, lease_until, type, owner, tx.now(), limit);
    }
    return tx->query("ttttti",
                     "UPDATE sagas SET lease_owner = :new_owner, lease_until = :lease_until WHERE id IN ("
                     "SELECT id FROM sagas WHERE type = :type AND lease_until < :now "
                     "ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED) "
                     "RETURNING id, type, data, state, reason, deadline_at",
                     stored_of, owner, lease_until, type, tx.now(), limit);
}

std::vector<Uuid> renew(db::Tx& tx, std::span<const Uuid> ids, std::string_view owner,
                        Timestamp lease_until) {
    const std::vector<db::Bind> list(ids.begin(), ids.end());
    const db::Bind before[] = {lease_until, owner};
    return tx->query_in(
        "t",
        "UPDATE sagas SET lease_until = :lease_until WHERE lease_owner = :owner AND id IN ({}) "
        "RETURNING id",
        list, uuid_of, before);
}

}  // namespace cloudretail::saga::store
