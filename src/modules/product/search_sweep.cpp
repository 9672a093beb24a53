// See search_sweep.hpp.
#include "search_sweep.hpp"

#include <algorithm>

#include "list_store.hpp"
#include "search_store.hpp"

namespace cloudretail::product {

namespace {

constexpr int looked_at = 100;                // terms of one call: each is a search
constexpr std::int64_t young_ms = 3'600'000;  // terms that are left alone

}  // namespace

std::int64_t TermSweep::run(db::Tx& tx, int limit) {
    const int most = std::min(limit, looked_at);
    const auto terms = store::terms_after(tx.session(), after_, tx.now().plus_ms(-young_ms), most);
    std::int64_t forgotten = 0;
    for (const std::string& term : terms) {
        Filter on_sale;
        on_sale.search = Query{{Group{{term}, false}}};
        if (store::finds_any(tx.session(), on_sale)) continue;
        store::forget_term(tx, term);
        ++forgotten;
    }
    after_ = std::ssize(terms) < most ? std::string() : terms.back();
    return forgotten;
}

}  // namespace cloudretail::product
