// The user module's service on a database of its own, for the tests of this folder. The clock stands still;
// hashing is as cheap as the algorithm allows.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <support/result_text.hpp>
#include <support/test_database.hpp>

#include "administration.hpp"
#include "bearers.hpp"
#include "revocation_feed.hpp"
#include "service.hpp"
#include "sessions.hpp"
#include "sign_in.hpp"

namespace cloudretail::user {

inline security::PasswordSettings cheap_hashing(int passes = 1) {
    security::PasswordSettings settings;
    settings.memory_bytes = 8 * 1024 * 1024;
    settings.passes = passes;
    settings.threads = 2;
    settings.queue = 1000;
    return settings;
}

inline MailedSettings mails_of_the_tests() {
    MailedSettings settings;
    settings.store_name = "Corner Shop";
    settings.public_url = "https://shop.example.com";
    return settings;
}

/// What a process makes of a database: everything that is gone after a restart.
struct Process {
    Process(db::Database& database_, const Clock& clock, int passes = 1,
            VendorRegistration vendors = VendorRegistration::open)
        : database(database_),
          hasher(cheap_hashing(passes)),
          tokens(signer, revocations, activity, clock, 24 * 3600 * 1000),
          service(access, hasher, tokens, passwords, box, vendors, "1") {
        feed.load();
    }
    db::Database& database;
    security::TokenSigner signer{"a secret of the tests, longer than 32 bytes"};
    security::SealedBox box{"another secret of the tests, longer than 32 bytes"};
    security::PasswordHasher hasher;
    Revocations revocations;
    Activity activity;
    RevocationFeed feed{database, revocations};
    Tokens tokens;
    AccessWriter access{database, revocations, 24 * 3600 * 1000};
    ApiKeys keys{access, revocations, {}};
    Bearers bearers{tokens, keys};
    Guard guard{database, hasher, {}};
    TwoFactor two_factor{database, guard, box, "Corner Shop"};
    SignIn sign_in{access, guard, tokens, two_factor};
    Sessions sessions{access, activity};
    Passwords passwords{access, guard, box, mails_of_the_tests()};
    Administration administration{access};
    Service service;
};

struct Desk {
    explicit Desk(db::Dialect dialect)
        : test_database(dialect, "user", clock),
          process(std::make_unique<Process>(test_database.database(), clock)) {}

    template <class T>
    static T run(Task<T> task) {
        boost::asio::io_context context;
        auto future = boost::asio::co_spawn(context, std::move(task), boost::asio::use_future);
        context.run();
        return future.get();
    }

    Service& service() { return process->service; }
    void restart(int passes = 1, VendorRegistration vendors = VendorRegistration::open) {
        process.reset();
        test_database.reopen();
        process = std::make_unique<Process>(test_database.database(), clock, passes, vendors);
    }

    static NewAccount account(const std::string& email = "demo@example.com") {
        NewAccount a;
        a.email = email;
        a.password = "Demo123!";
        a.first_name = "Demo";
        a.last_name = "User";
        a.consent = true;
        return a;
    }
    Result<db::StoredAnswer> enrol(NewAccount a, db::IdempotencyKey key = {}) {
        return run(service().register_account(std::move(a), "Firefox on Linux", std::move(key), ""));
    }
    Result<SignedIn> log_in(const std::string& password = "Demo123!",
                            const std::string& email = "demo@example.com",
                            const std::string& address = "192.0.2.1") {
        return log_in_with({.email = email, .password = password, .address = address});
    }
    Result<SignedIn> log_in_with(LogIn log_in) {
        log_in.device = "Firefox on Linux";
        return run(process->sign_in.log_in(std::move(log_in)));
    }
    /// A new account; whoever bears its token.
    Caller customer(const std::string& email = "demo@example.com") {
        REQUIRE(enrol(account(email)).has_value());
        return caller_by_log_in(email, "Demo123!");
    }
    Caller admin(const std::string& email = "boss@example.com") {
        REQUIRE(run(service().make_admin(email, "Secret-Enough-1")).has_value());
        return caller_by_log_in(email, "Secret-Enough-1");
    }
    Caller caller_by_log_in(const std::string& email, const std::string& password) {
        auto signed_in = log_in(password, email);
        REQUIRE(signed_in.has_value());
        return caller_of(signed_in->issued.token).value();
    }
    /// All at the same time, on one io thread; how each ended.
    template <class T>
    static std::vector<T> run_all(std::vector<Task<T>> tasks) {
        boost::asio::io_context context;
        std::vector<std::future<T>> futures;
        for (auto& task : tasks)
            futures.push_back(boost::asio::co_spawn(context, std::move(task), boost::asio::use_future));
        context.run();
        std::vector<T> ended;
        for (auto& future : futures) ended.push_back(future.get());
        return ended;
    }
    Result<Caller> caller_of(const std::string& token) { return run(process->tokens.authenticate(token)); }
    std::string sql(const std::string& text) { return test_database.beside(text); }

    ManualClock clock;
    test::TestDatabase test_database;
    std::unique_ptr<Process> process;
};

}  // namespace cloudretail::user
