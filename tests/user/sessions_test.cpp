// Sessions on both databases: listed, ended one by one and all at once, and when they were last used.
#include "desk.hpp"

namespace cloudretail::user {

namespace {

struct Tracked : Desk {
    explicit Tracked(db::Dialect dialect) : Desk(dialect) { REQUIRE(enrol(account()).has_value()); }
    std::string token() { return log_in()->issued.token; }
    Sessions::Page list(const Caller& caller, gateway::PageRequest page = {}) {
        auto listed = run(process->sessions.list(caller, page));
        REQUIRE(listed.has_value());
        return *listed;
    }
};

}  // namespace

TEST_CASE_ON_BOTH("every log-in is a session that its owner can list and end", "[user][sessions]") {
    Tracked desk(dialect);
    const std::string here = desk.token(), there = desk.token();
    const Caller caller = desk.caller_of(here).value(), other = desk.caller_of(there).value();
    auto listed = desk.list(caller);
    REQUIRE(listed.total == 3);  // registering signed in too
    REQUIRE(listed.sessions.size() == 3);
    CHECK(listed.sessions[0].token_id.to_string() == other.token_id);
    CHECK(listed.sessions[1].token_id.to_string() == caller.token_id);
    CHECK(listed.sessions[1].device == "Firefox on Linux");
    CHECK(listed.sessions[1].created_at == desk.clock.now());

    CHECK(Desk::run(desk.process->sessions.end(caller, *Uuid::parse(other.token_id))).has_value());
    CHECK_FALSE(desk.caller_of(there).has_value());
    CHECK(desk.caller_of(here).has_value());
    CHECK(desk.list(caller).total == 2);
    auto again = Desk::run(desk.process->sessions.end(caller, *Uuid::parse(other.token_id)));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().is(cloudretail::errors::not_found));
    desk.restart();
    CHECK_FALSE(desk.caller_of(there).has_value());
    CHECK(desk.caller_of(here).has_value());
}

TEST_CASE_ON_BOTH("somebody else's session is not there", "[user][sessions]") {
    Tracked desk(dialect);
    const std::string token = desk.token();
    const Caller owner = desk.caller_of(token).value();
    const Caller eve = desk.customer("eve@example.com");
    auto refused = Desk::run(desk.process->sessions.end(eve, *Uuid::parse(owner.token_id)));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().is(cloudretail::errors::not_found));
    CHECK(desk.caller_of(token).has_value());
    CHECK(desk.list(eve).total == 2);
}

TEST_CASE_ON_BOTH("a list of sessions goes on by cursor, and knows its own cursors", "[user][sessions]") {
    Tracked desk(dialect);
    for (int i = 0; i < 4; ++i) desk.token();
    const Caller caller = desk.caller_of(desk.token()).value();
    gateway::PageRequest page;
    page.limit = 2;
    std::vector<Uuid> seen;
    for (int i = 0; i < 3; ++i) {
        for (const Session& session : desk.list(caller, page).sessions) seen.push_back(session.token_id);
        page.cursor = seen.back().to_string();
    }
    CHECK(seen.size() == 6);
    CHECK(std::ranges::is_sorted(seen, std::greater<>()));
    CHECK(desk.list(caller, page).sessions.empty());
    page.cursor = "nonsense";
    auto refused = Desk::run(desk.process->sessions.list(caller, page));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().is(cloudretail::errors::validation));
}

TEST_CASE_ON_BOTH("signing out everywhere ends every token at once, and later ones are good",
                  "[user][sessions]") {
    Tracked desk(dialect);
    std::vector<std::string> tokens;
    for (int i = 0; i < 3; ++i) tokens.push_back(desk.token());
    const Caller caller = desk.caller_of(tokens[0]).value();
    const Caller eve = desk.customer("eve@example.com");
    CHECK(Desk::run(desk.process->sign_in.log_out_everywhere(caller)).has_value());
    for (const auto& token : tokens) CHECK_FALSE(desk.caller_of(token).has_value());
    const std::string later = desk.token();
    CHECK(desk.caller_of(later).has_value());
    CHECK(desk.list(caller).total == 1);
    CHECK(desk.list(eve).total == 2);
    desk.restart();
    for (const auto& token : tokens) CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.caller_of(later).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.signed_out_everywhere'") == "1");
}

