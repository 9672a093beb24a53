// Ending all tokens of a person; see access_writer.hpp.
#include "access_writer.hpp"

#include <algorithm>
#include "api_key_store.hpp"

namespace cloudretail::user {

namespace {

/// How long it is known that a key ended: far longer than any process remembers one (api_keys.cpp).
constexpr std::int64_t revoked_key_ms = 24LL * 3'600'000;

/// The least id above `id`.
Uuid next_to(Uuid id) {
    for (std::size_t i = id.bytes.size(); i-- > 0;)
        if (++id.bytes[i] != 0) break;
    return id;
}

}  // namespace

CutOff AccessWriter::end_all(db::Tx& tx, UserId user_id, std::optional<Uuid> kept) const {
    const auto before = store::epoch_of(tx.session(), user_id);
    // What has ended stays ended: the caller of a slow request may have been cut off meanwhile.
    if (kept && before && before->ends(*kept)) kept.reset();
    TokenEpoch epoch{user_id, make_uuid(), kept, tx.now().plus_ms(token_ttl_ms_)};
    if (before) epoch.expires_at = std::max(epoch.expires_at, before->expires_at);
    // Another process may have made the newest token by a clock that is ahead of ours.
    if (const auto newest = store::newest_token(tx.session(), user_id))
        epoch.first = std::max(epoch.first, next_to(*newest));
    if (const auto last = store::last_expiry(tx.session(), user_id))
        epoch.expires_at = std::max(epoch.expires_at, *last);
    store::set_epoch(tx, epoch);
    store::delete_sessions(tx, user_id, kept);
    return {.tokens = {}, .epochs = {epoch}};
}

CutOff AccessWriter::end_all_and_keys(db::Tx& tx, UserId user_id) const {
    CutOff cut = end_all(tx, user_id);
    cut.tokens = revoke_keys(tx, store::delete_api_keys(tx, user_id)).tokens;
    return cut;
}

CutOff AccessWriter::revoke_keys(db::Tx& tx, const std::vector<Uuid>& ids) const {
    CutOff cut;
    for (const Uuid& id : ids) {
        cut.tokens.push_back({id, tx.now().plus_ms(revoked_key_ms)});
        store::revoke(tx, cut.tokens.back());
    }
    return cut;
}

void AccessWriter::end_everybody(db::Tx& tx) const {
    Timestamp expires = tx.now().plus_ms(token_ttl_ms_);
    if (const auto last = store::last_expiry(tx.session())) expires = std::max(expires, *last);
    store::end_everybody(tx, make_uuid(), expires);
    store::delete_all_api_keys(tx);
}

}  // namespace cloudretail::user
