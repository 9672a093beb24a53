// Passwords on both databases: changed by who knows them, reset by who reads the mail; e-mails verified.
#include "desk.hpp"

#include <chrono>
#include <security/totp.hpp>
#include <set>
#include <support/authenticator.hpp>

namespace cloudretail::user {

namespace {

template <class T>
bool refused_as(const Result<T>& result, const ErrorType& type) {
    return !result && result.error().is(type);
}

struct Locksmith : Desk {
    explicit Locksmith(db::Dialect dialect) : Desk(dialect), caller(customer()) {}

    Result<> change(const std::string& current, const std::string& next) {
        return run(process->passwords.change(caller, current, next, "192.0.2.1"));
    }
    void ask(Purpose purpose, const std::string& email = "demo@example.com") {
        run(done(process->passwords.request_mail(purpose, email)));
        run(done(process->passwords.work_off()));
    }
    static Task<int> done(Task<void> task) {
        co_await std::move(task);
        co_return 0;
    }
    Result<> reset(const std::string& token, const std::string& next) {
        return run(process->passwords.reset(token, next, "r"));
    }
    Result<> verify(const std::string& token) { return run(process->passwords.verify_email(token)); }
    std::string mails(const std::string& purpose) {
        return sql("SELECT COUNT(*) FROM mails WHERE reference LIKE '" + purpose + ":%'");
    }
    /// The secret of the newest mail for this purpose.
    std::string mailed(const std::string& purpose) {
        const std::string body = sql("SELECT body FROM mails WHERE reference LIKE '" + purpose +
                                     ":%' ORDER BY created_at DESC LIMIT 1");
        const std::string link = "https://shop.example.com/" +
                                 std::string(purpose == "reset" ? "reset-password" : "verify-email") +
                                 "#token=";
        const auto at = body.find(link);
        REQUIRE(at != std::string::npos);
        return body.substr(at + link.size(), 43);
    }
    Caller caller;
};

}  // namespace

TEST_CASE_ON_BOTH("a change of password that is overtaken by the end of its token does not bring it back",
                  "[user][passwords]") {
    Locksmith desk(dialect);
    const std::string token = desk.log_in()->issued.token;
    desk.caller = desk.caller_of(token).value();  // as the gateway admitted it, before what follows
    REQUIRE(desk.run(desk.process->sign_in.log_out_everywhere(desk.caller)).has_value());
    REQUIRE_FALSE(desk.caller_of(token).has_value());
    CHECK(refused_as(desk.change("Demo123!", "Another-Good-1"), cloudretail::errors::unauthenticated));
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.log_in().has_value());  // the password stayed
}

