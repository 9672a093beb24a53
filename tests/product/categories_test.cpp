// The tree of categories: its rules, and its use-cases on both databases.
#include <base/json.hpp>

#include "catalogue.hpp"
#include "categories_store.hpp"
#include "store.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

Category category(const std::string& name, const Category* parent = nullptr, std::int64_t position = 0,
                  std::int64_t products = 0) {
    Category c;
    c.id = CategoryId::make();
    c.slug = c.name = name;
    if (parent != nullptr) c.parent = parent->id;
    c.position = position;
    c.listed_products = products;
    return c;
}

std::string drawn(const std::vector<Node>& tree) {
    std::string out;
    for (const Node& node : tree) {
        out += std::string(static_cast<std::size_t>(node.depth - 1), '.') + node.category.name + " " +
               std::to_string(node.total_products) + "\n";
    }
    return out;
}

struct Shop : Catalogue {
    using Catalogue::Catalogue;

    CategoryChange named(const std::string& name, std::optional<CategoryId> parent = std::nullopt) {
        CategoryChange change;
        change.name = name;
        if (parent) change.parent.emplace(parent);
        return change;
    }
    CategoryId make(const std::string& name, std::optional<CategoryId> parent = std::nullopt) {
        auto answer = run(categories.create(boss, named(name, parent), {}));
        REQUIRE(answer);
        REQUIRE(answer->status == 201);
        return *CategoryId::parse(answer->subject);
    }
    std::string field(const std::string& key, std::string_view name) {
        auto shown = run(categories.get(key));
        REQUIRE(shown);
        return json::Document::parse(shown->body)->root()[name].dump();
    }
    std::int64_t total(const std::string& slug, Sort sort = Sort::newest) {
        Filter filter;
        filter.category = slug;
        return std::ssize(run(service.list(filter, sort, {std::nullopt, 0, 100})).items);
    }

    Caller boss = admin();
    Caller seller = vendor();
};

}  // namespace

TEST_CASE("categories: the tree is in order, counts what is below, and hangs the lost at the top",
          "[product]") {
    const Category home = category("Home", nullptr, 2, 1), books = category("books", nullptr, 1, 5);
    const Category kitchen = category("Kitchen", &home, 0, 2), bath = category("Bath", &home, 0, 3);
    const Category knives = category("Knives", &kitchen, 0, 4);
    Category lost = category("Zoo");
    lost.parent = CategoryId::make();
    const auto tree = tree_of({knives, lost, bath, home, kitchen, books});
    CHECK(drawn(tree) == "Zoo 0\nbooks 5\nHome 10\n.Bath 3\n.Kitchen 6\n..Knives 4\n");

    CHECK(hanging_problem(tree, kitchen.id, books.id, 3).empty());
    CHECK(hanging_problem(tree, kitchen.id, std::nullopt, 3).empty());
    CHECK_FALSE(
        hanging_problem(tree, kitchen.id, bath.id, 3).empty());  // knives would be on the fourth level
    CHECK(hanging_problem(tree, kitchen.id, bath.id, 4).empty());
    CHECK_FALSE(hanging_problem(tree, kitchen.id, kitchen.id, 9).empty());
    CHECK_FALSE(hanging_problem(tree, kitchen.id, knives.id, 9).empty());
    CHECK_FALSE(hanging_problem(tree, kitchen.id, CategoryId::make(), 9).empty());
    CHECK(hanging_problem(tree, CategoryId::make(), knives.id, 4).empty());  // a new one
    CHECK_FALSE(hanging_problem(tree, CategoryId::make(), knives.id, 3).empty());

    Category a = category("a"), b = category("b", &a);
    a.parent = b.id;  // a ring that no rule lets in hangs nowhere, and ends
    CHECK(tree_of({a, b}).empty());
}

TEST_CASE("categories: an If-Match names the edit, whatever was counted", "[product]") {
    CHECK(names_version("", 3));
    CHECK(names_version(" * ", 3));
    CHECK(names_version("\"3-0-0\"", 3));
    CHECK(names_version("\"2-1-1\", \"3-7-9\"", 3));
    CHECK_FALSE(names_version("\"2-3-3\"", 3));
    CHECK_FALSE(names_version("W/\"3-0-0\"", 3));
    CHECK_FALSE(names_version("\"33-0-0\"", 3));
    Node node{category("x", nullptr, 0, 4), 1, 9};
    node.category.version = 3;
    CHECK(etag_of(node) == "\"3-4-9\"");
}

