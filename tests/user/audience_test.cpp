// Who may see the events of an account, on both databases.
#include <support/published.hpp>

#include "desk.hpp"

namespace cloudretail::user {
namespace {

TEST_CASE_ON_BOTH("an account's events are the person's own, whoever changed it", "[user]") {
    Desk desk(dialect);
    const Caller admin = desk.admin(), person = desk.customer();
    REQUIRE(desk.run(desk.process->administration.decide(admin, person.id, {Role::vendor, {}}, "")));
    const std::string own = person.id.to_string();
    CHECK(test::audiences(desk.process->database, own) ==
          std::vector<std::string>{"user.registered: " + own, "user.role_changed: " + own});
}

}  // namespace
}  // namespace cloudretail::user
