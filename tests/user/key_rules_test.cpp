// What an API key may be: tables.
#include "key_rules.hpp"
#include <catch2/catch.hpp>

namespace cloudretail::user {

namespace {

using gateway::Access;

constexpr std::int64_t age_ms = 1'000;
const Timestamp now{5'000};
const std::vector<gateway::ScopeRule> scopes{{"open:read", "", Access::anyone},
                                             {"own:read", "", Access::signed_in},
                                             {"shop:write", "", Access::vendor},
                                             {"all:write", "", Access::admin}};

std::vector<FieldError> faults(const NewKey& key, Role role) {
    auto accepted = rules::accepted(key, role, scopes, now, age_ms);
    return accepted ? std::vector<FieldError>() : accepted.error().fields;
}

}  // namespace

TEST_CASE("a scope is open to the roles that its operations admit") {
    struct Case {
        Role role;
        std::size_t open;  // so many of the scopes above, from the first
    };
    for (const auto& [role, open] : {Case{Role::customer, 2}, Case{Role::vendor, 3}, Case{Role::admin, 4}}) {
        for (std::size_t i = 0; i < scopes.size(); ++i) {
            CAPTURE(to_text(role), scopes[i].name);
            CHECK(rules::admits(scopes[i].access, role) == (i < open));
            CHECK(faults({"a", {scopes[i].name}, {}}, role).empty() == (i < open));
        }
    }
}

TEST_CASE("a key's name has no blanks around, and its expiry lies between now and the longest age") {
    auto accepted = rules::accepted({"  a b ", {"own:read"}, {}}, Role::customer, scopes, now, age_ms);
    REQUIRE(accepted.has_value());
    CHECK(accepted->name == "a b");
    CHECK(accepted->expires_at == Timestamp{6'000});
    for (const auto& [at, good] : {std::pair{5'000, false}, {5'001, true}, {6'000, true}, {6'001, false}}) {
        CAPTURE(at);
        CHECK(faults({"a", {"own:read"}, Timestamp{at}}, Role::customer).empty() == good);
    }
}

TEST_CASE("every wrong field of a key is named") {
    const auto found =
        faults({"\x07", {"own:read", "nothing:read", "all:write"}, Timestamp{1}}, Role::vendor);
    std::vector<std::string> pointers;
    for (const auto& fault : found) pointers.push_back(fault.pointer);
    CHECK(pointers == std::vector<std::string>{"/name", "/scopes/1", "/scopes/2", "/expiresAt"});
    CHECK(found.at(1).detail != found.at(2).detail);
}

}  // namespace cloudretail::user