TEST_CASE_ON_BOTH("categories: administrators make, change and take them away", "[product]") {
    Shop shop(dialect);
    CHECK(shop.run(shop.categories.create(shop.seller, shop.named("x"), {}))
              .error()
              .is(cloudretail::errors::forbidden));
    const CategoryId home = shop.make("Home & Garden");
    const CategoryId kitchen = shop.make("Kitchen", home);
    CHECK(shop.field("kitchen", "parentId") == "\"" + home.to_string() + "\"");
    CHECK(shop.field(kitchen.to_string(), "depth") == "2");
    CHECK(shop.run(shop.categories.create(shop.boss, shop.named("home-garden"), {}))
              .error()
              .is(product::errors::category_exists));
    CHECK(shop.run(shop.categories.create(shop.boss, shop.named("!"), {}))
              .error()
              .is(cloudretail::errors::validation));
    CHECK(shop.run(shop.categories.create(shop.boss, shop.named("y", CategoryId::make()), {}))
              .error()
              .is(cloudretail::errors::validation));
    CategoryChange slug = shop.named("Z");
    slug.slug = "Not A Slug";
    CHECK(shop.run(shop.categories.create(shop.boss, slug, {})).error().is(cloudretail::errors::validation));

    auto before = shop.run(shop.categories.get("kitchen"));
    auto renamed =
        shop.run(shop.categories.change(shop.boss, "kitchen", shop.named("Cooking"), before->etag));
    REQUIRE(renamed);
    CHECK(renamed->etag != before->etag);
    CHECK(shop.field("kitchen", "name") == "\"Cooking\"");
    CHECK(shop.run(shop.categories.change(shop.boss, "kitchen", shop.named("X"), before->etag))
              .error()
              .is(cloudretail::errors::stale));
    CHECK(shop.run(shop.categories.remove(shop.boss, "kitchen", before->etag))
              .error()
              .is(cloudretail::errors::stale));
    CHECK(shop.run(shop.categories.change(shop.seller, "kitchen", shop.named("X"), ""))
              .error()
              .is(cloudretail::errors::forbidden));
    CategoryChange below_itself;
    below_itself.parent.emplace(kitchen);
    CHECK(shop.run(shop.categories.change(shop.boss, "home-garden", below_itself, ""))
              .error()
              .is(cloudretail::errors::validation));
    CHECK(shop.run(shop.categories.remove(shop.boss, "home-garden", ""))
              .error()
              .is(product::errors::category_in_use));
    CategoryChange to_the_top;
    to_the_top.parent.emplace(std::nullopt);
    REQUIRE(shop.run(shop.categories.change(shop.boss, "kitchen", to_the_top, "")));
    CHECK(shop.field("kitchen", "depth") == "1");
    CHECK(shop.run(shop.categories.remove(shop.seller, "home-garden", ""))
              .error()
              .is(cloudretail::errors::forbidden));
    REQUIRE(shop.run(shop.categories.remove(shop.boss, "home-garden", "")));
    CHECK_FALSE(shop.run(shop.categories.get("home-garden")));
    CHECK_FALSE(shop.run(shop.categories.remove(shop.boss, "home-garden", "")));
}

