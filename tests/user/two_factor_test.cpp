// The second factor on both databases: set up, switched on and off, and each code good once.
#include "desk.hpp"

#include <security/totp.hpp>
#include <set>
#include <support/authenticator.hpp>

namespace cloudretail::user {

namespace {

/// A person with a second factor, and their authenticator.
struct Guarded : Desk {
    explicit Guarded(db::Dialect dialect) : Desk(dialect), caller(customer()) {
        auto setup = run(process->two_factor.set_up(caller));
        REQUIRE(setup.has_value());
        secret = test::bytes_of(setup->secret);
        CHECK(setup->otpauth_uri.find("secret=" + setup->secret) != std::string::npos);
        CHECK(setup->otpauth_uri.starts_with("otpauth://totp/Corner%20Shop:demo%40example.com?"));
        CHECK(setup->qr_svg.starts_with("<svg "));
    }
    std::string code(int steps = 0) {
        return security::totp_code(secret, security::totp_step(clock.now()) + steps);
    }
    std::vector<std::string> enable() {
        auto codes = run(process->two_factor.enable(caller, code()));
        REQUIRE(codes.has_value());
        clock.advance_ms(30'000);
        return *codes;
    }
    Result<SignedIn> enter(PresentedCode presented, const std::string& address = "192.0.2.1") {
        return log_in_with({"demo@example.com", "Demo123!", std::move(presented), address, ""});
    }
    Caller caller;
    std::string secret;
};

template <class T>
bool refused_as(const Result<T>& result, const ErrorType& type) {
    return !result && result.error().is(type);
}

}  // namespace

TEST_CASE_ON_BOTH("a second factor is asked for once a code of it was shown", "[user][2fa]") {
    Guarded desk(dialect);
    CHECK(desk.log_in()->user.two_factor == false);  // set up is not switched on
    CHECK(refused_as(Desk::run(desk.process->two_factor.enable(desk.caller, "000000")), errors::wrong_code));
    const auto codes = desk.enable();
    CHECK(std::set<std::string>(codes.begin(), codes.end()).size() == 10);
    CHECK(refused_as(desk.log_in(), errors::two_factor_required));
    CHECK(refused_as(desk.log_in("wrong"), errors::invalid_credentials));
    CHECK(refused_as(desk.enter({.totp_code = "000000"}), errors::invalid_credentials));
    auto entered = desk.enter({.totp_code = desk.code()});
    REQUIRE(entered.has_value());
    CHECK(entered->user.two_factor);
    CHECK(refused_as(Desk::run(desk.process->two_factor.set_up(desk.caller)), errors::two_factor_enabled));
    CHECK(refused_as(Desk::run(desk.process->two_factor.enable(desk.caller, desk.code(1))),
                     errors::two_factor_enabled));
}

TEST_CASE_ON_BOTH("the secret is sealed and recovery codes are hashed in the database", "[user][2fa]") {
    Guarded desk(dialect);
    const auto codes = desk.enable();
    const std::string sealed = desk.sql("SELECT totp_secret FROM users");
    CHECK(sealed.size() > 40);
    CHECK(sealed.find(security::base32(desk.secret)) == std::string::npos);
    CHECK(desk.sql("SELECT COUNT(*) FROM recovery_codes") == "10");
    CHECK(desk.sql("SELECT COUNT(*) FROM recovery_codes WHERE code_hash LIKE '%" + codes[0] + "%'") == "0");
    CHECK(desk.sql("SELECT MIN(LENGTH(code_hash)) FROM recovery_codes") == "64");
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.two_factor_enabled'") == "1");
}

TEST_CASE_ON_BOTH("a used step is never accepted again, nor is one before it", "[user][2fa]") {
    Guarded desk(dialect);
    desk.enable();
    const std::string used = desk.code(), before = desk.code(-1);
    CHECK(desk.enter({.totp_code = used}).has_value());
    CHECK(refused_as(desk.enter({.totp_code = used}), errors::invalid_credentials));
    CHECK(refused_as(desk.enter({.totp_code = before}), errors::invalid_credentials));
    desk.restart();
    CHECK(refused_as(desk.enter({.totp_code = used}), errors::invalid_credentials));
    CHECK(desk.enter({.totp_code = desk.code(1)}).has_value());
    // What was used at the log-in is used for everything else as well.
    auto disabled =
        Desk::run(desk.process->two_factor.disable(desk.caller, "Demo123!", desk.code(1), "192.0.2.1"));
    CHECK(refused_as(disabled, errors::wrong_code));
}

TEST_CASE_ON_BOTH("of many log-ins with one code at the same time one gets in", "[user][2fa]") {
    Guarded desk(dialect);
    const auto recovery = desk.enable();
    for (const PresentedCode& presented : {PresentedCode{desk.code(), ""}, PresentedCode{"", recovery[0]}}) {
        std::vector<Task<Result<SignedIn>>> tasks;
        for (int i = 0; i < 8; ++i)
            tasks.push_back(desk.process->sign_in.log_in(
                {"demo@example.com", "Demo123!", presented, "192.0.2." + std::to_string(i), ""}));
        int entered = 0, refused = 0;
        for (const auto& ended : Desk::run_all(std::move(tasks))) {
            entered += ended.has_value();
            refused += refused_as(ended, errors::invalid_credentials);
        }
        CHECK(entered == 1);
        CHECK(refused == 7);
    }
}

TEST_CASE("two processes on one PostgreSQL accept one code once", "[user][2fa][postgresql]") {
    Guarded desk(db::Dialect::postgresql);
    desk.enable();
    db::Database beside(desk.test_database.same_place(), desk.clock);
    beside.open();
    {
        Process other(beside, desk.clock);
        for (int round = 0; round < 5; ++round) {
            desk.clock.advance_ms(30'000);
            const LogIn log_in{"demo@example.com", "Demo123!", {desk.code(), ""}, "192.0.2.1", ""};
            std::vector<Task<Result<SignedIn>>> tasks;
            for (int i = 0; i < 4; ++i) {
                tasks.push_back(desk.process->sign_in.log_in(log_in));
                tasks.push_back(other.sign_in.log_in(log_in));
            }
            int entered = 0;
            for (const auto& ended : Desk::run_all(std::move(tasks))) entered += ended.has_value();
            CHECK(entered == 1);
        }
    }
    beside.close();
}

TEST_CASE_ON_BOTH("each recovery code gets in once, however it is typed, until new ones are made",
                  "[user][2fa]") {
    Guarded desk(dialect);
    const auto codes = desk.enable();
    std::string typed;
    for (const char c : codes[1])
        if (c != '-') typed += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    CHECK(desk.enter({.recovery_code = codes[0]}).has_value());
    CHECK(refused_as(desk.enter({.recovery_code = codes[0]}), errors::invalid_credentials));
    CHECK(desk.enter({.recovery_code = typed}).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM recovery_codes") == "8");
    auto renewed = Desk::run(desk.process->two_factor.renew_recovery_codes(desk.caller, desk.code()));
    REQUIRE(renewed.has_value());
    CHECK(renewed->size() == 10);
    CHECK(refused_as(desk.enter({.recovery_code = codes[2]}), errors::invalid_credentials));
    CHECK(desk.enter({.recovery_code = renewed->at(0)}).has_value());
    CHECK(refused_as(Desk::run(desk.process->two_factor.renew_recovery_codes(desk.caller, desk.code())),
                     errors::wrong_code));
}

TEST_CASE_ON_BOTH("switching off takes the password and a code, of either kind", "[user][2fa]") {
    for (const bool by_recovery_code : {false, true}) {
        Guarded desk(dialect);
        const auto codes = desk.enable();
        auto& two_factor = desk.process->two_factor;
        auto disable = [&](const std::string& password, const std::string& code) {
            return Desk::run(two_factor.disable(desk.caller, password, code, "192.0.2.1"));
        };
        CHECK(refused_as(disable("wrong", desk.code()), errors::wrong_password));
        CHECK(refused_as(disable("Demo123!", "000000"), errors::wrong_code));
        CHECK(refused_as(desk.log_in(), errors::two_factor_required));
        CHECK(disable("Demo123!", by_recovery_code ? codes[3] : desk.code()).has_value());
        CHECK(desk.log_in().has_value());
        CHECK(desk.sql("SELECT COUNT(*) FROM users WHERE totp_secret IS NULL") == "1");
        CHECK(desk.sql("SELECT COUNT(*) FROM recovery_codes") == "0");
        CHECK(refused_as(disable("Demo123!", desk.code()), errors::two_factor_not_set_up));
        CHECK(refused_as(Desk::run(two_factor.enable(desk.caller, desk.code())),
                         errors::two_factor_not_set_up));
    }
}

TEST_CASE_ON_BOTH("guessing codes must stop, from wherever, and a recovery code still lets the owner in",
                  "[user][2fa]") {
    Guarded desk(dialect);
    const auto codes = desk.enable();
    for (int i = 0; i < 30; ++i)
        CHECK(refused_as(desk.enter({.totp_code = "000000"}, "198.51.100." + std::to_string(i)),
                         errors::invalid_credentials));
    auto waiting = desk.enter({.totp_code = desk.code()}, "203.0.113.1");
    CHECK(refused_as(waiting, errors::too_many_failures));
    CHECK(waiting.error().retry_after_s == 900);
    CHECK(desk.enter({.recovery_code = codes[0]}, "203.0.113.1").has_value());
    auto disable = [&](const std::string& code) {
        return Desk::run(desk.process->two_factor.disable(desk.caller, "Demo123!", code, "203.0.113.1"));
    };
    CHECK(refused_as(disable(desk.code()), errors::too_many_failures));
    CHECK(refused_as(disable("AAAA-AAAA-AAAA-AAAA"), errors::wrong_code));
    CHECK(disable(codes[1]).has_value());
    CHECK(desk.log_in().has_value());
}

TEST_CASE_ON_BOTH("wrong codes are forgotten after a while", "[user][2fa]") {
    Guarded desk(dialect);
    desk.enable();
    for (int i = 0; i < 30; ++i)
        CHECK(refused_as(desk.enter({.totp_code = "000000"}, "198.51.100." + std::to_string(i)),
                         errors::invalid_credentials));
    CHECK(refused_as(desk.enter({.totp_code = desk.code()}, "203.0.113.1"), errors::too_many_failures));
    desk.clock.advance_ms(15 * 60 * 1000);
    CHECK(desk.enter({.totp_code = desk.code()}).has_value());
}

TEST_CASE_ON_BOTH("knowing the password alone does not forgive wrong codes", "[user][2fa]") {
    Guarded desk(dialect);
    desk.enable();
    for (int i = 0; i < 10; ++i) {
        CHECK(refused_as(desk.enter({.totp_code = "000000"}), errors::invalid_credentials));
        if (i < 9) CHECK(refused_as(desk.log_in(), errors::two_factor_required));
    }
    CHECK(refused_as(desk.enter({.totp_code = desk.code()}), errors::too_many_failures));
}

}  // namespace cloudretail::user
