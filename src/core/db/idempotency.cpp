// The SQL of idempotency records. A record's bucket is the half day it was claimed in: looking a key up
// probes the current bucket and the earlier ones that the retention reaches back to.
#include <db/claims.hpp>

#include <atomic>
#include <db/rows.hpp>
#include <unordered_map>
#include <unordered_set>

namespace cloudretail::db {
namespace {

constexpr std::int64_t bucket_ms = 12LL * 3'600 * 1'000;
constexpr std::int64_t day_ms = 2 * bucket_ms;

std::atomic<std::int64_t> retention{day_ms};

std::int64_t bucket_of(Timestamp at) { return at.ms / bucket_ms; }

/// The oldest bucket that may hold a record still kept.
std::int64_t oldest_bucket(Timestamp now) { return bucket_of(now.plus_ms(-retention.load())); }

struct Found {
    std::string fingerprint;
    StoredAnswer answer;
};

using Claimed = Result<std::optional<StoredAnswer>>;

std::vector<Bind> buckets_at(Timestamp now) {
    std::vector<Bind> buckets;
    for (std::int64_t bucket = bucket_of(now); bucket >= oldest_bucket(now); --bucket)
        buckets.emplace_back(bucket);
    return buckets;
}

Found found_in(const Row& row) {
    return {row.text(0),
            {static_cast<int>(row.integer(1)), row.text(2), row.text(3), row.text(4), row.text(5), true}};
}

std::optional<Found> find(Session& session, const IdempotencyKey& key, Timestamp now) {
    const Bind before[] = {Bind(key.scope)};
    auto found =
        session.query_in("tittttt",
                         "SELECT fingerprint, status, body, location, etag, subject, scope FROM idempotency "
                         "WHERE scope = :scope AND bucket IN ({}) ORDER BY bucket DESC LIMIT 1",
                         buckets_at(now), found_in, before);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

/// Those of the keys that are there, by scope.
std::unordered_map<std::string, Found> find(Session& session, std::span<const Claim> claims, Timestamp now) {
    std::unordered_map<std::string, Found> all;
    if (session.dialect() == Dialect::sqlite) {
        for (const Claim& claim : claims) {
            if (!claim.key.present()) continue;
            if (auto found = find(session, claim.key, now)) all.emplace(claim.key.scope, std::move(*found));
        }
        return all;
    }
    std::vector<Bind> scopes;
    for (const Claim& claim : claims) {
        if (claim.key.present()) scopes.emplace_back(claim.key.scope);
    }
    if (scopes.empty()) return all;
    const Bind before[] = {Bind(array_of(scopes))};
    session.query_in(
        "tittttt",
        "SELECT fingerprint, status, body, location, etag, subject, scope FROM idempotency "
        "WHERE scope = ANY(CAST(:scopes AS TEXT[])) AND bucket IN ({}) ORDER BY bucket DESC",
        buckets_at(now), [&all](const Row& row) { return all.emplace(row.text(6), found_in(row)).second; },
        before);
    return all;
}

/// For each whether it is new: not where the key, or a key for its subject and scope, is there already.
std::vector<bool> insert(Tx& tx, std::span<const Claim* const> claims) {
    Rows rows("scope, subject, bucket, fingerprint, status, body, location, etag, created_at", "ttitittti");
    for (const Claim* claim : claims) {
        const StoredAnswer& prepared = claim->prepared;
        rows.add(claim->key.scope, claim->subject, bucket_of(tx.now()), claim->key.fingerprint,
                 prepared.status, prepared.body, prepared.location, prepared.etag, tx.now());
    }
    return insert_new(tx.session(), "idempotency", "", rows);
}

Claimed answer_of(std::optional<Found> found, const IdempotencyKey& key) {
    if (!found) return std::optional<StoredAnswer>();
    if (found->fingerprint != key.fingerprint) return Error(errors::idempotency_key_reused);
    return std::optional(std::move(found->answer));
}

/// The key was not found, and yet it could not be inserted.
Claimed claim_contested(Tx& tx, const Claim& claim) {
    // Another process claimed it a moment ago; its transaction has ended, so now it is seen.
    auto found = find(tx.session(), claim.key, tx.now());
    if (found) return answer_of(std::move(found), claim.key);
    // Or the subject is one that comes again, and its record, whose time is over, has not been swept yet.
    tx->exec("DELETE FROM idempotency WHERE subject = :subject AND scope = :scope AND bucket < :oldest",
             claim.subject, claim.key.scope, oldest_bucket(tx.now()));
    const Claim* const again = &claim;
    if (insert(tx, std::span(&again, 1)).front()) return std::optional<StoredAnswer>();
    throw Unavailable("an idempotency key is being claimed elsewhere");
}

}  // namespace

void set_idempotency_retention(std::int64_t retention_ms) { retention = std::max(bucket_ms, retention_ms); }

Claimed claim(Tx& tx, const IdempotencyKey& key, std::string_view subject, const StoredAnswer& prepared) {
    const Claim one{key, subject, prepared};
    return std::move(claim(tx, std::span(&one, 1)).front());
}

std::vector<Claimed> claim(Tx& tx, std::span<const Claim> claims) {
    std::vector<Claimed> out(claims.size(), Claimed(std::optional<StoredAnswer>()));
    auto known = find(tx.session(), claims, tx.now());
    std::vector<const Claim*> fresh, twins;  // twins: of a key that one of the fresh has
    std::unordered_set<std::string_view> scopes;
    for (const Claim& claim : claims) {
        if (!claim.key.present()) continue;
        if (const auto found = known.find(claim.key.scope); found != known.end()) {
            out[static_cast<std::size_t>(&claim - claims.data())] = answer_of(found->second, claim.key);
        } else {
            (scopes.insert(claim.key.scope).second ? fresh : twins).push_back(&claim);
        }
    }
    const auto made = insert(tx, fresh);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        if (!made[i])
            out[static_cast<std::size_t>(fresh[i] - claims.data())] = claim_contested(tx, *fresh[i]);
    }
    for (const Claim* twin : twins) {
        out[static_cast<std::size_t>(twin - claims.data())] =
            answer_of(find(tx.session(), twin->key, tx.now()), twin->key);
    }
    return out;
}

void keep(Tx& tx, const IdempotencyKey& key, const StoredAnswer& answer) {
    if (!key.present()) return;
    for (std::int64_t bucket = bucket_of(tx.now()); bucket >= oldest_bucket(tx.now()); --bucket) {
        const std::int64_t kept = tx->exec(
            "UPDATE idempotency SET status = :status, body = :body, location = :location, etag = :etag "
            "WHERE bucket = :bucket AND scope = :scope",
            answer.status, answer.body, answer.location, answer.etag, bucket, key.scope);
        if (kept > 0) return;
    }
}

void keep_for(Tx& tx, std::string_view subject, const StoredAnswer& answer) {
    tx->exec(
        "UPDATE idempotency SET status = :status, body = :body, location = :location, etag = :etag "
        "WHERE subject = :subject AND scope = (SELECT scope FROM idempotency WHERE subject = :subject "
        "ORDER BY created_at, scope LIMIT 1)",
        answer.status, answer.body, answer.location, answer.etag, subject);
}

Claimed look_up(Session& session, const IdempotencyKey& key, Timestamp now) {
    if (!key.present()) return std::optional<StoredAnswer>();
    return answer_of(find(session, key, now), key);
}

std::int64_t forget(Tx& tx, std::string_view subject) {
    return tx->exec("DELETE FROM idempotency WHERE subject = :subject", subject);
}

std::int64_t sweep(Tx& tx, std::int64_t retention_ms, int limit) {
    // Whole buckets only: the last moment of the bucket is older than the retention.
    return tx->exec(
        "DELETE FROM idempotency WHERE (subject, scope) IN (SELECT subject, scope FROM idempotency "
        "WHERE bucket < :oldest ORDER BY bucket LIMIT :limit)",
        bucket_of(tx.now().plus_ms(-retention_ms)), limit);
}

}  // namespace cloudretail::db
