// Registering, signing in and out, the profile and administrators, on both databases.
#include "desk.hpp"
#include "render.hpp"

#include <base/json.hpp>
#include <set>

namespace cloudretail::user {

namespace {

std::string token_in(const db::StoredAnswer& answer) {
    auto document = json::Document::parse(answer.body);
    return std::string(document.value().root()["token"].text().value());
}

}  // namespace

TEST_CASE_ON_BOTH("registering makes an account, signs in and publishes an event without personal data",
                  "[user]") {
    Desk desk(dialect);
    NewAccount account = Desk::account("Demo@Example.com");
    account.role = Role::vendor;
    auto answer = desk.enrol(account);
    REQUIRE(answer.has_value());
    CHECK(answer->status == 201);
    auto document = json::Document::parse(answer->body);
    REQUIRE(document.has_value());
    auto user = document->root()["user"];
    CHECK(user["email"].text() == "demo@example.com");
    CHECK(user["role"].text() == "vendor");
    CHECK(user["twoFactorEnabled"].boolean() == false);
    CHECK(document->root()["expiresIn"].integer() == 86'400);
    CHECK(answer->body.find("argon2") == std::string::npos);
    auto caller = desk.caller_of(token_in(*answer));
    REQUIRE(caller.has_value());
    CHECK(caller->role == Role::vendor);
    CHECK(caller->id.to_string() == user["id"].text());
    CHECK(desk.sql("SELECT type FROM outbox") == "user.registered");
    CHECK(desk.sql("SELECT data FROM outbox") ==
          "{\"userId\":\"" + caller->id.to_string() + "\",\"role\":\"vendor\"}");
    CHECK(desk.sql("SELECT consent_at FROM users") == std::to_string(desk.clock.now().ms));
    CHECK(desk.sql("SELECT COUNT(*) FROM users WHERE password_hash LIKE '$argon2id$%'") == "1");
}

TEST_CASE_ON_BOTH("an e-mail is taken whatever its case", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account("demo@example.com")).has_value());
    for (const char* email : {"demo@example.com", "DEMO@EXAMPLE.COM", "Demo@example.Com"}) {
        auto refused = desk.enrol(Desk::account(email));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(errors::email_taken));
    }
    CHECK(desk.sql("SELECT COUNT(*) FROM users") == "1");
    CHECK(desk.sql("SELECT COUNT(*) FROM outbox") == "1");
    CHECK(desk.log_in("Demo123!", "DEMO@example.com").has_value());
}

TEST_CASE_ON_BOTH("registering again with the same idempotency key gives the same answer", "[user]") {
    Desk desk(dialect);
    const db::IdempotencyKey key{"scope", "fingerprint"};
    auto first = desk.enrol(Desk::account(), key);
    auto second = desk.enrol(Desk::account(), key);
    REQUIRE(first.has_value());
    REQUIRE(second.has_value());
    CHECK_FALSE(first->replayed);
    CHECK(second->replayed);
    CHECK(second->status == 201);
    CHECK(second->body == first->body);
    CHECK(second->location == first->location);
    CHECK(second->etag == first->etag);
    CHECK(desk.sql("SELECT COUNT(*) FROM users") == "1");
    // What is kept for a repetition is neither a token nor a person's data to whoever reads the database.
    const std::string kept = desk.sql("SELECT body FROM idempotency");
    CHECK(kept.size() > first->body.size());
    for (const std::string& secret : {token_in(*first), std::string("demo@example.com")})
        CHECK(kept.find(secret) == std::string::npos);
    auto other = desk.enrol(Desk::account("other@example.com"), {"scope", "another"});
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().is(cloudretail::errors::idempotency_key_reused));
}

TEST_CASE_ON_BOTH("a wrong password and an unknown account get the same words", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account()).has_value());
    auto wrong = desk.log_in("Demo123?");
    auto unknown = desk.log_in("Demo123!", "nobody@example.com");
    auto empty = desk.log_in("", "");
    for (const auto* refused : {&wrong, &unknown, &empty}) {
        REQUIRE_FALSE(refused->has_value());
        CHECK(refused->error().is(errors::invalid_credentials));
        CHECK(refused->error().detail == wrong.error().detail);
    }
    auto good = desk.log_in();
    REQUIRE(good.has_value());
    CHECK(good->user.email == "demo@example.com");
    CHECK(desk.caller_of(good->issued.token).has_value());
}

TEST_CASE_ON_BOTH("after ten wrong passwords even the right one must wait", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account()).has_value());
    for (int i = 0; i < 10; ++i)
        CHECK_FALSE(desk.log_in("wrong", i % 2 ? "demo@example.com" : "DEMO@example.com").has_value());
    auto refused = desk.log_in();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().is(errors::too_many_failures));
    CHECK(refused.error().retry_after_s == 900);
    CHECK(desk.log_in("Demo123!", "demo@example.com", "192.0.2.2")
              .has_value());  // the owner elsewhere does not
    desk.clock.advance_ms(15 * 60 * 1000);
    CHECK(desk.log_in().has_value());
}

