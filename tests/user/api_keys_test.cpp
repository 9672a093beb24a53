// API keys on both databases: made within the role, good until they end, and then at once worth nothing.
#include <security/api_key.hpp>
#include "desk.hpp"

namespace cloudretail::user {

namespace {

constexpr std::int64_t day_ms = 86'400'000;

template <class T>
bool refused_as(const Result<T>& result, const ErrorType& type) {
    return !result && result.error().is(type);
}

const std::vector<gateway::ScopeRule>& scopes_of_the_tests() {
    static const std::vector<gateway::ScopeRule> all{{"things:read", "Look", gateway::Access::anyone},
                                                     {"things:write", "Make", gateway::Access::vendor},
                                                     {"people:write", "Rule", gateway::Access::admin}};
    return all;
}

struct Locksmith : Desk {
    explicit Locksmith(db::Dialect dialect) : Desk(dialect), caller(customer()) { know(*process); }
    static void know(Process& process) { process.bearers.know_scopes(scopes_of_the_tests()); }
    void begin_again() {
        restart();
        know(*process);
    }

    Result<ApiKeys::Made> make(NewKey key) { return run(process->keys.make(caller, std::move(key))); }
    ApiKeys::Made key(const std::string& name = "Scanner") {
        auto made = make({name, {"things:read"}, {}});
        REQUIRE(made.has_value());
        return *made;
    }
    Result<Caller> by(const std::string& secret) { return run(process->bearers.authenticate(secret)); }
    Result<Caller> by(Process& other, const std::string& secret) {
        return run(other.bearers.authenticate(secret));
    }
    Task<int> written() {
        co_await process->keys.write_activity();
        co_return 0;
    }
    std::string rows() { return sql("SELECT COUNT(*) FROM api_keys"); }
    std::vector<std::string> pointers(NewKey key) {
        std::vector<std::string> found;
        auto made = make(std::move(key));
        if (made) return found;
        CHECK(made.error().is(cloudretail::errors::validation));
        for (const auto& field : made.error().fields) found.push_back(field.pointer);
        return found;
    }
    Caller caller;
};

using Pointers = std::vector<std::string>;

}  // namespace

TEST_CASE_ON_BOTH("a key acts for its owner with its scopes, and is kept as a hash alone", "[user][keys]") {
    Locksmith desk(dialect);
    const auto made = desk.key(" Scanner ");
    CHECK(made.key.name == "Scanner");
    CHECK(security::is_api_key(made.secret));
    const auto caller = desk.by(made.secret);
    REQUIRE(caller.has_value());
    CHECK(caller->id == desk.caller.id);
    CHECK(caller->role == Role::customer);
    REQUIRE(caller->scopes.has_value());
    CHECK(caller->scopes->names() == std::vector<std::string>{"things:read"});
    CHECK(caller->token_id == made.key.id.to_string());
    CHECK(caller->token_expires == desk.clock.now().plus_ms(365 * day_ms));
    CHECK(desk.by(made.secret).has_value());  // remembered
    CHECK_FALSE(desk.caller_of(desk.log_in()->issued.token)->scopes.has_value());
    CHECK(desk.sql("SELECT key_hash FROM api_keys") == security::sha256_hex(made.secret));
    CHECK(desk.sql("SELECT hint FROM api_keys") == made.secret.substr(0, 8));
    CHECK(desk.sql("SELECT details FROM audit WHERE action = 'user.api_key_made'") ==
          R"({"keyId":")" + made.key.id.to_string() + R"(","scopes":"things:read"})");
}

TEST_CASE_ON_BOTH("what is no key of ours is refused in the same words", "[user][keys]") {
    Locksmith desk(dialect);
    const std::string good = desk.key().secret;
    std::string mistyped = good;
    mistyped[10] = mistyped[10] == 'x' ? 'y' : 'x';
    for (const std::string& secret :
         {std::string("crk_"), mistyped, security::make_api_key(), good.substr(0, 41)}) {
        const auto refused = desk.by(secret);
        CHECK(refused_as(refused, cloudretail::errors::unauthenticated));
        CHECK(refused.error().detail == "The API key is not valid.");
    }
}

TEST_CASE_ON_BOTH("a key's name, scopes and expiry are checked, all at once", "[user][keys]") {
    Locksmith desk(dialect);
    const Timestamp now = desk.clock.now();
    CHECK(desk.pointers({" ", {"things:read"}, {}}) == Pointers{"/name"});
    CHECK(desk.pointers({"a\nb", {"things:read"}, {}}) == Pointers{"/name"});
    CHECK(desk.pointers({"a", {"things:read", "nothing:read"}, {}}) == Pointers{"/scopes/1"});
    CHECK(desk.pointers({"a", {"any"}, {}}) == Pointers{"/scopes/0"});
    CHECK(desk.pointers({"a", {"things:write", "people:write"}, {}}) == Pointers{"/scopes/0", "/scopes/1"});
    CHECK(desk.pointers({"a", {"things:read"}, now}) == Pointers{"/expiresAt"});
    CHECK(desk.pointers({"a", {"things:read"}, now.plus_ms(365 * day_ms + 1)}) == Pointers{"/expiresAt"});
    CHECK(desk.pointers({"", {"x"}, now}) == Pointers{"/name", "/scopes/0", "/expiresAt"});
    CHECK(desk.pointers({"a", {"things:read"}, now.plus_ms(365 * day_ms)}).empty());
    desk.caller = desk.admin();
    CHECK(desk.pointers({"a", {"things:write", "people:write"}, {}}).empty());
}

TEST_CASE_ON_BOTH("a key is worth nothing after its time, remembered or not, and is swept", "[user][keys]") {
    Locksmith desk(dialect);
    auto made = desk.make({"Short", {"things:read"}, desk.clock.now().plus_ms(5 * 60'000)});
    REQUIRE(made.has_value());
    CHECK(desk.by(made->secret).has_value());
    desk.clock.advance_ms(5 * 60'000 - 1);
    CHECK(desk.by(made->secret).has_value());
    desk.clock.advance_ms(1);
    CHECK_FALSE(desk.by(made->secret).has_value());
    desk.begin_again();
    CHECK_FALSE(desk.by(made->secret).has_value());
    CHECK(Desk::run(desk.process->keys.list(desk.caller, {}))->total == 0);
    CHECK(refused_as(Desk::run(desk.process->keys.get(desk.caller, made->key.id)),
                     cloudretail::errors::not_found));
    const std::string kept = desk.key().secret;
    desk.test_database.database().write_blocking([](db::Tx& tx) { return store::sweep_api_keys(tx, 10); });
    CHECK(desk.rows() == "1");
    CHECK(desk.by(kept).has_value());
}

TEST_CASE_ON_BOTH("a key that is ended is refused at once here, and soon in other processes",
                  "[user][keys]") {
    Locksmith desk(dialect);
    Process other(desk.test_database.database(), desk.clock);
    const auto made = desk.key(), second = desk.key("Second"), stays = desk.key("Other");
    for (const auto& key : {made, stays}) CHECK(desk.by(key.secret).has_value());
    REQUIRE(Desk::run(desk.process->keys.end(desk.caller, made.key.id)).has_value());
    CHECK_FALSE(desk.by(made.secret).has_value());
    CHECK(desk.by(stays.secret).has_value());
    for (const auto& key : {second, stays}) CHECK(desk.by(other, key.secret).has_value());
    REQUIRE(Desk::run(desk.process->keys.end(desk.caller, second.key.id)).has_value());
    CHECK(desk.by(other, second.secret).has_value());  // it has not heard yet
    other.feed.load();
    CHECK_FALSE(desk.by(other, second.secret).has_value());
    CHECK(desk.by(other, stays.secret).has_value());
    CHECK(refused_as(Desk::run(desk.process->keys.end(desk.caller, made.key.id)),
                     cloudretail::errors::not_found));
    CHECK(desk.sql("SELECT COUNT(*) FROM audit WHERE action = 'user.api_key_ended'") == "2");
    desk.begin_again();
    CHECK_FALSE(desk.by(made.secret).has_value());
}

TEST_CASE_ON_BOTH("a process that heard of nothing asks the database again after some minutes",
                  "[user][keys]") {
    Locksmith desk(dialect);
    Process deaf(desk.test_database.database(), desk.clock);
    const auto made = desk.key();
    CHECK(desk.by(deaf, made.secret).has_value());
    REQUIRE(Desk::run(desk.process->keys.end(desk.caller, made.key.id)).has_value());
    CHECK(desk.by(deaf, made.secret).has_value());  // its memory
    desk.clock.advance_ms(10 * 60'000);
    CHECK_FALSE(desk.by(deaf, made.secret).has_value());
}

TEST_CASE_ON_BOTH("keys end with the account as it was, and not with a log-in", "[user][keys]") {
    Locksmith desk(dialect);
    const Caller boss = desk.admin();
    const auto decide = [&](AccountDecision decision) {
        return Desk::run(desk.process->administration.decide(boss, desk.caller.id, decision, "")).has_value();
    };
    const auto sign_in = [&] { desk.caller = desk.caller_by_log_in("demo@example.com", "Demo123!"); };

    std::string secret = desk.key().secret;
    CHECK(desk.by(secret).has_value());
    REQUIRE(Desk::run(desk.process->sign_in.log_out_everywhere(desk.caller)).has_value());
    CHECK(desk.by(secret).has_value());
    CHECK(decide({.role = Role::vendor}));
    CHECK_FALSE(desk.by(secret).has_value());
    CHECK(desk.rows() == "0");

    sign_in();
    secret = desk.key().secret;
    CHECK(desk.by(secret)->role == Role::vendor);
    CHECK(decide({.status = Status::disabled}));
    CHECK_FALSE(desk.by(secret).has_value());
    CHECK(decide({.status = Status::active}));
    CHECK_FALSE(desk.by(secret).has_value());

    sign_in();
    secret = desk.key().secret;
    CHECK(desk.by(secret).has_value());
    REQUIRE(Desk::run(desk.service().make_admin("demo@example.com", "")).has_value());
    CHECK_FALSE(desk.by(secret).has_value());
    CHECK(desk.rows() == "0");
}

TEST_CASE_ON_BOTH("a key cannot be made by a token that has ended meanwhile", "[user][keys]") {
    Locksmith desk(dialect);
    const Caller boss = desk.admin();
    REQUIRE(Desk::run(desk.process->administration.decide(boss, desk.caller.id, {.role = Role::vendor}, ""))
                .has_value());
    CHECK(refused_as(desk.make({"Late", {"things:read"}, {}}), cloudretail::errors::unauthenticated));
    CHECK(desk.rows() == "0");
}

TEST_CASE_ON_BOTH("of keys made beside a change of role none is left", "[user][keys]") {
    Locksmith desk(dialect);
    const Caller boss = desk.admin();
    for (int round = 0; round < 4; ++round) {
        const Role role = round % 2 == 0 ? Role::vendor : Role::customer;
        boost::asio::io_context context;
        std::vector<std::future<Result<ApiKeys::Made>>> made;
        for (int i = 0; i < 4; ++i)
            made.push_back(boost::asio::co_spawn(
                context, desk.process->keys.make(desk.caller, {"Race", {"things:read"}, {}}),
                boost::asio::use_future));
        auto decided = boost::asio::co_spawn(
            context, desk.process->administration.decide(boss, desk.caller.id, {.role = role}, ""),
            boost::asio::use_future);
        context.run();
        CHECK(decided.get().has_value());
        for (auto& one : made)
            if (auto key = one.get()) CHECK_FALSE(desk.by(key->secret).has_value());
        CHECK(desk.rows() == "0");
        desk.caller = desk.caller_by_log_in("demo@example.com", "Demo123!");
    }
}

TEST_CASE_ON_BOTH("an account has so many keys and no more, and sees only its own", "[user][keys]") {
    Locksmith desk(dialect);
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(desk.key("Key " + std::to_string(i)).key.id.to_string());
    CHECK(refused_as(desk.make({"One more", {"things:read"}, {}}), errors::too_many_api_keys));
    gateway::PageRequest page;
    page.limit = 7;
    std::vector<std::string> seen;
    for (;;) {
        auto listed = Desk::run(desk.process->keys.list(desk.caller, page));
        REQUIRE(listed.has_value());
        CHECK(listed->total == 20);
        for (const auto& key : listed->keys) seen.push_back(key.id.to_string());
        if (listed->keys.size() < 7) break;
        page.cursor = seen.back();
    }
    CHECK(seen == std::vector<std::string>(ids.rbegin(), ids.rend()));
    page.cursor = "nonsense";
    CHECK(refused_as(Desk::run(desk.process->keys.list(desk.caller, page)), cloudretail::errors::validation));

    const Caller other = desk.customer("other@example.com");
    const Uuid foreign = Uuid::parse(ids[0]).value();
    CHECK(Desk::run(desk.process->keys.list(other, {}))->total == 0);
    CHECK(refused_as(Desk::run(desk.process->keys.get(other, foreign)), cloudretail::errors::not_found));
    CHECK(refused_as(Desk::run(desk.process->keys.end(other, foreign)), cloudretail::errors::not_found));
    CHECK(Desk::run(desk.process->keys.get(desk.caller, foreign))->name == "Key 0");
}

TEST_CASE_ON_BOTH("when a key was last used is known to the minute, written once", "[user][keys]") {
    Locksmith desk(dialect);
    desk.clock.advance_ms(60'000 - desk.clock.now().ms % 60'000 + 12'345);
    const auto made = desk.key();
    const auto used = [&] { return Desk::run(desk.process->keys.get(desk.caller, made.key.id))->used_at; };
    CHECK_FALSE(used().has_value());
    for (int i = 0; i < 3; ++i) CHECK(desk.by(made.secret).has_value());
    Desk::run(desk.written());
    const Timestamp minute{desk.clock.now().ms - 12'345};
    CHECK(used() == minute);
    desk.sql("UPDATE api_keys SET used_at = 1");
    CHECK(desk.by(made.secret).has_value());  // the same minute: nothing is noted
    Desk::run(desk.written());
    CHECK(used() == Timestamp{1});
    desk.clock.advance_ms(60'000);
    CHECK(desk.by(made.secret).has_value());
    Desk::run(desk.written());
    CHECK(used() == minute.plus_ms(60'000));
}

TEST_CASE_ON_BOTH("no key that was ended since a backup is good after its restore", "[user][keys]") {
    Locksmith desk(dialect);
    const auto made = desk.key();
    desk.test_database.database().write_blocking([&](db::Tx& tx) {
        desk.process->access.end_everybody(tx);
        return Unit{};
    });
    desk.begin_again();
    CHECK_FALSE(desk.by(made.secret).has_value());
    CHECK(desk.rows() == "0");
}

}  // namespace cloudretail::user
