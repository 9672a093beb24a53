// The SQL of idempotency records. A record's bucket is the half day it was claimed in: looking a key up
// probes the current bucket and the earlier ones that the retention reaches back to.
#include <db/idempotency.hpp>

#include <atomic>

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

std::optional<Found> find(Session& session, const IdempotencyKey& key, Timestamp now) {
    std::vector<Bind> buckets;
    for (std::int64_t bucket = bucket_of(now); bucket >= oldest_bucket(now); --bucket)
        buckets.emplace_back(bucket);
    const Bind before[] = {Bind(key.scope)};
    auto found = session.query_in(
        "tittttt",
        "SELECT fingerprint, status, body, location, etag, subject, scope FROM idempotency "
        "WHERE scope = :scope AND bucket IN ({}) ORDER BY bucket DESC LIMIT 1",
        buckets,
        [](const Row& row) {
            return Found{
                row.text(0),
                {static_cast<int>(row.integer(1)), row.text(2), row.text(3), row.text(4), row.text(5), true}};
        },
        before);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

/// False where the key, or a key for this subject and scope, is there already.
bool insert(Tx& tx, const IdempotencyKey& key, std::string_view subject, const StoredAnswer& prepared) {
    return tx->exec(
               "INSERT INTO idempotency (subject, scope, bucket, fingerprint, status, body, location, etag, "
               "created_at) "
               "VALUES (:subject, :scope, :bucket, :fingerprint, :status, :body, :location, :etag, :now) "
               "ON CONFLICT DO NOTHING",
               subject, key.scope, bucket_of(tx.now()), key.fingerprint, prepared.status, prepared.body,
               prepared.location, prepared.etag, tx.now()) == 1;
}

Result<std::optional<StoredAnswer>> answer_of(std::optional<Found> found, const IdempotencyKey& key) {
    if (!found) return std::optional<StoredAnswer>();
    if (found->fingerprint != key.fingerprint) return Error(errors::idempotency_key_reused);
    return std::optional(std::move(found->answer));
}

}  // namespace

void set_idempotency_retention(std::int64_t retention_ms) { retention = std::max(bucket_ms, retention_ms); }

Result<std::optional<StoredAnswer>> claim(Tx& tx, const IdempotencyKey& key, std::string_view subject,
                                          const StoredAnswer& prepared) {
    if (!key.present()) return std::optional<StoredAnswer>();
    auto found = find(tx.session(), key, tx.now());
    if (found) return answer_of(std::move(found), key);
    if (insert(tx, key, subject, prepared)) return std::optional<StoredAnswer>();
    // Another process claimed it a moment ago; its transaction has ended, so now it is seen.
    found = find(tx.session(), key, tx.now());
    if (found) return answer_of(std::move(found), key);
    // Or the subject is one that comes again, and its record, whose time is over, has not been swept yet.
    tx->exec("DELETE FROM idempotency WHERE subject = :subject AND scope = :scope AND bucket < :oldest",
             subject, key.scope, oldest_bucket(tx.now()));
    if (insert(tx, key, subject, prepared)) return std::optional<StoredAnswer>();
    throw Unavailable("an idempotency key is being claimed elsewhere");
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

Result<std::optional<StoredAnswer>> look_up(Session& session, const IdempotencyKey& key, Timestamp now) {
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
