// Who may see an event, and how much of it.
#include <catch2/catch.hpp>
#include <events/audience.hpp>

using namespace cloudretail;
using events::Audience;
using events::Event;

namespace {

Caller caller(Role role, UserId id = UserId::make()) {
    Caller c;
    c.id = id;
    c.role = role;
    return c;
}

Event seen_by(const Audience& audience) {
    Event event;
    event.audience = audience.text();
    event.data = R"({"orderId":"o","customerId":"c","total":12.50,"status":"confirmed"})";
    return event;
}

}  // namespace

TEST_CASE("an audience names each user once, the owner first", "[events]") {
    const UserId a = UserId::make(), b = UserId::make();
    CHECK(Audience().empty());
    CHECK(Audience(a).text() == a.to_string());
    CHECK(Audience(a).add(b).add(a).add(b).text() == a.to_string() + " " + b.to_string());
}

TEST_CASE("an event is seen by its audience and by administrators, whatever the role says", "[events]") {
    const UserId a = UserId::make(), b = UserId::make(), stranger = UserId::make();
    const Event event = seen_by(Audience(a).add(b));
    for (const Role role : {Role::customer, Role::vendor, Role::admin}) {
        CHECK(may_see(caller(role, a), event));
        CHECK(may_see(caller(role, b), event));
        CHECK(may_see(caller(role, stranger), event) == (role == Role::admin));
        CHECK(may_see(caller(role, a), seen_by({})) == (role == Role::admin));
    }
    CHECK_FALSE(may_see(caller(Role::anonymous, a), event));
    CHECK_FALSE(may_see(caller(Role::anonymous, UserId{}), seen_by({})));
}

TEST_CASE("a caller without an id is in no audience", "[events]") {
    Event event = seen_by(Audience(UserId{}));
    CHECK_FALSE(may_see(Caller{}, event));
    event.audience = "";
    CHECK_FALSE(may_see(caller(Role::customer, UserId{}), event));
}

TEST_CASE("whose order it is and what else it costs is told to its owner and administrators alone",
          "[events]") {
    const UserId owner = UserId::make(), vendor = UserId::make();
    const Event event = seen_by(Audience(owner).add(vendor));
    CHECK(shown_to(caller(Role::customer, owner), event) == event.data);
    CHECK(shown_to(caller(Role::vendor, owner), event) == event.data);
    CHECK(shown_to(caller(Role::admin), event) == event.data);
    CHECK(shown_to(caller(Role::vendor, vendor), event) == R"({"orderId":"o","status":"confirmed"})");
}
