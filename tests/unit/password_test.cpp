// Passwords: hashing and verifying through the pool, its bounds, and the rules for new ones. The hashes here
// are as cheap as libsodium lets them be.
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <exception>
#include <runtime/runtime.hpp>
#include <security/common_passwords.hpp>
#include <security/password.hpp>

#include <support/result_text.hpp>

using namespace cloudretail;
using security::PasswordHasher;
using security::PasswordSettings;
using security::Verified;

namespace {

PasswordSettings cheap() { return {.memory_bytes = 64 * 1024, .passes = 1, .threads = 2, .queue = 32}; }

/// One for all tests: it outlives the hashers, whose threads may still be leaving post() when a task has
/// ended.
boost::asio::io_context& io() {
    static boost::asio::io_context context(1);
    return context;
}

/// Runs the tasks on this thread until all have ended.
template <class T>
std::vector<T> run_all(std::vector<Task<T>> tasks) {
    std::vector<T> out;
    for (Task<T>& task : tasks) {
        boost::asio::co_spawn(io(), std::move(task), [&out](std::exception_ptr e, T value) {
            if (e) std::rethrow_exception(e);
            out.push_back(std::move(value));
        });
    }
    io().restart();
    io().run();
    return out;
}

/// awaitable's result must be default-constructible for co_spawn's handler; Result<T> is not.
template <class T>
Task<std::optional<Result<T>>> optional_of(Task<Result<T>> task) {
    co_return co_await std::move(task);
}

template <class T>
Result<T> run(Task<Result<T>> task) {
    std::vector<Task<std::optional<Result<T>>>> tasks;
    tasks.push_back(optional_of(std::move(task)));
    return *run_all(std::move(tasks)).at(0);
}

}  // namespace

TEST_CASE("a hashed password verifies, and another does not") {
    PasswordHasher hasher(cheap());
    const std::string stored = run(hasher.hash("Demo123!")).value();
    CHECK(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    const Verified good = run(hasher.verify(stored, "Demo123!")).value();
    CHECK(good.ok);
    CHECK_FALSE(good.needs_rehash);
    CHECK_FALSE(run(hasher.verify(stored, "Demo123?")).value().ok);
    CHECK_FALSE(run(hasher.verify(stored, "")).value().ok);
    CHECK(run(hasher.hash("Demo123!")).value() != stored);
}

TEST_CASE("a hash of other parameters verifies and asks to be renewed") {
    PasswordHasher old(cheap());
    const std::string stored = run(old.hash("Demo123!")).value();
    PasswordSettings stronger = cheap();
    stronger.passes = 2;
    PasswordHasher hasher(stronger);
    const Verified verified = run(hasher.verify(stored, "Demo123!")).value();
    CHECK(verified.ok);
    CHECK(verified.needs_rehash);
}

TEST_CASE("an unknown account and a broken hash answer no, whatever the password") {
    PasswordHasher hasher(cheap());
    CHECK_FALSE(run(hasher.verify("", "an account that does not exist")).value().ok);
    CHECK_FALSE(run(hasher.verify("", "Demo123!")).value().ok);
    for (const char* stored :
         {"x", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$AAAA", "$2b$12$abcdefghijklmnopqrstuv"}) {
        INFO(stored);
        CHECK_FALSE(run(hasher.verify(stored, "Demo123!")).value().ok);
    }
}

TEST_CASE("the dummy hash costs what a real one costs: it has the same parameters") {
    // Seen from outside as: no rehash, no error, and the pool did the work.
    PasswordHasher hasher(cheap());
    const Verified verified = run(hasher.verify("", "x")).value();
    CHECK_FALSE(verified.ok);
    CHECK_FALSE(verified.needs_rehash);
    CHECK(hasher.waiting() == 0);
}

TEST_CASE("past the queue's bound the answer is overloaded, at once", "[pitfall-argon2-queue]") {
    PasswordSettings none = cheap();
    none.queue = 0;
    PasswordHasher hasher(none);
    const auto refused = run(hasher.hash("Demo123!"));
    REQUIRE(refused.has_error());
    CHECK(refused.error().is(errors::overloaded));
    CHECK(refused.error().retry_after_s > 0);
    CHECK(run(hasher.verify("", "x")).error().is(errors::overloaded));
}

TEST_CASE("a hash that cannot be made is overloaded, not an exception") {
    PasswordSettings huge = cheap();
    huge.memory_bytes = std::size_t{1} << 43;  // past libsodium's own maximum: refused before it is allocated
    huge.threads = 1;
    PasswordHasher hasher(huge);
    CHECK(run(hasher.hash("Demo123!")).error().is(errors::overloaded));
}

TEST_CASE("many at once are all answered") {
    PasswordHasher hasher(cheap());
    std::vector<Task<std::optional<Result<std::string>>>> tasks;
    for (int i = 0; i < 30; ++i)
        tasks.push_back(optional_of(hasher.hash("password number " + std::to_string(i))));
    const auto answers = run_all(std::move(tasks));
    CHECK(answers.size() == 30);
    CHECK(std::all_of(answers.begin(), answers.end(), [](const auto& a) { return a && a->has_value(); }));
}

TEST_CASE("new passwords have 8 to 128 characters, counted as people count") {
    CHECK(security::password_problem("Demo123!", "demo@example.com").empty());
    CHECK(security::password_problem("Dem0123", "") == "must be at least 8 characters long");
    CHECK(security::password_problem("äöüß€äö", "") == "must be at least 8 characters long");
    CHECK(security::password_problem("äöüß€äöü", "").empty());
    CHECK(security::password_problem(std::string(64, 'a') + std::string(64, 'b'), "").empty());
    CHECK(security::password_problem(std::string(64, 'a') + std::string(65, 'b'), "") ==
          "must be at most 128 characters long");
}

TEST_CASE("common passwords, repetitions and the e-mail are refused") {
    for (const char* common : {"password", "Password1", "PASSW0RD", "12345678", "qwertyuiop", "iloveyou",
                               "Welcome123", "letmein123", "Password123!", "aaaaaaaa", "zyzyzyzyzyzy"}) {
        INFO(common);
        CHECK(security::password_problem(common, "") == "is too common; choose another");
    }
    CHECK(security::password_problem("Someone@Example.com", "someone@example.COM") ==
          "must not be the e-mail address");
    CHECK(security::password_problem("some.one.else", "some.one.else@example.com") ==
          "must not be the e-mail address");
}

TEST_CASE("the list of common passwords is sorted, in lower case, and of passwords that could be chosen") {
    const auto list = security::common_passwords();
    CHECK(list.size() >= 500);
    CHECK(std::adjacent_find(list.begin(), list.end(), std::greater_equal<>{}) == list.end());
    const auto odd = std::find_if(list.begin(), list.end(), [](std::string_view p) {
        return p.size() < 8 || std::any_of(p.begin(), p.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    });
    CHECK(odd == list.end());
}

TEST_CASE("sha256_hex is FIPS 180-4's") {
    CHECK(security::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(security::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