TEST_CASE_ON_BOTH("a changed password ends all other tokens at once", "[user][passwords]") {
    Locksmith desk(dialect);
    const std::string here = desk.log_in()->issued.token, there = desk.log_in()->issued.token;
    desk.caller = desk.caller_of(here).value();
    CHECK(refused_as(desk.change("wrong", "Another-Good-1"), errors::wrong_password));
    auto weak = desk.change("Demo123!", "short");
    CHECK(refused_as(weak, cloudretail::errors::validation));
    CHECK(weak.error().fields.at(0).pointer == "/newPassword");
    CHECK(refused_as(desk.change("Demo123!", "demo@example.com"), cloudretail::errors::validation));
    CHECK(desk.caller_of(there).has_value());

    CHECK(desk.change("Demo123!", "Another-Good-1").has_value());
    CHECK(desk.caller_of(here).has_value());
    CHECK_FALSE(desk.caller_of(there).has_value());
    CHECK(refused_as(desk.log_in(), errors::invalid_credentials));
    CHECK(desk.log_in("Another-Good-1").has_value());
    desk.restart();
    CHECK(desk.caller_of(here).has_value());
    CHECK_FALSE(desk.caller_of(there).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.password_changed'") == "1");
}

TEST_CASE_ON_BOTH("guessing the password of an open session must stop too", "[user][passwords]") {
    Locksmith desk(dialect);
    for (int i = 0; i < 10; ++i)
        CHECK(refused_as(desk.change("wrong", "Another-Good-1"), errors::wrong_password));
    CHECK(refused_as(desk.change("Demo123!", "Another-Good-1"), errors::too_many_failures));
    CHECK(refused_as(desk.log_in(), errors::too_many_failures));  // one count for both
    CHECK(desk.log_in("Demo123!", "demo@example.com", "192.0.2.2").has_value());
}

TEST_CASE_ON_BOTH("of two changes at the same time one is made", "[user][passwords]") {
    Locksmith desk(dialect);
    std::vector<Task<Result<>>> tasks;
    for (int i = 0; i < 6; ++i)
        tasks.push_back(desk.process->passwords.change(desk.caller, "Demo123!",
                                                       "Another-Good-" + std::to_string(i), "192.0.2.1"));
    int made = 0;
    for (const auto& ended : Desk::run_all(std::move(tasks))) made += ended.has_value();
    CHECK(made == 1);
}

TEST_CASE_ON_BOTH("a mailed secret sets a new password once, and ends all tokens", "[user][passwords]") {
    Locksmith desk(dialect);
    const std::string token = desk.log_in()->issued.token;
    desk.ask(Purpose::reset, " DEMO@example.com");
    const std::string secret = desk.mailed("reset");
    CHECK(desk.sql("SELECT COUNT(*) FROM account_tokens WHERE token_hash LIKE '%" + secret + "%'") == "0");
    CHECK(desk.sql("SELECT recipient FROM mails WHERE reference LIKE 'reset:%'") == "demo@example.com");
    CHECK(refused_as(desk.reset(secret, "short"), cloudretail::errors::validation));
    CHECK(refused_as(desk.verify(secret), errors::invalid_token));  // good for its purpose alone
    CHECK(desk.reset(secret, "Another-Good-1").has_value());
    CHECK(refused_as(desk.reset(secret, "Another-Good-2"), errors::invalid_token));
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(refused_as(desk.log_in(), errors::invalid_credentials));
    auto again = desk.log_in("Another-Good-1");
    REQUIRE(again.has_value());
    CHECK(again->user.email_verified);
    CHECK(desk.sql("SELECT COUNT(*) FROM account_tokens WHERE purpose = 'reset'") == "0");
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.password_reset'") == "1");
}

TEST_CASE_ON_BOTH("of many resets by one secret at the same time one is made", "[user][passwords]") {
    Locksmith desk(dialect);
    desk.ask(Purpose::reset);
    const std::string secret = desk.mailed("reset");
    std::vector<Task<Result<>>> tasks;
    for (int i = 0; i < 8; ++i)
        tasks.push_back(desk.process->passwords.reset(secret, "Another-Good-" + std::to_string(i), "r"));
    int made = 0, refused = 0;
    for (const auto& ended : Desk::run_all(std::move(tasks))) {
        made += ended.has_value();
        refused += refused_as(ended, errors::invalid_token);
    }
    CHECK(made == 1);
    CHECK(refused == 7);
}

TEST_CASE_ON_BOTH("a mailed secret is worth nothing after its time, or once the password was changed",
                  "[user][passwords]") {
    Locksmith desk(dialect);
    desk.ask(Purpose::reset);
    const std::string late = desk.mailed("reset");
    desk.clock.advance_ms(3'600'000);
    CHECK(refused_as(desk.reset(late, "Another-Good-1"), errors::invalid_token));
    desk.ask(Purpose::reset);
    const std::string overtaken = desk.mailed("reset");
    CHECK(desk.change("Demo123!", "Another-Good-1").has_value());
    CHECK(refused_as(desk.reset(overtaken, "Another-Good-2"), errors::invalid_token));
}

TEST_CASE_ON_BOTH("wrong secrets keep nobody at the same address from using a good one",
                  "[user][passwords]") {
    Locksmith desk(dialect);
    desk.ask(Purpose::reset);
    for (int i = 0; i < 12; ++i) {
        CHECK(refused_as(desk.reset("guess", "Another-Good-1"), errors::invalid_token));
        CHECK(refused_as(desk.verify("guess"), errors::invalid_token));
    }
    CHECK(desk.verify(desk.mailed("verify")).has_value());
    CHECK(desk.reset(desk.mailed("reset"), "Another-Good-1").has_value());
}

TEST_CASE_ON_BOTH("a reset takes off a second factor that was set up before the e-mail was proven, no other",
                  "[user][passwords][2fa]") {
    for (const bool proven : {false, true}) {
        Locksmith desk(dialect);
        if (proven) CHECK(desk.verify(desk.mailed("verify")).has_value());
        auto setup = Desk::run(desk.process->two_factor.set_up(desk.caller));
        REQUIRE(setup.has_value());
        const std::string code =
            security::totp_code(test::bytes_of(setup->secret), security::totp_step(desk.clock.now()));
        REQUIRE(Desk::run(desk.process->two_factor.enable(desk.caller, code)).has_value());
        desk.ask(Purpose::reset);
        REQUIRE(desk.reset(desk.mailed("reset"), "Another-Good-1").has_value());
        const auto entered = desk.log_in("Another-Good-1");
        if (proven) {
            CHECK(refused_as(entered, errors::two_factor_required));
        } else {
            CHECK(entered.has_value());
        }
        CHECK(desk.sql("SELECT COUNT(*) FROM recovery_codes") == (proven ? "10" : "0"));
        CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.two_factor_reset'") ==
              (proven ? "0" : "1"));
    }
}