TEST_CASE_ON_BOTH("signing out takes effect at once and after a restart, for this token alone", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account()).has_value());
    const std::string one = desk.log_in()->issued.token, two = desk.log_in()->issued.token;
    auto caller = desk.caller_of(one);
    REQUIRE(caller.has_value());
    CHECK(desk.caller_of(two).has_value());
    CHECK(Desk::run(desk.process->sign_in.log_out(*caller)).has_value());
    CHECK(Desk::run(desk.process->sign_in.log_out(*caller)).has_value());
    CHECK_FALSE(desk.caller_of(one).has_value());
    CHECK(desk.caller_of(two).has_value());
    desk.restart();
    CHECK_FALSE(desk.caller_of(one).has_value());
    CHECK(desk.caller_of(two).has_value());
}

TEST_CASE_ON_BOTH("another process on the same database learns of a log-out", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account()).has_value());
    Process other(desk.test_database.database(), desk.clock);
    const std::string token = desk.log_in()->issued.token;
    auto caller = Desk::run(other.tokens.authenticate(token));
    REQUIRE(caller.has_value());
    other.feed.load();
    CHECK(Desk::run(other.tokens.authenticate(token)).has_value());
    CHECK(Desk::run(desk.process->sign_in.log_out(*caller)).has_value());
    other.feed.load();
    CHECK_FALSE(Desk::run(other.tokens.authenticate(token)).has_value());
}

TEST_CASE_ON_BOTH("a hash with other parameters is renewed at log-in", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account()).has_value());
    const std::string before = desk.sql("SELECT password_hash FROM users");
    CHECK(desk.log_in().has_value());
    CHECK(desk.sql("SELECT password_hash FROM users") == before);
    desk.restart(2);
    CHECK(desk.log_in().has_value());
    const std::string after = desk.sql("SELECT password_hash FROM users");
    CHECK(after != before);
    CHECK(after.find("t=2") != std::string::npos);
    CHECK(desk.log_in().has_value());
}

TEST_CASE_ON_BOTH("a profile is changed, with If-Match only if nobody else did", "[user]") {
    Desk desk(dialect);
    auto answer = desk.enrol(Desk::account());
    REQUIRE(answer.has_value());
    auto caller = desk.caller_of(token_in(*answer));
    REQUIRE(caller.has_value());
    auto me = Desk::run(desk.service().me(*caller));
    REQUIRE(me.has_value());
    CHECK(me->first_name == "Demo");
    CHECK_FALSE(me->phone.has_value());

    ProfileChange change;
    change.first_name = "Zoë";
    change.phone = std::optional<std::string>("+44 20 7946 0018");
    change.addresses = {{"Home", "123 \"Main\" St", "London", "", "SW1A", "UK"}};
    auto changed = Desk::run(desk.service().change_profile(*caller, change, etag_of(*me)));
    REQUIRE(changed.has_value());
    auto stale = Desk::run(desk.service().change_profile(*caller, change, etag_of(*me)));
    REQUIRE_FALSE(stale.has_value());
    CHECK(stale.error().is(cloudretail::errors::stale));
    me = Desk::run(desk.service().me(*caller));
    REQUIRE(me.has_value());
    CHECK(to_json(*me) == to_json(*changed));
    CHECK(me->first_name == "Zoë");
    CHECK(me->last_name == "User");
    REQUIRE(me->addresses.size() == 1);
    CHECK(me->addresses[0].label == "Home");
    CHECK(me->addresses[0].street == "123 \"Main\" St");

    ProfileChange clear;
    clear.phone = std::optional<std::string>();
    clear.addresses.emplace();
    REQUIRE(Desk::run(desk.service().change_profile(*caller, clear, "")).has_value());
    me = Desk::run(desk.service().me(*caller));
    CHECK_FALSE(me->phone.has_value());
    CHECK(me->addresses.empty());
    CHECK(me->first_name == "Zoë");
}

TEST_CASE_ON_BOTH("the token of an account that is gone is worth nothing", "[user]") {
    Desk desk(dialect);
    Caller gone;
    gone.id = UserId::make();
    gone.role = Role::customer;
    auto me = Desk::run(desk.service().me(gone));
    REQUIRE_FALSE(me.has_value());
    CHECK(me.error().is(cloudretail::errors::unauthenticated));
    auto changed = Desk::run(desk.service().change_profile(gone, {}, ""));
    REQUIRE_FALSE(changed.has_value());
    CHECK(changed.error().is(cloudretail::errors::unauthenticated));
}

