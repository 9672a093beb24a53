// The audit trail's SQL and its chain; see audit.hpp. Thread rule: plain functions on the session they are
// given.
#include <audit/audit.hpp>

#include <base/json.hpp>
#include <security/password.hpp>

namespace cloudretail::audit {

namespace {

constexpr std::string_view system_actor = "system";
constexpr int verify_rows = 1000;  // read at once

/// An end of the chain.
struct End {
    std::int64_t seq;
    std::string hash;
};

/// JSON keeps the fields apart, whatever is in them.
std::string hash_of(std::string_view before, const Entry& e) {
    json::Writer w;
    w.begin_array().value(before).value(e.seq).value(e.at.ms).value(e.actor).value(e.action);
    w.value(e.subject).value(e.details).value(e.request_id).end_array();
    return security::sha256_hex(w.take());
}

Entry read_entry(const db::Row& r) {
    return {r.integer(0), r.time(1), r.text(2), r.text(3), r.text(4), r.text(5), r.text(6), r.text(7)};
}

void append(db::Tx& tx, Entry entry) {
    // The update locks the head against other processes before it is read.
    tx->exec("UPDATE audit_head SET seq = seq + 1 WHERE id = 1");
    auto head = tx->query_one("it", "SELECT seq, hash FROM audit_head WHERE id = 1", [](const db::Row& r) {
        return End{r.integer(0), r.text(1)};
    });
    CR_ASSERT(head.has_value());
    entry.seq = head->seq;
    entry.at = tx.now();
    entry.hash = hash_of(head->hash, entry);
    tx->exec(
        "INSERT INTO audit (seq, at, actor, action, subject, details, request_id, hash) "
        "VALUES (:seq, :at, :actor, :action, :subject, :details, :request, :hash)",
        entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.details, entry.request_id,
        entry.hash);
    tx->exec("UPDATE audit_head SET hash = :hash WHERE id = 1", entry.hash);
}

std::vector<Entry> after(db::Session& session, std::int64_t seq, int limit) {
    return session.query("iitttttt",
                         "SELECT seq, at, actor, action, subject, details, request_id, hash FROM audit "
                         "WHERE seq > :seq ORDER BY seq LIMIT :limit",
                         read_entry, seq, limit);
}

/// What is wrong with `entry`, which should follow `last`; empty where nothing is.
std::string fault_of(const End& last, const Entry& entry) {
    if (entry.seq != last.seq + 1) return "entry " + std::to_string(last.seq + 1) + " is missing";
    if (entry.hash != hash_of(last.hash, entry))
        return "entry " + std::to_string(entry.seq) + " is not what was written";
    return {};
}

}  // namespace

void record(db::Tx& tx, const Caller& who, std::string_view action, std::string_view subject,
            std::string_view details) {
    Entry entry;
    entry.actor = who.signed_in() ? who.id.to_string() : std::string(system_actor);
    entry.action = action;
    entry.subject = subject;
    entry.details = details;
    entry.request_id = who.request_id;
    append(tx, std::move(entry));
}

void record_system(db::Tx& tx, std::string_view action, std::string_view subject, std::string_view details) {
    record(tx, Caller{}, action, subject, details);
}

std::vector<Entry> page(db::Session& session, std::int64_t before_seq, std::string_view subject, int limit) {
    std::string sql =
        "SELECT seq, at, actor, action, subject, details, request_id, hash FROM audit WHERE 1 = 1";
    std::vector<db::Bind> binds;
    if (before_seq > 0) {
        sql += " AND seq < :before";
        binds.emplace_back(before_seq);
    }
    if (!subject.empty()) {
        sql += " AND subject = :subject";
        binds.emplace_back(subject);
    }
    binds.emplace_back(limit);
    return session.query_with("iitttttt", sql + " ORDER BY seq DESC LIMIT :limit", binds, read_entry);
}

std::int64_t count(db::Session& session, std::string_view subject) {
    if (subject.empty()) return session.number("SELECT count(*) FROM audit");
    return session.number("SELECT count(*) FROM audit WHERE subject = :subject", subject);
}

Verdict verify(db::Session& session) {
    const auto ends = session.query_one(
        "itit", "SELECT base_seq, base_hash, seq, hash FROM audit_head WHERE id = 1", [](const db::Row& r) {
            return std::pair{End{r.integer(0), r.text(1)}, End{r.integer(2), r.text(3)}};
        });
    Verdict verdict;
    if (!ends) {
        verdict.fault = "the head of the chain is missing";
        return verdict;
    }
    End last = ends->first;
    for (;;) {
        const auto entries = after(session, last.seq, verify_rows);
        for (const Entry& entry : entries) {
            verdict.fault = fault_of(last, entry);
            if (!verdict.fault.empty()) return verdict;
            last = {entry.seq, entry.hash};
            ++verdict.entries;
        }
        if (entries.size() < static_cast<std::size_t>(verify_rows)) break;
    }
    if (last.seq != ends->second.seq || last.hash != ends->second.hash)
        verdict.fault = "the chain ends at entry " + std::to_string(last.seq) + ", its head says " +
                        std::to_string(ends->second.seq);
    return verdict;
}

std::int64_t sweep(db::Tx& tx, std::int64_t retention_ms, int limit) {
    const auto last = tx->query_one(
        "it",
        "SELECT seq, hash FROM audit WHERE seq IN (SELECT seq FROM audit ORDER BY seq LIMIT :limit) "
        "AND at < :before ORDER BY seq DESC LIMIT 1",
        [](const db::Row& r) {
            return End{r.integer(0), r.text(1)};
        },
        limit, tx.now().plus_ms(-retention_ms));
    if (!last) return 0;
    tx->exec("UPDATE audit_head SET base_seq = :seq, base_hash = :hash WHERE id = 1", last->seq, last->hash);
    return tx->exec("DELETE FROM audit WHERE seq <= :seq", last->seq);
}

}  // namespace cloudretail::audit
