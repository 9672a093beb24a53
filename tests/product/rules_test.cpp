// What may be done with a product, and the texts that identify lists and versions.
#include <catch2/catch.hpp>
#include <set>

#include "rules.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

Caller caller(Role role, UserId id = UserId::make()) {
    Caller c;
    c.id = id;
    c.role = role;
    return c;
}

Change whole() {
    Change change;
    change.name = " Laptop ";
    change.description = "Gaming\nlaptop";
    change.price = Money{129'999};
    change.category = "Home & Garden";
    change.sku.emplace(std::nullopt);
    change.attributes = "{}";
    change.status = Status::active;
    return change;
}

}  // namespace

TEST_CASE("rules: names of statuses, availabilities and sorts are read as they are written", "[product]") {
    for (const Status s : {Status::active, Status::draft, Status::archived})
        CHECK(status_from_text(to_text(s)) == s);
    for (const auto a : {Availability::in_stock, Availability::low_stock, Availability::out_of_stock}) {
        CHECK(availability_from_text(to_text(a)) == a);
    }
    for (const Sort s : {Sort::newest, Sort::price_up, Sort::price_down, Sort::name, Sort::relevance})
        CHECK(sort_from_text(to_text(s)) == s);
    CHECK_FALSE(status_from_text("deleted"));
    CHECK_FALSE(availability_from_text(""));
    CHECK_FALSE(sort_from_text("best"));
}

TEST_CASE("rules: drafts are for their vendor and admins, only they may write", "[product]") {
    const UserId vendor = UserId::make();
    struct Case {
        Caller who;
        bool sees_draft, writes;
    };
    const Case cases[] = {
        {caller(Role::anonymous, {}), false, false},    {caller(Role::customer), false, false},
        {caller(Role::customer, vendor), false, false}, {caller(Role::vendor), false, false},
        {caller(Role::vendor, vendor), true, true},     {caller(Role::admin), true, true},
    };
    for (const Case& c : cases) {
        CHECK(may_see(c.who, vendor, Status::draft) == c.sees_draft);
        CHECK(may_see(c.who, vendor, Status::active));
        CHECK(may_see(c.who, vendor, Status::archived));
        CHECK(may_write(c.who, vendor) == c.writes);
    }
}

TEST_CASE("rules: only active products are listed", "[product]") {
    Product p;
    for (const Status s : {Status::active, Status::draft, Status::archived}) {
        p.status = s;
        CHECK(is_listed(p) == (s == Status::active));
    }
}

TEST_CASE("rules: a change is applied, and what it does not name stays", "[product]") {
    Product p;
    apply(whole(), p);
    CHECK(p.name == "Laptop");
    CHECK(p.category == "home-garden");
    CHECK(p.price == Money{129'999});
    CHECK_FALSE(p.sku);
    Change sku;
    sku.sku.emplace(" L-1 ");
    apply(sku, p);
    CHECK(p.sku == "L-1");
    CHECK(p.name == "Laptop");
    Change cleared;
    cleared.sku.emplace(std::nullopt);
    cleared.status = Status::archived;
    apply(cleared, p);
    CHECK_FALSE(p.sku);
    CHECK(p.status == Status::archived);
    CHECK(p.description == "Gaming\nlaptop");
}

TEST_CASE("rules: texts that mean nothing are refused, all at once", "[product]") {
    CHECK(problems_of(whole()).empty());
    CHECK(problems_of(Change{}).empty());
    Change bad = whole();
    bad.name = "  ";
    bad.description = "bell \a";
    bad.category = "&&&";
    bad.sku.emplace("a\nb");
    std::set<std::string> pointers;
    for (const auto& e : problems_of(bad)) pointers.insert(e.pointer);
    CHECK(pointers == std::set<std::string>{"/name", "/description", "/category", "/sku"});
    bad = whole();
    bad.name = "two\nlines";
    CHECK(problems_of(bad).size() == 1);
}

TEST_CASE("rules: slugs are tried from the most readable to the certainly unique", "[product]") {
    const ProductId id = ProductId::make();
    const auto slugs = slug_candidates("Gaming Laptop", id);
    REQUIRE(slugs.size() == 3);
    CHECK(slugs[0] == "gaming-laptop");
    CHECK(slugs[1] == "gaming-laptop-" + id.to_string().substr(28));
    CHECK(slugs[2] == "gaming-laptop-" + id.to_string());
    CHECK(slug_candidates("😀", id)[0] == "product");
}

TEST_CASE("rules: an ETag tells versions and availabilities apart", "[product]") {
    std::set<std::string> all;
    for (std::int64_t version : {1, 2, 11}) {
        for (const auto a : {Availability::in_stock, Availability::low_stock, Availability::out_of_stock}) {
            const std::string etag = etag_of(version, a);
            all.insert(etag);
            const auto possible = etags_of(version);
            CHECK(std::find(possible.begin(), possible.end(), etag) != possible.end());
            CHECK(etag.front() == '"');
            CHECK(etag.back() == '"');
        }
    }
    CHECK(all.size() == 9);
}

TEST_CASE("rules: different filters have different texts, the same filter always the same", "[product]") {
    std::vector<Filter> filters(14);
    filters[1].search = query_of("a");
    filters[2].category = "a";
    filters[3].min_price = Money{1};
    filters[4].max_price = Money{1};
    filters[5].vendor = UserId::make();
    filters[6].in_stock = true;
    filters[7].in_stock = false;
    filters[8].listed_only = false;
    filters[9].listed_only = false;
    filters[9].status = Status::draft;
    filters[10].min_price = Money{11};
    filters[11].search = Query{};
    filters[12].search = query_of("aaa");
    filters[13].search = query_of("aaa a");
    std::set<std::string> texts;
    for (const Filter& f : filters) {
        texts.insert(normalized(f));
        CHECK(normalized(f) == normalized(Filter(f)));
    }
    CHECK(texts.size() == filters.size());
}

TEST_CASE("rules: a keyset is read back by the same sort only", "[product]") {
    Product p;
    p.id = ProductId::make();
    p.name = "Élan\x1f!";
    p.price = Money{1'999};
    for (const Sort sort : {Sort::newest, Sort::price_up, Sort::price_down, Sort::name, Sort::relevance}) {
        const Keyset keyset = keyset_of(sort, p);
        const std::string text = encode(sort, keyset);
        const auto read = decode(sort, text);
        REQUIRE(read);
        CHECK(read->id == p.id);
        CHECK(read->value == keyset.value);
        for (const Sort other :
             {Sort::newest, Sort::price_up, Sort::price_down, Sort::name, Sort::relevance}) {
            if (other != sort) CHECK_FALSE(decode(other, text));
        }
    }
    for (const char* bad : {"", "price", "price\x1f",
                            "price\x1f"
                            "x\x1f"
                            "5",
                            "newest\x1f\x1f"}) {
        CHECK_FALSE(decode(Sort::price_up, bad));
        CHECK_FALSE(decode(Sort::newest, bad));
    }
    CHECK_FALSE(decode(Sort::price_up, "price\x1f" + p.id.to_string() +
                                           "\x1f"
                                           "\x1f"
                                           "1e9"));
    CHECK_FALSE(decode(Sort::price_up, "price\x1f" + p.id.to_string() +
                                           "\x1f"
                                           "\x1f"
                                           "99999999999999999999"));
}