TEST_CASE_ON_BOTH("categories: a product makes what it names, is found in what is above, and keeps it",
                  "[product]") {
    Shop shop(dialect);
    const CategoryId home = shop.make("Home");
    const CategoryId kitchen = shop.make("Kitchen", home);
    const ProductId knife = shop.add(shop.seller, Catalogue::change("Knife", {500}, "Kitchen"));
    shop.add(shop.seller, Catalogue::change("Vase", {100}, "Home"));
    shop.add(shop.seller, Catalogue::change("Novel", {300}, "Books"));
    for (const Sort sort : {Sort::newest, Sort::price_up, Sort::price_down, Sort::name}) {
        CHECK(shop.total("home", sort) == 2);
        CHECK(shop.total("kitchen", sort) == 1);
        CHECK(shop.total("books", sort) == 1);
        CHECK(shop.total("nowhere", sort) == 0);
    }
    CHECK(shop.field("home", "productCount") == "1");
    CHECK(shop.field("home", "totalProductCount") == "2");
    CHECK(shop.field("books", "name") == "\"Books\"");
    Filter both;
    both.category = "home";
    both.search = query_of("knife");
    CHECK(shop.run(shop.service.list(both, Sort::relevance, {})).total == 1);

    CHECK(shop.run(shop.categories.remove(shop.boss, "kitchen", ""))
              .error()
              .is(product::errors::category_in_use));
    Change draft;
    draft.status = Status::draft;
    REQUIRE(shop.run(shop.service.change(shop.seller, knife, draft, "")));
    CHECK(shop.field("home", "totalProductCount") == "1");
    CHECK(shop.run(shop.categories.remove(shop.boss, "kitchen", ""))
              .error()
              .is(product::errors::category_in_use));
    REQUIRE(shop.run(shop.service.remove(shop.seller, knife, "")));
    REQUIRE(shop.run(shop.categories.remove(shop.boss, kitchen.to_string(), "")));
    const auto faults = shop.database.read_blocking([](db::Session& s) { return store::faults(s, 10); });
    CHECK(faults.empty());
    shop.database.write_blocking(
        [](db::Tx& tx) { return tx->exec("UPDATE categories SET listed_products = 9 WHERE slug = 'home'"); });
    CHECK(shop.database.write_blocking([](db::Tx& tx) { return store::mend_counts(tx); }) == 1);
}

TEST_CASE_ON_BOTH("categories: a list of several is the same by pages and by cursors, in every order",
                  "[product]") {
    Shop shop(dialect);
    const CategoryId top = shop.make("Top");
    for (const char* name : {"One", "Two", "Three"}) shop.make(name, top);
    for (int i = 0; i < 40; ++i) {
        const char* const in[] = {"Top", "One", "Two", "Three", "Elsewhere"};
        shop.add(shop.seller, Catalogue::change("P" + std::to_string(i % 6), {i % 7}, in[i % 5]));
    }
    Filter filter;
    filter.category = "top";
    for (const Sort sort : {Sort::newest, Sort::price_up, Sort::price_down, Sort::name}) {
        std::vector<std::string> by_page, by_cursor;
        for (int page = 0; page < 5; ++page) {
            auto listing = shop.run(shop.service.list(filter, sort, {std::nullopt, page * 7, 7}));
            CHECK(listing.total == 32);
            by_page.insert(by_page.end(), listing.items.begin(), listing.items.end());
        }
        Part part{std::nullopt, 0, 7};
        for (int step = 0; step < 6; ++step) {
            auto listing = shop.run(shop.service.list(filter, sort, part));
            by_cursor.insert(by_cursor.end(), listing.items.begin(), listing.items.end());
            if (listing.next_keyset.empty()) break;
            part.after = decode(sort, listing.next_keyset);
        }
        CHECK(by_page.size() == 32);
        CHECK(by_cursor == by_page);
    }
}

TEST_CASE_ON_BOTH("categories: there are only so many, and only so deep", "[product]") {
    Shop shop(dialect);
    Settings settings;
    settings.most_categories = 2;
    settings.category_depth = 1;
    Categories few(shop.database, shop.caches, settings);
    Service service(shop.database, shop.caches, shop.search, settings);
    const CategoryId one = shop.make("One");
    CHECK(shop.run(few.create(shop.boss, shop.named("Two", one), {}))
              .error()
              .is(cloudretail::errors::validation));
    REQUIRE(shop.run(few.create(shop.boss, shop.named("Two"), {})));
    CHECK(
        shop.run(few.create(shop.boss, shop.named("Three"), {})).error().is(cloudretail::errors::validation));
    auto refused = shop.run(service.create(shop.seller, Catalogue::change("P", {1}, "Three"), {}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fields.front().pointer == "/category");
    CHECK(shop.run(service.create(shop.seller, Catalogue::change("P", {1}, "Two"), {})));
}
