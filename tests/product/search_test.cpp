// Searching the catalogue on both databases: the same products in the same order, corrections, facets,
// suggestions, and an index that is always what the products say.
#include <algorithm>
#include <support/invented_names.hpp>

#include "catalogue.hpp"
#include "search_store.hpp"
#include "store.hpp"
#include "text.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

using Names = std::vector<std::string>;

struct Shop : Catalogue {
    using Catalogue::Catalogue;

    ProductId put(const std::string& name, const std::string& description = "",
                  const std::string& category = "c", Status status = Status::active,
                  std::int64_t price = 1'000) {
        Change what = change(name, {price}, category);
        what.description = description;
        what.status = status;
        return add(seller, what);
    }
    Found find(const std::string& text, Sort sort = Sort::relevance, Filter filter = {}) {
        filter.search = query_of(text);
        return database.read_blocking([&](db::Session& s) {
            return search.list(s, filter, sort, {std::nullopt, 0, 100}, true);
        });
    }
    Names found(const std::string& text, Sort sort = Sort::relevance) {
        Names out;
        for (const Product& p : find(text, sort).products) out.push_back(p.name);
        return out;
    }
    std::vector<std::string> faults() {
        return database.read_blocking([](db::Session& s) { return store::index_faults(s, 100); });
    }
    Suggestions suggest(const std::string& text) {
        return database.read_blocking([&](db::Session& s) { return search.suggest(s, text); });
    }

    Caller seller = vendor();
};

}  // namespace

TEST_CASE_ON_BOTH("search: all words are found, whole or as beginnings, without regard to case and accents",
                  "[product]") {
    Shop shop(dialect);
    shop.put("Crème Brûlée Torch", "For caramel");
    shop.put("Gaming Laptop", "A fast machine");
    shop.put("Men's T-Shirt 100%", "Cotton");
    shop.put("手机壳", "为手机");
    CHECK(shop.found("creme") == Names{"Crème Brûlée Torch"});
    CHECK(shop.found("BRÛLÉE torch") == Names{"Crème Brûlée Torch"});
    CHECK(shop.found("lap gam") == Names{"Gaming Laptop"});
    CHECK(shop.found("fast laptop") == Names{"Gaming Laptop"});
    CHECK(shop.found("mens shirt") == Names{"Men's T-Shirt 100%"});
    CHECK(shop.found("100%") == Names{"Men's T-Shirt 100%"});
    CHECK(shop.found("手机") == Names{"手机壳"});
    CHECK(shop.found("laptop torch").empty());
    CHECK(shop.found("aptop la").empty());  // "la" is too short to be a beginning, and no word of ours
    CHECK(shop.found("!?%").empty());
    CHECK(shop.found("\" OR name:x' \\ )(*&|").empty());
}

TEST_CASE_ON_BOTH("search: relevance is the same on both databases, name before tags before description",
                  "[product]") {
    Shop shop(dialect);
    shop.put("Oak board", "Goes with any lamp");         // 6
    shop.put("Shade", "For a lamp", "lamp parts");       // 4
    shop.put("Lampshade in many colours", "");           // 3
    shop.put("Bright desk lamp with arm and foot", "");  // 2
    shop.put("Desk lamp", "");                           // 1
    shop.put("Lamp", "");                                // 0
    shop.put("Lamp", "The newer one");                   // 0, newer
    shop.put("Kettle", "Boils");
    const Names expected{
        "Lamp",  "Lamp",     "Desk lamp", "Bright desk lamp with arm and foot", "Lampshade in many colours",
        "Shade", "Oak board"};
    CHECK(shop.found("lamp") == expected);
    CHECK(shop.find("lamp").products.front().description == "The newer one");
    Names by_price = expected;
    std::sort(by_price.begin(), by_price.end(),
              [](const auto& a, const auto& b) { return fold(a) < fold(b); });
    CHECK(shop.found("lamp", Sort::name) == by_price);
    CHECK(shop.found("lamp", Sort::newest).size() == 7);
    CHECK(shop.found("lamp", Sort::price_up).size() == 7);
    // Two words: both in the name, then one in the name, then neither.
    shop.put("Red chair", "");
    shop.put("Red stool", "Fits the chair");
    shop.put("Sofa", "A red one, with a chair");
    CHECK(shop.found("red chair") == Names{"Red chair", "Red stool", "Sofa"});
}

TEST_CASE_ON_BOTH("search: category, attributes and SKU are found too", "[product]") {
    Shop shop(dialect);
    Change c = Catalogue::change("Thing", {500}, "Home & Garden");
    c.sku.emplace("LX-1001");
    c.attributes = R"({"color":"Midnight Blue","size":4})";
    shop.add(shop.seller, c);
    for (const char* text : {"garden", "midnight", "lx-1001", "LX1001", "blue garden"}) {
        CAPTURE(text);
        CHECK(shop.found(text) == Names{"Thing"});
    }
}