TEST_CASE_ON_BOTH("asking for a mail does the same for those who have an account and those who have not",
                  "[user][passwords]") {
    Locksmith desk(dialect);
    for (const char* email : {"demo@example.com", "nobody@example.com", "not an address", ""}) {
        Desk::run(Locksmith::done(desk.process->passwords.request_mail(Purpose::reset, email)));
        CHECK(desk.sql("SELECT COUNT(*) FROM letter_requests") == "1");
        CHECK(desk.sql("SELECT COUNT(*) FROM letter_requests WHERE email LIKE '%example%'") ==
              "0");  // sealed
        Desk::run(Locksmith::done(desk.process->passwords.work_off()));
        CHECK(desk.sql("SELECT COUNT(*) FROM letter_requests") == "0");
    }
    CHECK(desk.mails("reset") == "1");
}

TEST_CASE_ON_BOTH("what was asked for before a restart is mailed after it", "[user][passwords]") {
    Locksmith desk(dialect);
    Desk::run(Locksmith::done(desk.process->passwords.request_mail(Purpose::reset, "demo@example.com")));
    desk.restart();
    CHECK(desk.process->passwords.requested());
    Desk::run(Locksmith::done(desk.process->passwords.work_off()));
    CHECK(desk.reset(desk.mailed("reset"), "Another-Good-1").has_value());
}

TEST_CASE_ON_BOTH("an account gets a few such mails in an hour, a disabled one none", "[user][passwords]") {
    Locksmith desk(dialect);
    for (int i = 0; i < 8; ++i) desk.ask(Purpose::reset);
    CHECK(desk.mails("reset") == "5");
    desk.clock.advance_ms(3'600'000);
    desk.ask(Purpose::reset);
    CHECK(desk.mails("reset") == "6");
    const std::string secret = desk.mailed("reset");
    const Caller admin = desk.admin();
    CHECK(Desk::run(desk.process->administration.decide(admin, desk.caller.id, {{}, Status::disabled}, ""))
              .has_value());
    CHECK(refused_as(desk.reset(secret, "Another-Good-1"), errors::invalid_token));
    desk.clock.advance_ms(3'600'000);
    desk.ask(Purpose::reset);
    CHECK(desk.mails("reset") == "6");
}

TEST_CASE_ON_BOTH("an e-mail is verified by the mail that registering sends, once", "[user][passwords]") {
    Locksmith desk(dialect);
    CHECK(desk.mails("verify") == "1");
    const std::string secret = desk.mailed("verify");
    CHECK_FALSE(desk.log_in()->user.email_verified);
    CHECK(refused_as(desk.reset(secret, "Another-Good-1"), errors::invalid_token));
    CHECK(desk.verify(secret).has_value());
    CHECK(refused_as(desk.verify(secret), errors::invalid_token));
    CHECK(desk.log_in()->user.email_verified);
    desk.ask(Purpose::verify);
    CHECK(desk.mails("verify") == "1");  // there is nothing left to verify
}

TEST_CASE_ON_BOTH("another mail that verifies can be asked for, and the one before stays good",
                  "[user][passwords]") {
    Locksmith desk(dialect);
    const std::string first = desk.mailed("verify");
    desk.clock.advance_ms(1'000);
    desk.ask(Purpose::verify);
    CHECK(desk.mails("verify") == "2");
    CHECK(desk.mailed("verify") != first);
    CHECK(desk.verify(first).has_value());
}

}  // namespace cloudretail::user
