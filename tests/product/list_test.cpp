// Lists of the catalogue on both databases: filters, sorts, pages and keysets.
#include "catalogue.hpp"
#include "store.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

std::vector<std::string> names(const std::vector<Product>& products) {
    std::vector<std::string> out;
    for (const Product& p : products) out.push_back(p.name);
    return out;
}

struct Shelf : Catalogue {
    explicit Shelf(db::Dialect dialect) : Catalogue(dialect) {
        put("banana", 300, "fruit", Availability::in_stock);
        put("Apple", 100, "fruit", Availability::low_stock);
        put("Éclair 100%", 300, "cake", Availability::out_of_stock);
        put("cherry_pie", 300, "cake", Availability::in_stock);
        put("Ähnlich", 200, "other", Availability::out_of_stock, Status::draft);
        put("zucchini", 50, "fruit", Availability::in_stock, Status::archived);
    }

    void put(const std::string& name, std::int64_t minor, const std::string& category,
             Availability availability, Status status = Status::active) {
        Product p;
        p.id = ProductId::make();
        p.vendor_id = name == "Apple" ? apple_vendor : main_vendor;
        p.name = p.slug = name;
        p.description = "Description of " + name;
        p.price = Money{minor};
        p.category = category;
        p.availability = availability;
        p.status = status;
        REQUIRE(database.write_blocking([&](db::Tx& tx) {
            CR_ASSERT(ensure_category(tx, category, category, 100));
            return store::insert(tx, std::span(&p, 1));
        }));
    }

    std::vector<std::string> all(const Filter& filter, Sort sort = Sort::name) {
        return database.read_blocking([&](db::Session& s) {
            return names(search.list(s, filter, sort, {std::nullopt, 0, 100}, false).products);
        });
    }