TEST_CASE_ON_BOTH("search: a mistyped word is replaced where it finds nothing, and only there", "[product]") {
    Shop shop(dialect);
    shop.put("Gaming Laptop", "Machine");
    shop.put("Office Laptop", "Machine");
    shop.put("Lap desk", "Wood");
    shop.put("Lampshade", "Paper", "lights");
    for (const char* text : {"labtop", "lpatop", "laptpo", "xaptop", "aptop", "llaptop", "laptopp"}) {
        CAPTURE(text);
        const Found found = shop.find(text);
        CHECK(found.products.size() == 2);
        CHECK(found.did_you_mean == "laptop");
        REQUIRE(found.facets);
        CHECK(found.facets->total == 2);
    }
    CHECK(shop.found("gaming labtop") == Names{"Gaming Laptop"});
    CHECK(shop.find("gamign labtop").did_you_mean == "gaming laptop");
    CHECK(shop.find("lapmhsade").did_you_mean == "lampshade");  // two edits in nine letters
    CHECK(shop.find("lap").did_you_mean.empty());
    CHECK(shop.found("lap").size() == 3);
    CHECK(shop.found("lxyz").empty());
    CHECK(shop.find("lxyz").did_you_mean.empty());
    // Both words are in use, but not together: one of them was meant otherwise.
    shop.put("Damp cloth", "");
    CHECK(shop.found("gaming lap desk").empty());
    shop.put("Oak lamp", "");
    CHECK(shop.found("oak damp") == Names{"Oak lamp"});
    // What the filters take away is not mistyped.
    Filter cheap;
    cheap.max_price = Money{1};
    CHECK(shop.find("laptop", Sort::relevance, cheap).did_you_mean.empty());
    CHECK(shop.find("labtop", Sort::relevance, cheap).did_you_mean == "laptop");
    CHECK(shop.find("labtop", Sort::relevance, cheap).products.empty());
}

TEST_CASE_ON_BOTH("search: the writer finds what it wrote, and nothing that is gone or not on sale",
                  "[product]") {
    Shop shop(dialect);
    const ProductId id = shop.put("Walnut table", "Old");
    CHECK(shop.found("walnut").size() == 1);
    Change renamed;
    renamed.name = "Cherry table";
    REQUIRE(shop.run(shop.service.change(shop.seller, id, renamed, "")));
    CHECK(shop.found("walnut").empty());
    CHECK(shop.found("chery").size() == 1);
    CHECK(shop.found("old").size() == 1);
    Change draft;
    draft.status = Status::draft;
    REQUIRE(shop.run(shop.service.change(shop.seller, id, draft, "")));
    CHECK(shop.found("cherry").empty());
    Filter own;
    own.listed_only = false;
    own.vendor = shop.seller.id;
    CHECK(shop.find("cherry", Sort::relevance, own).products.size() == 1);
    CHECK(shop.find("chery", Sort::relevance, own).products.size() == 1);
    REQUIRE(shop.run(shop.service.remove(shop.seller, id, "")));
    CHECK(shop.find("cherry", Sort::relevance, own).products.empty());
    CHECK(shop.faults().empty());
    // Words of drafts are suggested to nobody.
    shop.put("Mahogany", "", "c", Status::draft);
    CHECK(shop.find("mahogani").did_you_mean.empty());
}

