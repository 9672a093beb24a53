// Tokens: what they say, when they stop being worth anything, and that remembering them changes neither.
#include "tokens.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

namespace cloudretail::user {

namespace {

struct Office {
    Office() { revocations.mark_complete(); }
    ManualClock clock;
    security::TokenSigner signer{"a secret of the tests, longer than 32 bytes"};
    Revocations revocations;
    Activity activity;
    Tokens tokens{signer, revocations, activity, clock, 60'000};

    Result<Caller> caller_of(const std::string& token) {
        boost::asio::io_context context;
        auto future = boost::asio::co_spawn(context, tokens.authenticate(token), boost::asio::use_future);
        context.run();
        return future.get();
    }
    std::string issue(Role role = Role::vendor) {
        User user;
        user.id = id;
        user.role = role;
        return tokens.issue(user).token;
    }
    UserId id = UserId::make();
};

}  // namespace

TEST_CASE("a token says who its bearer is, however often it is shown") {
    Office office;
    const std::string token = office.issue();
    for (int i = 0; i < 3; ++i) {
        auto caller = office.caller_of(token);
        REQUIRE(caller.has_value());
        CHECK(caller->id == office.id);
        CHECK(caller->role == Role::vendor);
        CHECK(caller->token_expires == office.clock.now().plus_ms(60'000));
        CHECK(Uuid::parse(caller->token_id).has_value());
    }
}

TEST_CASE("a token is worth nothing once it has expired, remembered or not") {
    Office office;
    const std::string shown = office.issue(), not_shown = office.issue();
    CHECK(office.caller_of(shown).has_value());
    office.clock.advance_ms(59'999);
    CHECK(office.caller_of(shown).has_value());
    office.clock.advance_ms(1);
    CHECK_FALSE(office.caller_of(shown).has_value());
    CHECK_FALSE(office.caller_of(not_shown).has_value());
}

TEST_CASE("a revoked token is worth nothing at once, remembered or not, and others stay") {
    Office office;
    const std::string shown = office.issue(), not_shown = office.issue(), other = office.issue();
    CHECK(office.caller_of(other).has_value());
    auto caller = office.caller_of(shown);
    REQUIRE(caller.has_value());
    auto claims = office.signer.verify(not_shown, office.clock.now());
    REQUIRE(claims.has_value());
    for (const std::string& id : {caller->token_id, claims->token_id})
        office.revocations.add(
            {.tokens = {{*Uuid::parse(id), office.clock.now().plus_ms(60'000)}}, .epochs = {}},
            office.clock.now());
    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(office.caller_of(shown).has_value());
        CHECK_FALSE(office.caller_of(not_shown).has_value());
        CHECK(office.caller_of(other).has_value());
    }
}

TEST_CASE("until the revoked tokens are known no token is trusted, and none is refused for good") {
    Office office;
    Revocations unknown;
    Tokens tokens(office.signer, unknown, office.activity, office.clock, 60'000);
    auto ask = [&](const std::string& token) {
        boost::asio::io_context context;
        auto future = boost::asio::co_spawn(context, tokens.authenticate(token), boost::asio::use_future);
        context.run();
        return future.get();
    };
    const std::string token = office.issue();
    auto refused = ask(token);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().is(cloudretail::errors::unavailable));
    unknown.mark_complete();
    CHECK(ask(token).has_value());
}

TEST_CASE("one instance does not know the tokens another one remembers") {
    Office office;
    const std::string token = office.issue();
    CHECK(office.caller_of(token).has_value());
    security::TokenSigner other_signer("another secret of the tests, also long enough");
    Tokens other(other_signer, office.revocations, office.activity, office.clock, 60'000);
    boost::asio::io_context context;
    auto future = boost::asio::co_spawn(context, other.authenticate(token), boost::asio::use_future);
    context.run();
    CHECK_FALSE(future.get().has_value());
}

TEST_CASE("what is no token of ours is refused in the same words") {
    Office office;
    const std::string token = office.issue();
    std::string forged = token;
    forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
    security::Claims claims{office.id.to_string(), "emperor", make_uuid().to_string(), office.clock.now(),
                            office.clock.now().plus_ms(1000)};
    const std::string unknown_role = office.signer.sign(claims);
    claims.role = "anonymous";
    const std::string nobody = office.signer.sign(claims);
    claims.role = "admin";
    claims.subject = "root";
    const std::string no_id = office.signer.sign(claims);
    for (const std::string& wrong : {std::string(), std::string("x"), forged, token + "x", unknown_role,
                                     nobody, no_id, std::string(5000, 'a'), std::string("a.\xff.b")}) {
        auto refused = office.caller_of(wrong);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(cloudretail::errors::unauthenticated));
        CHECK(refused.error().detail == "The token is not valid; sign in again.");
    }
}

TEST_CASE("more tokens than are remembered stay valid") {
    Office office;
    std::vector<std::string> tokens;
    for (int i = 0; i < 5000; ++i) tokens.push_back(office.issue());
    int refused = 0;
    for (int round = 0; round < 2; ++round)
        for (const std::string& token : tokens) refused += !office.caller_of(token);
    CHECK(refused == 0);
}

TEST_CASE("an epoch ends all tokens of a person before it at once, but for the kept one and later ones") {
    Office office;
    const std::string shown = office.issue(), not_shown = office.issue(), kept = office.issue();
    CHECK(office.caller_of(shown).has_value());
    const Uuid kept_id = *Uuid::parse(office.caller_of(kept)->token_id);
    const UserId person = office.id;
    office.id = UserId::make();
    const std::string somebody_else = office.issue();
    office.id = person;
    const Timestamp later = office.clock.now().plus_ms(60'000);
    office.revocations.add({.tokens = {}, .epochs = {{person, make_uuid(), kept_id, later}}},
                           office.clock.now());
    const std::string after = office.issue();
    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(office.caller_of(shown).has_value());
        CHECK_FALSE(office.caller_of(not_shown).has_value());
        CHECK(office.caller_of(kept).has_value());
        CHECK(office.caller_of(after).has_value());
        CHECK(office.caller_of(somebody_else).has_value());
    }
    const auto generation = office.revocations.generation();
    office.revocations.add({.tokens = {}, .epochs = {{person, kept_id, std::nullopt, later}}},
                           office.clock.now());
    CHECK(office.revocations.generation() == generation);  // an older epoch is no news
    CHECK(office.caller_of(kept).has_value());
}

TEST_CASE("a token's use is noted once an hour, and only the token's") {
    Office office;
    const std::string token = office.issue();
    for (int i = 0; i < 3; ++i) CHECK(office.caller_of(token).has_value());
    const auto noted = office.activity.take();
    REQUIRE(noted.size() == 1);
    CHECK(noted.begin()->first.to_string() == office.caller_of(token)->token_id);
    CHECK(noted.begin()->second == Activity::hour_of(office.clock.now()));
    CHECK(office.activity.take().empty());
    CHECK_FALSE(office.caller_of("nonsense").has_value());
    CHECK(office.activity.take().empty());
}

TEST_CASE("what ended is forgotten when it would have expired") {
    Revocations revocations;
    const UserId anybody = UserId::make();
    for (int i = 0; i < 1022; ++i) revocations.add({.tokens = {{make_uuid(), {1000}}}, .epochs = {}}, {0});
    revocations.add({.tokens = {}, .epochs = {{anybody, make_uuid(), std::nullopt, {1000}}}}, {0});
    CHECK(revocations.size() == 1023);
    const Uuid alive = make_uuid();
    revocations.add({.tokens = {{alive, {5000}}}, .epochs = {}}, {1000});
    CHECK(revocations.size() == 1);
    CHECK(revocations.ended(anybody, alive));
}

}  // namespace cloudretail::user
