// The simulated provider's ledger; see simulated_gateway.hpp. Jobs run on the writer thread.
#include "simulated_gateway.hpp"

#include <array>

#include <base/json.hpp>
#include <db/rows.hpp>

namespace cloudretail::payment {

/// What a job found; `away` becomes an exception once the ledger's own row is durable.
struct SimulatedGateway::Entry {
    Verdict verdict;
    bool away = false;
};
struct SimulatedGateway::Charge {
    std::string key;
    Money amount;
    std::string currency, token;
};

namespace {

using Kind = Verdict::Kind;

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

/// A charge as the ledger is to keep it.
struct Line {
    const std::string& key;
    Money amount;
    std::string_view currency, status;
};

/// For each whether its key was new.
std::vector<bool> enter(db::Tx& tx, std::span<const Line> lines) {
    db::Rows rows("key, amount_minor, currency, status, at", "titti");
    for (const Line& line : lines) rows.add(line.key, line.amount, line.currency, line.status, tx.now());
    return db::insert_new(tx.session(), "simulated_charges", "(key)", rows);
}

Verdict charge_again(db::Tx& tx, const std::string& key) {
    tx->exec(
        "UPDATE simulated_charges SET calls = calls + 1, "
        "status = CASE WHEN status = 'error' THEN 'captured' ELSE status END WHERE key = :key",
        key);
    return verdict_of(status_in_ledger(tx.session(), key).value());
}

Verdict cancel_in(db::Tx& tx, const std::string& key) {
    const Line line{key, Money{}, "", "cancelled"};
    if (enter(tx, std::span(&line, 1)).front()) return verdict_of("cancelled");
    tx->exec("UPDATE simulated_charges SET status = 'cancelled' WHERE key = :key AND status = 'error'", key);
    return verdict_of(status_in_ledger(tx.session(), key).value());
}

Verdict refund_in(db::Tx& tx, const std::string& key, Money amount, const std::string& refund_key) {
    const std::int64_t done = tx->number(
        "SELECT COUNT(*) FROM simulated_refunds WHERE charge_key = :charge AND key = :key", key, refund_key);
    if (done == 1) return {Kind::refunded};
    const std::int64_t left = tx->number(
        "SELECT amount_minor - COALESCE((SELECT CAST(SUM(r.amount_minor) AS BIGINT) FROM simulated_refunds r "
        "WHERE r.charge_key = c.key), 0) FROM simulated_charges c WHERE c.key = :key AND c.status = "
        "'captured'",
        key);
    if (status_in_ledger(tx.session(), key) != "captured" || amount.minor > left)
        return {Kind::declined, "nothing_to_refund"};
    tx->exec(
        "INSERT INTO simulated_refunds (charge_key, key, amount_minor, at) VALUES (:charge, :key, :amount, "
        ":at)",
        key, refund_key, amount, tx.now());
    return {Kind::refunded};
}

}  // namespace

SimulatedGateway::SimulatedGateway(db::Database& database)
    : database_(database),
      charges_(std::make_unique<const db::Kind<Charge, Entry>>(database, enter_charges)) {}
SimulatedGateway::~SimulatedGateway() = default;

std::vector<SimulatedGateway::Entry> SimulatedGateway::enter_charges(db::Tx& tx,
                                                                     std::span<Charge* const> charges) {
    std::vector<Line> lines;
    for (const Charge* charge : charges)
        lines.push_back({charge->key, charge->amount, charge->currency, first_status(charge->token)});
    const auto fresh = enter(tx, lines);
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < charges.size(); ++i) {
        if (!fresh[i]) {
            entries.push_back({charge_again(tx, charges[i]->key)});
        } else if (lines[i].status == "error") {
            entries.push_back({{}, true});
        } else {
            const bool lost = charges[i]->token == "tok_timeout";
            entries.push_back({lost ? Verdict{Kind::unknown} : verdict_of(lines[i].status)});
        }
    }
    return entries;
}

Then<SimulatedGateway::Entry> SimulatedGateway::answering(Then<Verdict> then) {
    return [then = std::move(then)](cloudretail::Outcome<Entry> outcome) mutable {
        if (!outcome.has_value()) return then(outcome.exception());
        if (outcome.get().away)
            return then(std::make_exception_ptr(Unavailable("the payment gateway had a transient error")));
        then(std::move(outcome.get().verdict));
    };
}

void SimulatedGateway::charge(std::string key, Money amount, std::string currency, std::string token,
                              Then<Verdict> then) {
    charges_->write_then(Charge{std::move(key), amount, std::move(currency), std::move(token)},
                         answering(std::move(then)));
}

void SimulatedGateway::ask(std::string key, Then<Verdict> then) {
    // On the writer, behind whatever is under way: a reader could miss a charge that is about to commit.
    auto job = [key = std::move(key)](db::Tx& tx) {
        auto status = status_in_ledger(tx.session(), key);
        return status ? verdict_of(*status) : Verdict{Kind::not_known};
    };
    database_.write_then(std::move(job), std::move(then));
}

void SimulatedGateway::cancel(std::string key, Then<Verdict> then) {
    auto job = [key = std::move(key)](db::Tx& tx) { return cancel_in(tx, key); };
    database_.write_then(std::move(job), std::move(then));
}

void SimulatedGateway::refund(std::string key, Money amount, std::string refund_key, Then<Verdict> then) {
    auto job = [key = std::move(key), amount, refund_key = std::move(refund_key)](db::Tx& tx) {
        return refund_in(tx, key, amount, refund_key);
    };
    database_.write_then(std::move(job), std::move(then));
}

std::span<const Trial> SimulatedGateway::trials() const {
    static constexpr std::array all{Trial{"tok_ok", "Card that pays"},
                                    Trial{"tok_declined", "Card that is declined"},
                                    Trial{"tok_timeout", "Card whose answer is lost"}};
    return all;
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
