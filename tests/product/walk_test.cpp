// Walking a list by its cursors while products come, change and go: what is there throughout, unchanged, is
// met once. On both databases, in every order, with and without a search.
#include <base/json.hpp>
#include <map>
#include <random>

#include "catalogue.hpp"

using namespace cloudretail;
using namespace cloudretail::product;

namespace {

constexpr int products = 120;
constexpr int page_size = 7;

std::string name_of(int number) {
    // Every class of relevance, and several products with the same name.
    const char* const patterns[] = {"Lamp", "Desk lamp", "Long oak desk lamp of brass", "Lampshade",
                                    "Lantern"};
    return patterns[number % 5];
}

struct Walk : Catalogue {
    using Catalogue::Catalogue;

    ProductId put(int number) {
        Change what = change(name_of(number), {100 * (number % 9)}, number % 3 == 0 ? "lamp-parts" : "other");
        what.description = number % 2 == 0 ? "Gives light like a lamp" : "A lamp";
        return add(seller, what);
    }
    void disturb(std::vector<ProductId>& restless) {
        const auto pick = random() % restless.size();
        switch (random() % 4) {
            case 0:
                restless.push_back(put(static_cast<int>(random() % 100)));
                break;
            case 1: {
                Change what;
                what.name = name_of(static_cast<int>(random() % 100));
                what.price = Money{static_cast<std::int64_t>(random() % 900)};
                REQUIRE(run(service.change(seller, restless[pick], what, "")));
                break;
            }
            case 2: {
                Change what;
                what.category = random() % 2 == 0 ? "lamp-parts" : "other";
                REQUIRE(run(service.change(seller, restless[pick], what, "")));
                break;
            }
            default:
                if (restless.size() < 10) break;
                REQUIRE(run(service.remove(seller, restless[pick], "")));
                restless.erase(restless.begin() + static_cast<std::ptrdiff_t>(pick));
        }
    }
    /// How often each product was met.
    std::map<std::string, int> walk(const Filter& filter, Sort sort, std::vector<ProductId>& restless) {
        std::map<std::string, int> met;
        Part part;
        part.limit = page_size;
        for (int step = 0; step < 200; ++step) {
            const Listing listing = run(service.list(filter, sort, part));
            for (const std::string& item : listing.items) {
                const auto document = json::Document::parse(item).value();
                ++met[std::string(*document.root()["id"].text())];
            }
            if (listing.next_keyset.empty()) return met;
            part.after = decode(sort, listing.next_keyset);
            REQUIRE(part.after);
            disturb(restless);
            disturb(restless);
        }
        FAIL("the walk does not end");
        return met;
    }

    Caller seller = vendor();
    std::mt19937 random{11};
};

}  // namespace

TEST_CASE_ON_BOTH("walk: what is there throughout is met once, whatever happens around it", "[product]") {
    Walk shop(dialect);
    std::vector<ProductId> still, restless;
    for (int i = 0; i < products; ++i) (i % 3 == 1 ? restless : still).push_back(shop.put(i));
    for (const char* text : {"", "lamp", "lmap"}) {
        Filter filter;
        if (*text != 0) filter.search = query_of(text);
        for (const Sort sort :
             {Sort::newest, Sort::price_up, Sort::price_down, Sort::name, Sort::relevance}) {
            if (sort == Sort::relevance && !filter.search) continue;
            CAPTURE(text, to_text(sort));
            auto met = shop.walk(filter, sort, restless);
            int wrong = 0;
            for (const ProductId& id : still) wrong += met[id.to_string()] == 1 ? 0 : 1;
            CHECK(wrong == 0);
        }
    }
}
