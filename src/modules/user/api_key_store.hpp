// API keys in their table: SQL only, plain functions on a session or transaction. Decides nothing.
#pragma once

#include <db/database.hpp>
#include "key_rules.hpp"

namespace cloudretail::user {

/// A key that is good, and what its account may.
struct GoodKey {
    ApiKey key;
    Role role = Role::customer;
};

namespace store {

void insert(db::Tx& tx, const ApiKey& key, std::string_view hash);
/// Newest first, of those not expired; with an id below `before` where one is given.
std::vector<ApiKey> api_keys(db::Session& session, UserId user_id, Timestamp now, std::optional<Uuid> before,
                             std::int64_t limit, std::int64_t offset);
std::int64_t count_api_keys(db::Session& session, UserId user_id, Timestamp now);
std::optional<ApiKey> find_api_key(db::Session& session, UserId user_id, const Uuid& id);
/// By the hash of the whole key; nullopt where its account is disabled.
std::optional<GoodKey> find_good_key(db::Session& session, std::string_view hash);
void set_key_used(db::Tx& tx, const Uuid& id, Timestamp minute);
void delete_api_key(db::Tx& tx, const Uuid& id);
/// All of a person's; their ids.
std::vector<Uuid> delete_api_keys(db::Tx& tx, UserId user_id);
void delete_all_api_keys(db::Tx& tx);
std::int64_t sweep_api_keys(db::Tx& tx, int limit);

}  // namespace store
}  // namespace cloudretail::user
