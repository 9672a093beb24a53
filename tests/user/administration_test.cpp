// Accounts in administrators' hands, on both databases: decisions act at once, and an administrator stays.
#include "desk.hpp"
#include "render.hpp"

#include <security/totp.hpp>
#include <support/authenticator.hpp>

namespace cloudretail::user {

namespace {

template <class T>
bool refused_as(const Result<T>& result, const ErrorType& type) {
    return !result && result.error().is(type);
}

struct Office : Desk {
    explicit Office(db::Dialect dialect) : Desk(dialect), boss(admin()) {}
    Result<User> decide(const Caller& who, UserId id, AccountDecision decision,
                        const std::string& if_match = "") {
        return run(process->administration.decide(who, id, decision, if_match));
    }
    Administration::Page list(UserFilter filter = {}, gateway::PageRequest page = {}) {
        auto listed = run(process->administration.list(boss, std::move(filter), page));
        REQUIRE(listed.has_value());
        return *listed;
    }
    Caller boss;
};

AccountDecision role(Role role) { return {.role = role, .status = {}}; }
AccountDecision status(Status status) { return {.role = {}, .status = status}; }

}  // namespace

TEST_CASE_ON_BOTH("a role change acts on live tokens at once", "[user][admin]") {
    Office desk(dialect);
    const Caller customer = desk.customer();
    const std::string token = desk.log_in()->issued.token;
    auto changed = desk.decide(desk.boss, customer.id, role(Role::vendor));
    REQUIRE(changed.has_value());
    CHECK(changed->role == Role::vendor);
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.caller_by_log_in("demo@example.com", "Demo123!").role == Role::vendor);
    CHECK(desk.sql("SELECT COUNT(*) FROM outbox WHERE type = 'user.role_changed'") == "1");
    CHECK(desk.sql("SELECT details FROM audit WHERE action = 'user.role_changed'") ==
          R"({"from":"customer","to":"vendor"})");
    CHECK(desk.sql("SELECT actor FROM audit WHERE action = 'user.role_changed'") == desk.boss.id.to_string());
}

TEST_CASE_ON_BOTH("disabling acts on live tokens at once, until it is taken back", "[user][admin]") {
    Office desk(dialect);
    const Caller customer = desk.customer();
    const std::string token = desk.log_in()->issued.token;
    Process other(desk.test_database.database(), desk.clock);
    CHECK(Desk::run(other.tokens.authenticate(token)).has_value());
    CHECK(desk.decide(desk.boss, customer.id, status(Status::disabled)).has_value());
    CHECK_FALSE(desk.caller_of(token).has_value());
    other.feed.load();
    CHECK_FALSE(Desk::run(other.tokens.authenticate(token)).has_value());
    CHECK(refused_as(desk.log_in(), errors::account_disabled));
    CHECK(refused_as(desk.log_in("wrong"), errors::invalid_credentials));  // only who knows it is told
    desk.restart();
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.decide(desk.boss, customer.id, status(Status::active)).has_value());
    CHECK(desk.log_in().has_value());
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action IN ('user.disabled', 'user.enabled')") == "2");
}

TEST_CASE_ON_BOTH("an administrator takes off somebody's lost second factor, and never the own",
                  "[user][admin][2fa]") {
    Office desk(dialect);
    auto set_up = [&](const Caller& who) {
        auto setup = Desk::run(desk.process->two_factor.set_up(who));
        REQUIRE(setup.has_value());
        const std::string code =
            security::totp_code(test::bytes_of(setup->secret), security::totp_step(desk.clock.now()));
        REQUIRE(Desk::run(desk.process->two_factor.enable(who, code)).has_value());
    };
    const Caller customer = desk.customer();
    const std::string token = desk.log_in()->issued.token;
    set_up(customer);
    set_up(desk.boss);
    auto decided = desk.decide(desk.boss, customer.id, {.two_factor_off = true});
    REQUIRE(decided.has_value());
    CHECK_FALSE(decided->two_factor);
    CHECK(desk.run(desk.process->administration.get(desk.boss, customer.id))->version == decided->version);
    CHECK_FALSE(desk.caller_of(token).has_value());
    CHECK(desk.log_in().has_value());
    CHECK(desk.sql("SELECT COUNT(*) FROM recovery_codes") == "10");  // the administrator's
    CHECK(desk.sql("SELECT subject FROM audit WHERE action = 'user.two_factor_reset'") ==
          customer.id.to_string());
    CHECK(refused_as(desk.decide(desk.boss, desk.boss.id, {.two_factor_off = true}),
                     cloudretail::errors::forbidden));
    CHECK(desk.decide(desk.boss, customer.id, {.two_factor_off = true})->version == decided->version);
}

