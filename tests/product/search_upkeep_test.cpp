// What the search index keeps beside words, on both databases: what is filtered by, which moves without the
// words, the counts of vendors and availability, and terms that are forgotten when nobody uses them.
#include "catalogue.hpp"
#include "list_store.hpp"
#include "search_reading.hpp"
#include "search_store.hpp"
#include "search_sweep.hpp"
#include "store.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

using Names = std::vector<std::string>;

struct Shop : Catalogue {
    using Catalogue::Catalogue;

    Found find(Filter filter) {
        return database.read_blocking([&](db::Session& s) {
            return search.list(s, filter, Sort::relevance, {std::nullopt, 0, 100}, true);
        });
    }
    Names found(const std::string& text, Filter filter = {}) {
        filter.search = query_of(text);
        Names out;
        for (const Product& p : find(filter).products) out.push_back(p.name);
        return out;
    }
    void set_availability(ProductId id, Availability availability, std::int64_t position) {
        database.write_blocking(
            [&](db::Tx& tx) { return store::set_availability(tx, id, availability, position); });
    }
    std::vector<std::string> faults() {
        return database.read_blocking([](db::Session& s) { return store::index_faults(s, 100); });
    }
    Names terms() {
        return database.read_blocking([](db::Session& s) {
            return store::terms_after(s, "", Timestamp{std::numeric_limits<std::int64_t>::max()}, 100);
        });
    }
};

}  // namespace

