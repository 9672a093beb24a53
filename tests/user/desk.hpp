// The user module's service on a database of its own, for the tests of this folder. The clock stands still;
// hashing is as cheap as the algorithm allows.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>
#include <support/test_database.hpp>

#include "revocation_feed.hpp"
#include "service.hpp"

namespace cloudretail::user {

inline security::PasswordSettings cheap_hashing(int passes = 1) {
    security::PasswordSettings settings;
    settings.memory_bytes = 8 * 1024 * 1024;
    settings.passes = passes;
    settings.threads = 2;
    settings.queue = 1000;
    return settings;
}

/// What a process makes of a database: everything that is gone after a restart.
struct Process {
    Process(db::Database& database_, const Clock& clock, int passes = 1)
        : database(database_),
          hasher(cheap_hashing(passes)),
          tokens(signer, revocations, clock, 24 * 3600 * 1000),
          service(database, hasher, tokens, revocations, {}) {
        feed.load();
    }
    db::Database& database;
    security::TokenSigner signer{"a secret of the tests, longer than 32 bytes"};
    security::PasswordHasher hasher;
    Revocations revocations;
    RevocationFeed feed{database, revocations};
    Tokens tokens;
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
    void restart(int passes = 1) {
        process.reset();
        test_database.reopen();
        process = std::make_unique<Process>(test_database.database(), clock, passes);
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
        return run(service().register_account(std::move(a), std::move(key), ""));
    }
    Result<SignedIn> log_in(const std::string& password = "Demo123!",
                            const std::string& email = "demo@example.com",
                            const std::string& address = "192.0.2.1") {
        return run(service().log_in(email, password, address));
    }
    Result<Caller> caller_of(const std::string& token) { return run(process->tokens.authenticate(token)); }
    std::string sql(const std::string& text) { return test_database.beside(text); }

    ManualClock clock;
    test::TestDatabase test_database;
    std::unique_ptr<Process> process;
};

}  // namespace cloudretail::user
