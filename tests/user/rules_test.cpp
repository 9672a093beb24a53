// The rules of accounts, as tables.
#include "rules.hpp"

#include <catch2/catch.hpp>
#include <user/api.hpp>
#include "render.hpp"

namespace cloudretail::user {

namespace {

NewAccount good() {
    NewAccount account;
    account.email = "demo@example.com";
    account.password = "Demo123!";
    account.first_name = "Demo";
    account.last_name = "User";
    account.consent = true;
    return account;
}

template <class T>
std::vector<std::string> pointers(const Result<T>& result) {
    std::vector<std::string> all;
    if (!result)
        for (const FieldError& field : result.error().fields) all.push_back(field.pointer);
    return all;
}

}  // namespace

TEST_CASE("an e-mail in normal form has lower case and no blanks around") {
    CHECK(rules::normal_email("Demo@Example.COM") == "demo@example.com");
    CHECK(rules::normal_email(" demo@example.com\n") == "demo@example.com");
    CHECK(rules::normal_email("ZA@za.z") == "za@za.z");
    CHECK(rules::normal_email("").empty());
}

TEST_CASE("an account is accepted in normal form") {
    NewAccount account = good();
    account.email = "Demo@Example.com";
    account.first_name = "  Zoë ";
    account.role = Role::vendor;
    auto accepted = rules::accepted(account, VendorRegistration::open);
    REQUIRE(accepted.has_value());
    CHECK(accepted->email == "demo@example.com");
    CHECK(accepted->first_name == "Zoë");
    CHECK(accepted->role == Role::vendor);
}

TEST_CASE("nobody registers as an administrator") {
    for (const Role role : {Role::admin, Role::anonymous}) {
        NewAccount account = good();
        account.role = role;
        auto refused = rules::accepted(account, VendorRegistration::open);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().is(cloudretail::errors::forbidden));
    }
}

TEST_CASE("every wrong field of a new account is named") {
    NewAccount account = good();
    account.consent = false;
    CHECK(pointers(rules::accepted(account, VendorRegistration::open)) ==
          std::vector<std::string>{"/gdprConsent"});
    account.password = "short";
    account.first_name = "   ";
    account.last_name = "a\x07z";
    CHECK(pointers(rules::accepted(account, VendorRegistration::open)) ==
          std::vector<std::string>{"/password", "/firstName", "/lastName", "/gdprConsent"});
    account = good();
    account.password = "DEMO@example.com";
    CHECK(pointers(rules::accepted(account, VendorRegistration::open)) ==
          std::vector<std::string>{"/password"});
    account.password = std::string(129, 'x');
    CHECK(pointers(rules::accepted(account, VendorRegistration::open)) ==
          std::vector<std::string>{"/password"});
}

TEST_CASE("a change of the profile touches only what it names") {
    User user;
    user.first_name = "A";
    user.last_name = "B";
    user.phone = "+44 20 7946 0018";
    user.addresses = {{"", "1 Main St", "London", "", "SW1A", "UK"}};
    ProfileChange change;
    change.last_name = " C ";
    auto changed = rules::changed(user, change, {9});
    REQUIRE(changed.has_value());
    CHECK(changed->first_name == "A");
    CHECK(changed->last_name == "C");
    CHECK(changed->phone == user.phone);
    CHECK(changed->addresses.size() == 1);
    CHECK(changed->version == 2);
    CHECK(changed->updated_at == Timestamp{9});
    change = {};
    change.phone = std::optional<std::string>();
    change.addresses.emplace();
    changed = rules::changed(user, change, {9});
    REQUIRE(changed.has_value());
    CHECK_FALSE(changed->phone.has_value());
    CHECK(changed->addresses.empty());
}

TEST_CASE("telephone numbers have three digits and the usual signs") {
    for (const char* phone : {"112", "+1 (555) 010-9999", "030/123.456"}) {
        ProfileChange change;
        change.phone = std::optional<std::string>(phone);
        CHECK(rules::changed(User{}, change, {1}).has_value());
    }
    for (const char* phone : {"", "12", "call me", "+-()", "112;drop", "١١٢"}) {
        ProfileChange change;
        change.phone = std::optional<std::string>(phone);
        CHECK(pointers(rules::changed(User{}, change, {1})) == std::vector<std::string>{"/phone"});
    }
}