    UserId main_vendor = UserId::make(), apple_vendor = UserId::make();
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_ON_BOTH("lists: the public sees active products in the order it asks for", "[product]") {
    Shelf shelf(dialect);
    CHECK(shelf.all({}, Sort::name) == Names{"Apple", "banana", "cherry_pie", "Éclair 100%"});
    CHECK(shelf.all({}, Sort::newest) == Names{"cherry_pie", "Éclair 100%", "Apple", "banana"});
    CHECK(shelf.all({}, Sort::price_up) == Names{"Apple", "banana", "Éclair 100%", "cherry_pie"});
    CHECK(shelf.all({}, Sort::price_down) == Names{"cherry_pie", "Éclair 100%", "banana", "Apple"});
}

TEST_CASE_ON_BOTH("lists: every filter takes away what it says, and they add up", "[product]") {
    Shelf shelf(dialect);
    Filter f;
    f.category = "fruit";
    CHECK(shelf.all(f) == Names{"Apple", "banana"});
    f.min_price = Money{101};
    CHECK(shelf.all(f) == Names{"banana"});
    f = {};
    f.min_price = Money{100};
    f.max_price = Money{100};
    CHECK(shelf.all(f) == Names{"Apple"});
    f = {};
    f.vendor = shelf.apple_vendor;
    CHECK(shelf.all(f) == Names{"Apple"});
    f = {};
    f.in_stock = true;
    CHECK(shelf.all(f) == Names{"Apple", "banana", "cherry_pie"});
    f.in_stock = false;
    CHECK(shelf.all(f) == Names{"Éclair 100%"});
    f = {};
    f.listed_only = false;
    CHECK(shelf.all(f).size() == 6);
    f.status = Status::draft;
    CHECK(shelf.all(f) == Names{"Ähnlich"});
    f.vendor = shelf.apple_vendor;
    CHECK(shelf.all(f).empty());
}

TEST_CASE_ON_BOTH("lists: keysets and pages both show every product once, in order", "[product]") {
    Catalogue c(dialect);
    c.database.write_blocking([](db::Tx& tx) {
        CR_ASSERT(ensure_category(tx, "c", "c", 100));
        for (int i = 0; i < 57; ++i) {
            Product p;
            p.id = ProductId::make();
            p.vendor_id = UserId::make();
            p.slug = std::to_string(i);
            p.name = "name " + std::to_string(i % 7);
            p.price = Money{i % 5};
            p.category = "c";
            CR_ASSERT(store::insert(tx, std::span(&p, 1)));
        }
        return Unit{};
    });
    for (const Sort sort : {Sort::newest, Sort::price_up, Sort::price_down, Sort::name}) {
        const std::vector<std::string> all = c.run(c.service.list({}, sort, {std::nullopt, 0, 100})).items;
        REQUIRE(all.size() == 57);
        std::vector<std::string> by_cursor, by_page;
        Part part;
        part.limit = 10;
        for (int step = 0; step < 10; ++step) {
            auto listing = c.run(c.service.list({}, sort, part));
            CHECK(listing.total == 57);
            by_cursor.insert(by_cursor.end(), listing.items.begin(), listing.items.end());
            if (listing.next_keyset.empty()) break;
            part.after = decode(sort, listing.next_keyset);
            REQUIRE(part.after);
        }
        CHECK(by_cursor == all);
        for (int page = 0; page < 6; ++page) {
            auto listing = c.run(c.service.list({}, sort, {std::nullopt, page * 10, 10}));
            CHECK(listing.next_keyset.empty() == (page == 5));
            by_page.insert(by_page.end(), listing.items.begin(), listing.items.end());
        }
        CHECK(by_page == all);
        CHECK(c.run(c.service.list({}, sort, {std::nullopt, 57, 10})).items.empty());
    }
}

TEST_CASE("lists: every public list on SQLite walks an index and sorts nothing", "[product]") {
    Catalogue c(db::Dialect::sqlite);
    const auto plan = [&](const std::string& where, const std::string& order) {
        return c.database.read_blocking([&](db::Session& s) {
            std::string text;
            const std::string sql = "EXPLAIN QUERY PLAN SELECT id, name FROM products WHERE listed = 1" +
                                    where + " ORDER BY " + order + " LIMIT 21 OFFSET 0";
            for (const auto& line : s.query("iiit", sql, [](const db::Row& row) { return row.text(3); }))
                text += line;
            return text;
        });
    };
    for (const std::string where : {"", " AND category = 'c'", " AND availability <> 'out_of_stock'"}) {
        for (const std::string order :
             {"id DESC", "price_minor, id", "price_minor DESC, id DESC", "name_key, id"}) {
            const std::string text = plan(where, order);
            CAPTURE(where, order, text);
            CHECK(text.find("USING INDEX") != std::string::npos);
            CHECK(text.find("TEMP B-TREE") == std::string::npos);
        }
    }
    CHECK(plan(" AND (price_minor, id) > (5, 'x')", "price_minor, id").find("SEARCH") != std::string::npos);
    CHECK(plan(" AND id < 'x'", "id DESC").find("SEARCH") != std::string::npos);
}

TEST_CASE_ON_BOTH("lists: categories count what the public finds", "[product]") {
    Shelf shelf(dialect);
    CHECK(*shelf.run(shelf.categories.list(CategoryList::of_products)) ==
          R"({"items":[{"slug":"cake","name":"cake","count":2},{"slug":"fruit","name":"fruit","count":2}]})");
    shelf.add(Catalogue::vendor(), Catalogue::change("Trowel", {1}, "Home & Garden"));
    CHECK(shelf.run(shelf.categories.list(CategoryList::of_products))
              ->find(R"({"slug":"home-garden","name":"Home & Garden","count":1})") != std::string::npos);
}

TEST_CASE_ON_BOTH("lists: who may ask for what is not on sale", "[product]") {
    Filter f;
    f.listed_only = false;
    const UserId self = UserId::make();
    CHECK(Service::permitted({}, {}));
    CHECK(Service::permitted({}, f).error().is(cloudretail::errors::unauthenticated));
    CHECK(Service::permitted(Catalogue::of(Role::customer, self), f)
              .error()
              .is(cloudretail::errors::forbidden));
    CHECK(Service::permitted(Catalogue::vendor(self), f)->vendor == self);
    CHECK_FALSE(Service::permitted(Catalogue::admin(), f)->vendor);
    f.vendor = UserId::make();
    CHECK(Service::permitted(Catalogue::vendor(self), f).error().is(cloudretail::errors::forbidden));
    CHECK(Service::permitted(Catalogue::admin(), f)->vendor == f.vendor);
}
