// The simulated provider's ledger; see simulated_gateway.hpp. Jobs run on the writer thread.
#include "simulated_gateway.hpp"

#include <base/json.hpp>

namespace cloudretail::payment {

namespace {

using Kind = Verdict::Kind;

/// What a job found; `away` becomes an exception once the ledger's own row is durable.
struct Entry {
    Verdict verdict;
    bool away = false;
};

Verdict verdict_of(std::string_view status) {
    if (status == "captured") return {Kind::captured};
    if (status == "declined") return {Kind::declined, "card_declined"};
    if (status == "cancelled") return {Kind::declined, "cancelled"};
    return {Kind::not_known};  // "error": the call had no effect
}

std::string_view first_status(std::string_view token) {
    if (token == "tok_declined") return "declined";
    if (token == "tok_error_once") return "error";
    return "captured";
}

std::optional<std::string> status_in_ledger(db::Session& session, const std::string& key) {
    return session.query_one(
        "t", "SELECT status FROM simulated_charges WHERE key = :key",
        [](const db::Row& r) { return r.text(0); }, key);
}

/// True where the key was new.
bool enter(db::Tx& tx, const std::string& key, Money amount, std::string_view currency,
           std::string_view status) {
    return tx->exec(
               "INSERT INTO simulated_charges (key, amount_minor, currency, status, at) "
               "VALUES (:key, :amount, :currency, :status, :at) ON CONFLICT (key) DO NOTHING",
               key, amount, currency, status, tx.now()) == 1;
}

Entry charge_in(db::Tx& tx, const std::string& key, Money amount, const std::string& currency,
                const std::string& token) {
    const std::string_view status = first_status(token);
    if (enter(tx, key, amount, currency, status)) {
        if (status == "error") return {{}, true};
        if (token == "tok_timeout") return {{Kind::unknown}};
        return {verdict_of(status)};
    }
    tx->exec(
        "UPDATE simulated_charges SET calls = calls + 1, "
        "status = CASE WHEN status = 'error' THEN 'captured' ELSE status END WHERE key = :key",
        key);
    return {verdict_of(status_in_ledger(tx.session(), key).value())};
}

Entry cancel_in(db::Tx& tx, const std::string& key) {
    if (enter(tx, key, Money{}, "", "cancelled")) return {verdict_of("cancelled")};
    tx->exec("UPDATE simulated_charges SET status = 'cancelled' WHERE key = :key AND status = 'error'", key);
    return {verdict_of(status_in_ledger(tx.session(), key).value())};
}

Entry refund_in(db::Tx& tx, const std::string& key, Money amount, const std::string& refund_key) {
    const std::int64_t done = tx->number(
        "SELECT COUNT(*) FROM simulated_refunds WHERE charge_key = :charge AND key = :key", key, refund_key);
    if (done == 1) return {{Kind::refunded}};
    const std::int64_t left = tx->number(
        "SELECT amount_minor - COALESCE((SELECT CAST(SUM(r.amount_minor) AS BIGINT) FROM simulated_refunds r "
        "WHERE r.charge_key = c.key), 0) FROM simulated_charges c WHERE c.key = :key AND c.status = "
        "'captured'",
        key);
    if (status_in_ledger(tx.session(), key) != "captured" || amount.minor > left)
        return {{Kind::declined, "nothing_to_refund"}};
    tx->exec(
        "INSERT INTO simulated_refunds (charge_key, key, amount_minor, at) VALUES (:charge, :key, :amount, "
        ":at)",
        key, refund_key, amount, tx.now());
    return {{Kind::refunded}};
}

Then<Entry> answering(Then<Verdict> then) {
    return [then = std::move(then)](cloudretail::Outcome<Entry> outcome) mutable {
        if (!outcome.has_value()) return then(outcome.exception());
        if (outcome.get().away)
            return then(std::make_exception_ptr(Unavailable("the payment gateway had a transient error")));
        then(std::move(outcome.get().verdict));
    };
}

}  // namespace

void SimulatedGateway::charge(std::string key, Money amount, std::string currency, std::string token,
                              Then<Verdict> then) {
    auto job = [key = std::move(key), amount, currency = std::move(currency),
                token = std::move(token)](db::Tx& tx) { return charge_in(tx, key, amount, currency, token); };
    database_.write_then(std::move(job), answering(std::move(then)));
}

void SimulatedGateway::ask(std::string key, Then<Verdict> then) {
    // On the writer, behind whatever is under way: a reader could miss a charge that is about to commit.
    auto job = [key = std::move(key)](db::Tx& tx) {
        auto status = status_in_ledger(tx.session(), key);
        return Entry{status ? verdict_of(*status) : Verdict{Kind::not_known}};
    };
    database_.write_then(std::move(job), answering(std::move(then)));
}

void SimulatedGateway::cancel(std::string key, Then<Verdict> then) {
    auto job = [key = std::move(key)](db::Tx& tx) { return cancel_in(tx, key); };
    database_.write_then(std::move(job), answering(std::move(then)));
}

void SimulatedGateway::refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) {
    auto job = [key = std::move(key), amount, refund_key = std::move(refund_key)](db::Tx& tx) {
        return refund_in(tx, key, amount, refund_key);
    };
    database_.write_then(std::move(job), answering(std::move(then)));
}

std::optional<std::string> SimulatedGateway::charge_of(std::string_view event) const {
    auto document = json::Document::parse(event);
    if (!document) return std::nullopt;
    auto charge = document->root()["data"]["charge"].text();
    return charge ? std::optional<std::string>(*charge) : std::nullopt;
}

std::int64_t SimulatedGateway::sweep(db::Tx& tx, std::int64_t retention_ms, int limit) {
    // Keys are payment ids, version 7: the oldest are the first, so that nothing but what is deleted is read.
    const auto old = tx->query(
        "ti", "SELECT key, at FROM simulated_charges ORDER BY key LIMIT :limit",
        [](const db::Row& r) { return std::pair(r.text(0), r.time(1)); }, limit);
    const Timestamp before = tx.now().plus_ms(-retention_ms);
    std::int64_t forgotten = 0;
    for (const auto& [key, at] : old) {
        if (at >= before) break;
        tx->exec("DELETE FROM simulated_refunds WHERE charge_key = :key", key);
        forgotten += tx->exec("DELETE FROM simulated_charges WHERE key = :key", key);
    }
    return forgotten;
}

}  // namespace cloudretail::payment
