// Products as other modules walk through them for files: by SKU, and in the order of an export, page by page.
#include "catalogue.hpp"

namespace cloudretail::product {

TEST_CASE_ON_BOTH("transfer: products are walked by vendor and SKU, then those without one, a page at a time",
                  "[product]") {
    Catalogue c(dialect);
    const UserId first = UserId::make(), second = UserId::make();
    const auto add = [&](UserId vendor, const char* sku) {
        Change change = Catalogue::change("x");
        if (sku != nullptr) change.sku = std::string(sku);
        return c.add(Catalogue::vendor(vendor), change);
    };
    const ProductId bare = add(first, nullptr), b = add(first, "B"), a = add(first, "a"),
                    dash = add(first, "-"), other = add(second, "A"), other_bare = add(second, nullptr),
                    gone = add(first, "C");
    REQUIRE(c.run(c.service.remove(Catalogue::vendor(first), gone, "")));
    const auto walk = [&](std::optional<UserId> vendor, int limit) {
        std::vector<ProductId> seen;
        std::optional<Snapshot> after;
        for (;;) {
            auto page = c.run(c.service.walk(vendor, after, limit));
            for (const Snapshot& product : page) seen.push_back(product.id);
            if (page.size() < static_cast<std::size_t>(limit)) return seen;
            after = page.back();
        }
    };
    for (const int limit : {1, 2, 3, 100}) {
        CHECK(walk(std::nullopt, limit) == std::vector<ProductId>{dash, b, a, other, bare, other_bare});
        CHECK(walk(first, limit) == std::vector<ProductId>{dash, b, a, bare});
        CHECK(walk(UserId::make(), limit).empty());
    }
}

TEST_CASE_ON_BOTH("transfer: a vendor's products are found by their SKUs", "[product]") {
    Catalogue c(dialect);
    const Caller vendor = Catalogue::vendor(), other = Catalogue::vendor();
    Change change = Catalogue::change("x", {250});
    change.sku = "A-1";
    const ProductId id = c.add(vendor, change);
    c.add(other, change);
    std::vector<std::string> skus{"A-1", "A-2"};
    const auto found = c.run(c.service.find_by_sku(vendor.id, skus));
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == id);
    CHECK(found[0].sku == "A-1");
    CHECK(found[0].price == Money{250});
    REQUIRE(c.run(c.service.remove(vendor, id, "")));
    CHECK(c.run(c.service.find_by_sku(vendor.id, skus)).empty());
}

}  // namespace cloudretail::product