TEST_CASE_ON_BOTH("search: what is filtered by follows the product though its words stay", "[product]") {
    Shop shop(dialect);
    const Caller seller = Shop::vendor();
    const ProductId lamp = shop.add(seller, Shop::change("Lamp", {1'000}));
    shop.add(seller, Shop::change("Lamp shade", {3'000}));
    Filter cheap, stocked, lights;
    cheap.max_price = Money{2'000};
    stocked.in_stock = true;
    lights.category = "lights";
    CHECK(shop.found("lamp", cheap) == Names{"Lamp"});
    CHECK(shop.found("lamp", stocked).empty());
    Change dear;
    dear.price = Money{2'001};
    REQUIRE(shop.run(shop.service.change(seller, lamp, dear, "")));
    CHECK(shop.found("lamp", cheap).empty());
    shop.set_availability(lamp, Availability::low_stock, 1);
    CHECK(shop.found("lamp", stocked) == Names{"Lamp"});
    CHECK(shop.faults().empty());
    Change moved;
    moved.category = "lights";
    REQUIRE(shop.run(shop.service.change(seller, lamp, moved, "")));
    CHECK(shop.found("lamp", lights) == Names{"Lamp"});
    CHECK(shop.found("lamp", stocked) == Names{"Lamp"});
    Change draft;
    draft.status = Status::draft;
    REQUIRE(shop.run(shop.service.change(seller, lamp, draft, "")));
    CHECK(shop.found("lamp") == Names{"Lamp shade"});
    CHECK(shop.faults().empty());
}

TEST_CASE_ON_BOTH("search: facets count vendors and availability of what is found, not of whole categories",
                  "[product]") {
    Shop shop(dialect);
    const Caller one = Shop::vendor(), two = Shop::vendor();
    const ProductId lamp = shop.add(one, Shop::change("Red lamp", {1'000}, "lights"));
    shop.add(one, Shop::change("Lamp book", {2'000}, "books"));
    shop.add(two, Shop::change("Blue lamp", {3'000}, "lights"));
    shop.set_availability(lamp, Availability::in_stock, 1);
    Filter filter;
    filter.search = query_of("lamp");
    const store::Facets facets = *shop.find(filter).facets;
    REQUIRE(facets.others_counted);
    REQUIRE(facets.vendors.size() == 2);
    CHECK(facets.vendors[0].id == one.id.to_string());
    CHECK(facets.vendors[0].count == 2);
    CHECK(facets.vendors[1].count == 1);
    CHECK(facets.availability == std::array<std::int64_t, 3>{1, 0, 2});
    REQUIRE(facets.categories.size() == 2);
    CHECK(facets.categories[0].slug == "lights");  // two rows, of two vendors
    CHECK(facets.categories[0].count == 2);
    CHECK(facets.total == 3);
    CHECK(facets.min_price == Money{1'000});
    CHECK(facets.max_price == Money{3'000});
    filter = {};
    filter.category = "lights";
    CHECK_FALSE(shop.find(filter).facets->others_counted);
    filter.min_price = Money{1'500};
    CHECK(shop.find(filter).facets->vendors.size() == 1);
}

TEST_CASE_ON_BOTH("search: a word that no product on sale uses is forgotten once it is not young any more",
                  "[product]") {
    Shop shop(dialect);
    const Caller seller = Shop::vendor();
    Change lamp = Shop::change("Lamp"), chair = Shop::change("Chair");
    lamp.description = "Bright";
    chair.description = "Bright";
    shop.add(seller, lamp);
    const ProductId gone = shop.add(seller, chair);
    REQUIRE(shop.run(shop.service.remove(seller, gone, "")));
    const Names all{"bright", "chair", "lamp", "things"};
    CHECK(shop.terms() == all);
    TermSweep sweep;
    const auto swept = [&](int limit) {
        return shop.database.write_blocking([&](db::Tx& tx) { return sweep.run(tx, limit); });
    };
    CHECK(swept(10) == 0);
    CHECK(shop.terms() == all);
    shop.clock.advance_ms(3'600'001);
    CHECK(swept(1) == 0);  // bright
    CHECK(swept(1) == 1);  // chair
    CHECK(shop.terms() == Names{"bright", "lamp", "things"});
    CHECK(swept(10) == 0);
    CHECK(swept(10) == 0);  // from the beginning again
}

TEST_CASE_ON_BOTH("search: a renamed category's products are found by its new name, once they are read again",
                  "[product]") {
    Shop shop(dialect);
    const Caller seller = Shop::vendor();
    for (const char* name : {"Lamp", "Torch", "Bulb"})
        shop.add(seller, Shop::change(name, {1'000}, "lights"));
    shop.add(seller, Shop::change("Chair", {1'000}, "seats"));
    int told = 0;
    shop.categories.on_renamed([&told] { ++told; });
    CategoryChange change;
    change.name = "Illumination";
    REQUIRE(shop.run(shop.categories.change(Shop::admin(), "lights", change, "")));
    CHECK(told == 1);
    CHECK(shop.found("illumination").empty());
    CHECK(shop.faults().empty());  // they are known by the old name still
    shop.add(seller, Shop::change("Candle", {1'000}, "lights"));
    CHECK(shop.found("illumination") == Names{"Candle"});
    const std::atomic<bool> stopped{false}, stopping{true};
    shop.run(read_all({shop.database, shop.caches, stopping, 2}));
    const auto left = [&] {
        return shop.database.read_blocking(
            [](db::Session& s) { return store::renamed_categories(s).size(); });
    };
    CHECK(left() == 1);
    shop.run(read_all({shop.database, shop.caches, stopped, 2}));
    CHECK(left() == 0);
    CHECK(shop.found("illumination") == Names{"Candle", "Bulb", "Torch", "Lamp"});
    CHECK(shop.found("lights torch") == Names{"Torch"});
    CHECK(shop.faults().empty());
    change.name.reset();
    change.position = 3;
    REQUIRE(shop.run(shop.categories.change(Shop::admin(), "lights", change, "")));
    CHECK(told == 1);
}

TEST_CASE_ON_BOTH(
    "list: the total of a range of prices is exact, be it narrow or wide, in a category or in all",
    "[product]") {
    Shop shop(dialect);
    const Caller seller = Shop::vendor();
    for (int price = 1; price <= 10; ++price)
        shop.add(seller, Shop::change("x", {price}, price % 2 == 0 ? "even" : "odd"));
    const auto expected = [](std::int64_t low, std::int64_t high, bool even) {
        std::int64_t n = 0;
        for (std::int64_t price = 1; price <= 10; ++price)
            n += price >= low && price <= high && (!even || price % 2 == 0) ? 1 : 0;
        return n;
    };
    for (int low = 0; low <= 11; ++low) {
        for (int high = 0; high <= 11; ++high) {
            for (const bool even : {false, true}) {
                Filter f;
                f.min_price = Money{low};
                f.max_price = Money{high};
                if (even) f.categories = {"even"};
                const auto facets = shop.database.read_blocking(
                    [&](db::Session& s) { return store::facets(s, f, 1); });  // more have to be counted
                INFO(low << " to " << high << (even ? " even" : ""));
                CHECK(facets.total == expected(low, high, even));
            }
        }
    }
}