TEST_CASE("at most one address is the default") {
    using Pointers = std::vector<std::string>;
    const std::vector<std::pair<std::vector<bool>, Pointers>> table{
        {{false, true, false}, {}},
        {{false, false}, {}},
        {{true, true, false, true}, {"/addresses/1/default", "/addresses/3/default"}},
    };
    for (const auto& [defaults, expected] : table) {
        ProfileChange change;
        change.addresses.emplace();
        for (const bool is_default : defaults)
            change.addresses->push_back({"", "1 Main St", "London", "", "SW1A", "UK", is_default});
        auto changed = rules::changed(User{}, change, {1});
        CHECK(changed.has_value() == expected.empty());
        if (changed)
            CHECK(addresses_from_json(addresses_to_json(changed->addresses)).size() == defaults.size());
        else
            CHECK(pointers(changed) == expected);
    }
}

TEST_CASE("the default address is kept as such") {
    std::vector<Address> two(2);
    two[1].is_default = true;
    const auto read = addresses_from_json(addresses_to_json(two));
    REQUIRE(read.size() == 2);
    CHECK_FALSE(read[0].is_default);
    CHECK(read[1].is_default);
    // As it was kept before there were defaults.
    CHECK_FALSE(
        addresses_from_json(R"([{"street":"a","city":"b","zipCode":"c","country":"d"}])").front().is_default);
}

TEST_CASE("wrong fields of addresses are named by their place") {
    ProfileChange change;
    change.addresses = {{"", "1 Main St", "London", "", "SW1A", "UK"},
                        {"Home", " ", "Paris", "", "75001", "F\nR"}};
    CHECK(pointers(rules::changed(User{}, change, {1})) ==
          std::vector<std::string>{"/addresses/1/street", "/addresses/1/country"});
}

TEST_CASE("who becomes a vendor by registering is the store's choice") {
    struct Case {
        VendorRegistration vendors;
        Role wanted;
        bool accepted;
        Role role;
        bool requested;
    };
    using enum VendorRegistration;
    for (const auto& c : {Case{open, Role::vendor, true, Role::vendor, false},
                          Case{approval, Role::vendor, true, Role::customer, true},
                          Case{closed, Role::vendor, false, Role::customer, false},
                          Case{open, Role::customer, true, Role::customer, false},
                          Case{approval, Role::customer, true, Role::customer, false},
                          Case{closed, Role::customer, true, Role::customer, false}}) {
        NewAccount account = good();
        account.role = c.wanted;
        auto result = rules::accepted(account, c.vendors);
        REQUIRE(result.has_value() == c.accepted);
        if (!result) {
            CHECK(result.error().is(errors::vendor_registration_closed));
            continue;
        }
        CHECK(result->role == c.role);
        CHECK(result->vendor_requested == c.requested);
    }
}

TEST_CASE("a decision changes what it names, and its version only where that is new") {
    User user;
    user.vendor_requested = true;
    user.version = 5;
    const Timestamp at{77};
    CHECK(rules::decided(user, {}, at).version == 5);
    CHECK(rules::decided(user, {.role = {}, .status = Status::active}, at).version == 5);
    const User vendor = rules::decided(user, {.role = Role::vendor, .status = {}}, at);
    CHECK(vendor.role == Role::vendor);
    CHECK_FALSE(vendor.vendor_requested);
    CHECK(vendor.version == 6);
    CHECK(vendor.updated_at == at);
    const User declined = rules::decided(user, {.role = Role::customer, .status = {}}, at);
    CHECK_FALSE(declined.vendor_requested);
    CHECK(declined.version == 6);
    const User disabled = rules::decided(user, {.role = {}, .status = Status::disabled}, at);
    CHECK(disabled.status == Status::disabled);
    CHECK(disabled.vendor_requested);
    CHECK(rules::decided(user, {.two_factor_off = true}, at).version == 5);
    user.two_factor = true;
    const User without = rules::decided(user, {.two_factor_off = true}, at);
    CHECK_FALSE(without.two_factor);
    CHECK(without.version == 6);
}

}  // namespace cloudretail::user