TEST_CASE_ON_BOTH("search: facets count the whole list up to the bound, and say where they stop",
                  "[product]") {
    Shop shop(dialect);
    shop.put("Red lamp", "", "Lights", Status::active, 500);
    shop.put("Blue lamp", "", "Lights", Status::active, 700);
    shop.put("Lamp book", "", "Books", Status::active, 90);
    shop.put("Chair", "", "Seats", Status::active, 9'000);
    const auto counts = [](const store::Facets& facets) {
        Names out;
        for (const auto& c : facets.categories) out.push_back(c.name + " " + std::to_string(c.count));
        return out;
    };
    auto facets = *shop.find("lamp").facets;
    CHECK(facets.complete);
    CHECK(facets.total == 3);
    CHECK(counts(facets) == Names{"Lights 2", "Books 1"});
    CHECK(facets.min_price == Money{90});
    CHECK(facets.max_price == Money{700});
    const auto of = [&](const Filter& f, int bound) {
        return shop.database.read_blocking([&](db::Session& s) { return store::facets(s, f, bound); });
    };
    facets = of({}, 1);  // counters need no bound
    CHECK(facets.complete);
    CHECK(facets.total == 4);
    CHECK(counts(facets) == Names{"Lights 2", "Books 1", "Seats 1"});
    CHECK(facets.min_price == Money{90});
    CHECK(facets.max_price == Money{9'000});
    Filter f;
    f.search = query_of("lamp");
    facets = of(f, 2);
    CHECK_FALSE(facets.complete);
    CHECK(facets.total == 2);
    f = {};
    f.min_price = Money{100};
    facets = of(f, 2);
    CHECK_FALSE(facets.complete);
    CHECK(facets.total == 3);  // the total of what is not searched is exact
    CHECK(of(f, 3).complete);
    f.search = Query{};
    CHECK(of(f, 3).total == 0);
}

TEST_CASE_ON_BOTH("search: suggestions go on from what was typed", "[product]") {
    Shop shop(dialect);
    shop.put("Gaming Laptop", "");
    shop.put("Office Laptop", "");
    shop.put("Lap desk", "", "Laptop stands");
    shop.put("Lampshade", "", "lights");
    const auto lines = [](const Suggestions& s) {
        Names out;
        for (const auto& item : s.items) out.push_back(item.type + " " + item.text);
        return out;
    };
    CHECK(lines(shop.suggest("lap")) == Names{"search laptop", "category Laptop stands", "product Lap desk",
                                              "product Office Laptop", "product Gaming Laptop"});
    CHECK(lines(shop.suggest("gaming lap")) == Names{"search gaming laptop", "product Gaming Laptop"});
    CHECK(shop.suggest("gaming labtop").did_you_mean == "gaming laptop");
    CHECK(lines(shop.suggest("gaming labtop")) == Names{"product Gaming Laptop"});
    CHECK(lines(shop.suggest("!")).empty());
    CHECK(lines(shop.suggest("zzz")).empty());
    const std::string before = *shop.run(shop.service.suggest("lap"));
    shop.put("Lapis stone", "");
    CHECK(*shop.run(shop.service.suggest("LAP")) != before);
}

TEST_CASE_ON_BOTH(
    "search: products from before the index are read into it bit by bit, and it can be made anew",
    "[product]") {
    Shop shop(dialect);
    for (int i = 0; i < 7; ++i) shop.put("Lamp " + std::to_string(i), "");
    const auto clear = dialect == db::Dialect::sqlite
                           ? "INSERT INTO product_search (product_search) VALUES ('delete-all')"
                           : "DELETE FROM product_search";
    const auto write = [&](const char* sql) {
        shop.database.write_blocking([&](db::Tx& tx) { return tx->exec(sql); });
    };
    write(clear);
    write("DELETE FROM search_terms");
    write("UPDATE products SET words = NULL");
    CHECK(shop.found("lamp").empty());
    const auto read = [&](int limit) {
        return shop.database.write_blocking([&](db::Tx& tx) { return store::index_unread(tx, limit); });
    };
    CHECK(read(5) == 5);
    CHECK(read(5) == 2);
    CHECK(read(5) == 0);
    CHECK(shop.found("lamp").size() == 7);
    CHECK(shop.faults().empty());

    const auto rebuild = [&] {
        return shop.database.write_blocking([](db::Tx& tx) { return store::rebuild_index(tx); });
    };
    CHECK(rebuild() == 0);
    write("UPDATE products SET words = 'other' WHERE name = 'Lamp 3'");
    CHECK(shop.faults().size() == 1);
    CHECK(rebuild() == 1);
    write(clear);
    CHECK(shop.faults().size() == 7);
    CHECK(rebuild() == 7);
    CHECK(shop.faults().empty());
    CHECK(shop.found("lamp").size() == 7);
    CHECK(shop.found("lmap").size() == 7);
}

TEST_CASE_ON_BOTH("search: 95 of 100 mistyped names are among the first ten", "[product]") {
    Shop shop(dialect);
    test::InventedNames names(20);
    std::vector<std::string> all;
    shop.database.write_blocking([&](db::Tx& tx) {
        all.clear();
        CR_ASSERT(ensure_category(tx, "c", "c", 10));
        for (int i = 0; i < 2'000; ++i) {
            auto item = names.next();
            item.description.resize(item.description.find(' ', 60));  // enough words, and quick
            Product p;
            p.id = ProductId::make();
            p.vendor_id = shop.seller.id;
            p.slug = std::to_string(i);
            p.name = item.name;
            p.description = item.description;
            p.price = Money{item.price_minor};
            p.category = "c";
            CR_ASSERT(store::insert(tx, std::span(&p, 1)));
            all.push_back(item.name);
        }
        return Unit{};
    });
    int found = 0;
    constexpr int asked = 1'000;
    for (int i = 0; i < asked; ++i) {
        const std::string& name = all[names.below(all.size())];
        auto products = shop.find(names.mistyped(name)).products;
        products.resize(std::min<std::size_t>(products.size(), 10));
        found +=
            std::any_of(products.begin(), products.end(), [&](const Product& p) { return p.name == name; })
                ? 1
                : 0;
    }
    CHECK(found >= asked * 95 / 100);
    WARN("recall at 10: " << found << " of " << asked);
}