TEST_CASE_ON_BOTH("no log-in that runs beside a disabling leaves a token that is good", "[user][admin]") {
    Office desk(dialect);
    for (int round = 0; round < 8; ++round) {
        const std::string email = "race" + std::to_string(round) + "@example.com";
        const Caller victim = desk.customer(email);
        boost::asio::io_context context;
        std::vector<std::future<Result<SignedIn>>> log_ins;
        for (int i = 0; i < 4; ++i)
            log_ins.push_back(boost::asio::co_spawn(
                context, desk.process->sign_in.log_in({email, "Demo123!", {}, "192.0.2.1", ""}),
                boost::asio::use_future));
        auto disabled = boost::asio::co_spawn(
            context, desk.process->administration.decide(desk.boss, victim.id, status(Status::disabled), ""),
            boost::asio::use_future);
        context.run();
        REQUIRE(disabled.get().has_value());
        for (auto& log_in : log_ins) {
            auto entered = log_in.get();
            if (entered) CHECK_FALSE(desk.caller_of(entered->issued.token).has_value());
        }
    }
}

TEST_CASE_ON_BOTH("the last administrator is neither demoted nor disabled", "[user][admin]") {
    Office desk(dialect);
    CHECK(refused_as(desk.decide(desk.boss, desk.boss.id, role(Role::customer)), errors::last_admin));
    CHECK(refused_as(desk.decide(desk.boss, desk.boss.id, status(Status::disabled)), errors::last_admin));
    const Caller second = desk.admin("second@example.com");
    CHECK(desk.decide(second, desk.boss.id, status(Status::disabled)).has_value());
    // A disabled administrator does not count.
    CHECK(refused_as(desk.decide(second, second.id, role(Role::vendor)), errors::last_admin));
    CHECK(desk.decide(second, desk.boss.id, status(Status::active)).has_value());
    CHECK(desk.decide(second, second.id, role(Role::vendor)).has_value());
}

TEST_CASE_ON_BOTH("administrators who demote each other at the same time leave one", "[user][admin]") {
    Office desk(dialect);
    for (int round = 0; round < 5; ++round) {
        desk.boss = desk.admin();
        const Caller second = desk.admin("second@example.com");
        std::vector<Task<Result<User>>> tasks;
        auto& administration = desk.process->administration;
        for (const UserId id : {second.id, desk.boss.id, second.id, desk.boss.id})
            tasks.push_back(administration.decide(desk.boss, id, role(Role::customer), ""));
        Desk::run_all(std::move(tasks));
        CHECK(desk.sql("SELECT COUNT(*) FROM users WHERE role = 'admin'") == "1");
    }
}

TEST_CASE("two processes on one PostgreSQL that each demote an administrator leave one",
          "[user][admin][postgresql]") {
    Office desk(db::Dialect::postgresql);
    db::Database beside(desk.test_database.same_place(), desk.clock);
    beside.open();
    {
        Process other(beside, desk.clock);
        for (int round = 0; round < 10; ++round) {
            desk.boss = desk.admin();
            const Caller second = desk.admin("second@example.com");
            std::vector<Task<Result<User>>> tasks;
            tasks.push_back(
                desk.process->administration.decide(desk.boss, second.id, role(Role::customer), ""));
            tasks.push_back(other.administration.decide(second, desk.boss.id, status(Status::disabled), ""));
            int decided = 0;
            for (const auto& ended : Desk::run_all(std::move(tasks))) decided += ended.has_value();
            CHECK(decided == 1);
            CHECK(desk.sql("SELECT COUNT(*) FROM users WHERE role = 'admin' AND status = 'active'") == "1");
        }
    }
    beside.close();
}

TEST_CASE_ON_BOTH("only administrators decide, about who is there, and about what they have read",
                  "[user][admin]") {
    Office desk(dialect);
    const Caller customer = desk.customer();
    auto& administration = desk.process->administration;
    CHECK(refused_as(desk.decide(customer, desk.boss.id, role(Role::customer)),
                     cloudretail::errors::forbidden));
    CHECK(refused_as(Desk::run(administration.get(customer, desk.boss.id)), cloudretail::errors::forbidden));
    CHECK(refused_as(Desk::run(administration.list(customer, {}, {})), cloudretail::errors::forbidden));
    CHECK(refused_as(desk.decide(desk.boss, UserId::make(), role(Role::vendor)),
                     cloudretail::errors::not_found));
    CHECK(
        refused_as(Desk::run(administration.get(desk.boss, UserId::make())), cloudretail::errors::not_found));

    auto read = Desk::run(administration.get(desk.boss, customer.id));
    REQUIRE(read.has_value());
    CHECK(desk.decide(desk.boss, customer.id, role(Role::vendor), etag_of(*read)).has_value());
    CHECK(refused_as(desk.decide(desk.boss, customer.id, role(Role::customer), etag_of(*read)),
                     cloudretail::errors::stale));
    auto unchanged = desk.decide(desk.boss, customer.id, role(Role::vendor));
    REQUIRE(unchanged.has_value());
    CHECK(unchanged->version == read->version + 1);
}

