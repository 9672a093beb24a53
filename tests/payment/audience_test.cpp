// Who may see a payment's events, on both databases.
#include <support/published.hpp>

#include "till.hpp"

namespace cloudretail::payment {
namespace {

TEST_CASE_ON_BOTH("a payment's events are its payer's", "[payment]") {
    Till till(dialect);
    const PayRequest paid = Till::request(), declined = Till::request("tok_declined");
    REQUIRE(till.pay(paid).status == Status::captured);
    REQUIRE(till.refunded(Till::part(paid, 100)) == "done: partially_refunded");
    REQUIRE(till.undo(paid).status == Status::refunded);
    REQUIRE(till.pay(declined).status == Status::failed);
    const std::string payer = paid.payer_id.to_string();
    CHECK(test::audiences(till.database, paid.id.to_string()) ==
          std::vector<std::string>{"payment.captured: " + payer, "payment.refunded: " + payer,
                                   "payment.refunded: " + payer});
    CHECK(test::audiences(till.database, declined.id.to_string()) ==
          std::vector<std::string>{"payment.failed: " + declined.payer_id.to_string()});
}

}  // namespace
}  // namespace cloudretail::payment
