// Who may see a product's events, on both databases.
#include <support/published.hpp>

#include "catalogue.hpp"

namespace cloudretail::product {
namespace {

TEST_CASE_ON_BOTH("a product's events are its vendor's, also where an administrator changes it",
                  "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor(), admin = Catalogue::admin();
    const ProductId id = c.add(vendor, Catalogue::change("Lamp"));
    REQUIRE(c.run(c.service.change(admin, id, Catalogue::change("Big Lamp"), "")));
    REQUIRE(c.run(c.service.remove(admin, id, "")));
    const std::string owner = vendor.id.to_string();
    CHECK(test::audiences(c.database, id.to_string()) ==
          std::vector<std::string>{"product.created: " + owner, "product.updated: " + owner,
                                   "product.deleted: " + owner});
}

}  // namespace
}  // namespace cloudretail::product