TEST_CASE_ON_BOTH("the list of users is filtered by role, status, wish and text, and goes on by cursor",
                  "[user][admin]") {
    Office desk(dialect);
    desk.restart(1, VendorRegistration::approval);
    for (const char* email : {"ada@example.com", "bob_smith@example.com", "cy%d@example.com"}) {
        NewAccount account = Desk::account(email);
        account.first_name = std::string("Mx ") + static_cast<char>(email[0] - 'a' + 'A');
        if (email[0] == 'b') account.role = Role::vendor;
        REQUIRE(desk.enrol(account).has_value());
    }
    CHECK(desk.list().total == 4);
    CHECK(desk.list({.role = Role::admin}).total == 1);
    CHECK(desk.list({.role = Role::vendor}).total == 0);
    CHECK(desk.list({.vendor_requested = true}).users.at(0).email == "bob_smith@example.com");
    CHECK(desk.list({.vendor_requested = false}).total == 3);
    const struct {
        const char* text;
        std::int64_t found;
    } cases[] = {{"ADA@", 1}, {"example.com", 3 + 1}, {"mx a", 1},  {"%", 1},
                 {"_", 1},    {"x c User", 1},        {"nobody", 0}};
    for (const auto& [text, found] : cases) {
        INFO(text);
        auto listed = desk.list({.text = text});
        CHECK(listed.total == found);
        CHECK(listed.users.size() == static_cast<std::size_t>(found));
    }
    const UserId ada = desk.list({.text = "ada"}).users.at(0).id;
    CHECK(desk.decide(desk.boss, ada, status(Status::disabled)).has_value());
    CHECK(desk.list({.status = Status::disabled}).users.at(0).id == ada);
    CHECK(desk.list({.status = Status::active}).total == 3);

    gateway::PageRequest page;
    page.limit = 1;
    std::vector<UserId> seen;
    for (int i = 0; i < 4; ++i) {
        seen.push_back(desk.list({}, page).users.at(0).id);
        page.cursor = seen.back().to_string();
    }
    CHECK(std::ranges::is_sorted(seen, std::greater<>()));
    CHECK(desk.list({}, page).users.empty());
    page.cursor = "nonsense";
    CHECK(refused_as(Desk::run(desk.process->administration.list(desk.boss, {}, page)),
                     cloudretail::errors::validation));
}

TEST_CASE_ON_BOTH("a vendor who needs approval is a customer until an administrator gives the role",
                  "[user][admin]") {
    Office desk(dialect);
    desk.restart(1, VendorRegistration::approval);
    NewAccount account = Desk::account("seller@example.com");
    account.role = Role::vendor;
    auto enrolled = desk.enrol(account);
    REQUIRE(enrolled.has_value());
    CHECK(enrolled->body.find(R"("role":"customer","status":"active","vendorRequested":true)") !=
          std::string::npos);
    const Caller seller = desk.caller_by_log_in("seller@example.com", "Demo123!");
    CHECK(seller.role == Role::customer);
    auto approved = desk.decide(desk.boss, seller.id, role(Role::vendor));
    REQUIRE(approved.has_value());
    CHECK(approved->role == Role::vendor);
    CHECK_FALSE(approved->vendor_requested);

    account.email = "other@example.com";
    REQUIRE(desk.enrol(account).has_value());
    const Caller other = desk.caller_by_log_in("other@example.com", "Demo123!");
    auto declined = desk.decide(desk.boss, other.id, role(Role::customer));
    REQUIRE(declined.has_value());
    CHECK_FALSE(declined->vendor_requested);
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.vendor_declined'") == "1");

    desk.restart(1, VendorRegistration::closed);
    account.email = "late@example.com";
    CHECK(refused_as(desk.enrol(account), errors::vendor_registration_closed));
}

TEST_CASE_ON_BOTH("the command line brings a disabled administrator back, and ends the tokens of a new one",
                  "[user][admin]") {
    Office desk(dialect);
    const Caller customer = desk.customer();
    const std::string token = desk.log_in()->issued.token;
    CHECK(desk.decide(desk.boss, customer.id, status(Status::disabled)).has_value());
    CHECK(Desk::run(desk.service().make_admin("demo@example.com", "")).has_value());
    CHECK_FALSE(desk.caller_of(token).has_value());
    const std::string before = desk.log_in()->issued.token;
    CHECK(desk.caller_of(before)->role == Role::admin);
    CHECK(Desk::run(desk.service().make_admin("demo@example.com", "Another-Good-1")).has_value());
    CHECK_FALSE(desk.caller_of(before).has_value());
}

}  // namespace cloudretail::user