TEST_CASE_ON_BOTH("an administrator is made or promoted, and a password kept or changed", "[user]") {
    Desk desk(dialect);
    auto made = Desk::run(desk.service().make_admin("Boss@Example.com", "Secret-Enough-1"));
    REQUIRE(made.has_value());
    CHECK(*made == "Made an administrator's account for boss@example.com.");
    CHECK(desk.log_in("Secret-Enough-1", "boss@example.com")->user.role == Role::admin);

    REQUIRE(desk.enrol(Desk::account()).has_value());
    auto promoted = Desk::run(desk.service().make_admin("DEMO@example.com", ""));
    REQUIRE(promoted.has_value());
    CHECK(*promoted == "Made demo@example.com an administrator; the password stays.");
    CHECK(desk.log_in()->user.role == Role::admin);
    CHECK(desk.sql("SELECT COUNT(*) FROM outbox WHERE type = 'user.role_changed'") == "1");

    auto again = Desk::run(desk.service().make_admin("demo@example.com", "Another-One-2"));
    REQUIRE(again.has_value());
    CHECK(*again == "demo@example.com was an administrator already; the password is changed.");
    CHECK_FALSE(desk.log_in("Demo123!").has_value());
    CHECK(desk.log_in("Another-One-2").has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM outbox WHERE type = 'user.role_changed'") == "1");
}

TEST_CASE_ON_BOTH("a password given on the command line ends mailed links to a new one", "[user]") {
    Desk desk(dialect);
    const Caller demo = desk.customer();
    const auto mail = [&](const std::string& secret) {
        desk.test_database.database().write_blocking([&](db::Tx& tx) {
            store::insert_mailed(tx, security::sha256_hex(secret), demo.id, Purpose::reset,
                                 tx.now().plus_ms(3'600'000));
            return Unit{};
        });
    };
    mail("one");
    REQUIRE(Desk::run(desk.service().make_admin("demo@example.com", "")).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM account_tokens WHERE purpose = 'reset'") == "1");
    REQUIRE(Desk::run(desk.service().make_admin("demo@example.com", "Another-One-2")).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM account_tokens WHERE purpose = 'reset'") == "0");
    CHECK_FALSE(Desk::run(desk.process->passwords.reset("one", "Attacker-Good-1", "r")).has_value());
}

TEST_CASE_ON_BOTH("an administrator needs an e-mail and a new one a good password", "[user]") {
    Desk desk(dialect);
    struct Case {
        const char *email, *password, *pointer;
    };
    for (const auto& [email, password, pointer] :
         {Case{"new@example.com", "", "/password"}, Case{"new@example.com", "short", "/password"},
          Case{"nobody", "Secret-Enough-1", "/email"}, Case{"", "Secret-Enough-1", "/email"}}) {
        auto refused = Desk::run(desk.service().make_admin(email, password));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(cloudretail::errors::validation));
        CHECK(refused.error().fields.at(0).pointer == pointer);
    }
    CHECK(desk.sql("SELECT COUNT(*) FROM users") == "0");
}

TEST_CASE_ON_BOTH("many registrations of one e-mail at the same time make one account",
                  "[user][pitfall-unique-violation]") {
    Desk desk(dialect);
    boost::asio::io_context context;
    std::vector<std::future<Result<db::StoredAnswer>>> calls;
    for (int i = 0; i < 16; ++i) {
        auto task = desk.service().register_account(Desk::account(i % 2 ? "A@example.com" : "a@example.com"),
                                                    "", {}, "");
        calls.push_back(boost::asio::co_spawn(context, std::move(task), boost::asio::use_future));
    }
    context.run();
    int made = 0, taken = 0;
    for (auto& call : calls) {
        auto answer = call.get();
        made += answer.has_value();
        taken += !answer && answer.error().is(errors::email_taken);
    }
    CHECK(made == 1);
    CHECK(taken == 15);
}

TEST_CASE_ON_BOTH("the invariants of accounts hold and a broken one is found", "[user]") {
    Desk desk(dialect);
    REQUIRE(desk.enrol(Desk::account("a@example.com")).has_value());
    REQUIRE(desk.enrol(Desk::account("b@example.com")).has_value());
    REQUIRE(Desk::run(desk.service().make_admin("c@example.com", "Secret-Enough-1")).has_value());
    auto check = [&](auto which) {
        return desk.test_database.database().read_blocking([which](db::Session& s) { return which(s); });
    };
    CHECK(check(store::with_wrong_email).empty());
    CHECK(check(store::without_consent).empty());
    desk.sql("UPDATE users SET email = 'A@example.com' WHERE email = 'b@example.com'");
    CHECK(check(store::with_wrong_email).size() == 1);
    desk.sql("UPDATE users SET consent_at = NULL WHERE email = 'a@example.com'");
    CHECK(check(store::without_consent).size() == 1);
}

}  // namespace cloudretail::user