TEST_CASE_ON_BOTH("another process on the same database learns that all tokens ended", "[user][sessions]") {
    Tracked desk(dialect);
    Process other(desk.test_database.database(), desk.clock);
    const std::string token = desk.token();
    auto caller = Desk::run(other.tokens.authenticate(token));
    REQUIRE(caller.has_value());
    CHECK(Desk::run(desk.process->sign_in.log_out_everywhere(*caller)).has_value());
    other.feed.load();
    CHECK_FALSE(Desk::run(other.tokens.authenticate(token)).has_value());
    CHECK(Desk::run(other.tokens.authenticate(desk.token())).has_value());
}

TEST_CASE_ON_BOTH("a token made by a clock that is ahead ends with the others", "[user][sessions]") {
    Tracked desk(dialect);
    const Caller caller = desk.caller_of(desk.token()).value();
    const std::string ahead = "ffffffff-ffff-7000-8000-000000000000";
    desk.sql("INSERT INTO sessions (token_id, user_id, device, created_at, seen_at, expires_at) VALUES ('" +
             ahead + "', '" + caller.id.to_string() + "', '', 0, 0, " +
             std::to_string(desk.clock.now().ms + 1000) + ")");
    CHECK(Desk::run(desk.process->sign_in.log_out_everywhere(caller)).has_value());
    CHECK(desk.process->revocations.ended(caller.id, *Uuid::parse(ahead)));
}

TEST_CASE_ON_BOTH("after a restore no token or mailed secret is good, whoever signs the tokens",
                  "[user][sessions]") {
    Desk desk(dialect);
    const Caller customer = desk.customer();
    const std::string before = desk.log_in()->issued.token;
    REQUIRE(Desk::run(desk.process->sign_in.log_out_everywhere(customer)).has_value());
    const std::string token = desk.log_in()->issued.token;
    desk.test_database.database().write_blocking([&](db::Tx& tx) {
        desk.process->access.end_everybody(tx);
        return Unit{};
    });
    desk.restart();
    CHECK_FALSE(desk.caller_of(before).has_value());
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM sessions") == "0");
    CHECK(desk.sql("SELECT COUNT(*) FROM account_tokens") == "0");
    CHECK(desk.caller_of(desk.log_in()->issued.token).has_value());
}

TEST_CASE_ON_BOTH("when a session was last used is known to the hour, a while later", "[user][sessions]") {
    Tracked desk(dialect);
    const std::string token = desk.token();
    const auto created = Activity::hour_of(desk.clock.now());
    desk.clock.advance_ms(2 * 3'600'000 + 5'000);
    const Caller caller = desk.caller_of(token).value();
    CHECK(desk.list(caller).sessions[0].seen_at == created);
    Desk::run([](Sessions& sessions) -> Task<int> {
        co_await sessions.write_activity();
        co_return 0;
    }(desk.process->sessions));
    CHECK(desk.list(caller).sessions[0].seen_at == Activity::hour_of(desk.clock.now()));
    CHECK(desk.list(caller).sessions[0].seen_at.ms % 3'600'000 == 0);
}

TEST_CASE_ON_BOTH("what has expired is swept, and nothing else", "[user][sessions]") {
    Tracked desk(dialect);
    for (int i = 0; i < 3; ++i)
        CHECK(Desk::run(desk.process->sign_in.log_out(desk.caller_of(desk.token()).value())).has_value());
    CHECK(Desk::run(desk.process->sign_in.log_out_everywhere(desk.caller_of(desk.token()).value()))
              .has_value());
    desk.clock.advance_ms(24 * 3'600'000);
    const Caller caller = desk.caller_of(desk.token()).value();
    CHECK(Desk::run(desk.process->sign_in.log_out(desk.caller_of(desk.token()).value())).has_value());
    auto sweep = [&](std::int64_t (*which)(db::Tx&, int)) {
        return desk.test_database.database().write_blocking([which](db::Tx& tx) { return which(tx, 2); });
    };
    CHECK(desk.list(caller).total == 1);
    CHECK(sweep(store::sweep_revoked) == 2);
    CHECK(sweep(store::sweep_revoked) == 1);
    CHECK(sweep(store::sweep_revoked) == 0);
    CHECK(sweep(store::sweep_epochs) == 1);
    CHECK(sweep(store::sweep_sessions) == 0);
    CHECK(sweep(store::sweep_mailed) == 0);
    desk.clock.advance_ms(24 * 3'600'000);
    CHECK(sweep(store::sweep_sessions) == 1);
    CHECK(sweep(store::sweep_mailed) == 1);  // the mail that asks to confirm an address is good for two days
    CHECK(desk.sql("SELECT COUNT(*) FROM revoked_tokens") == "1");
}

}  // namespace cloudretail::user
