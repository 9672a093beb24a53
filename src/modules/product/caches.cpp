// See caches.hpp.
#include "caches.hpp"

namespace cloudretail::product {

namespace {

constexpr std::size_t mib = 1024 * 1024;

/// On PostgreSQL other processes write too, and nobody tells us: what is kept may be this old there.
constexpr std::int64_t shared_age_ms = 1'000;

cache::Limits limits(db::Dialect dialect, std::size_t entries, std::size_t bytes) {
    return {entries, bytes, dialect == db::Dialect::postgresql ? shared_age_ms : 0};
}

}  // namespace

Caches::Caches(db::Dialect dialect, const Clock& clock)
    : snapshots(limits(dialect, 50'000, 16 * mib), clock),
      products(limits(dialect, 20'000, 24 * mib), clock),
      pages(limits(dialect, 4'000, 24 * mib), clock),
      counts(limits(dialect, 4'000, 4 * mib), clock),
      suggestions(limits(dialect, 4'000, 4 * mib), clock),
      categories(limits(dialect, 16, 16 * mib), clock),
      slugs({20'000, 2 * mib}, clock) {}

void Caches::forget(ProductId id) {
    snapshots.erase(id);
    products.erase(id);
    forget_lists();
}

void Caches::forget_lists() {
    pages.clear();
    counts.clear();
    suggestions.clear();
    categories.clear();
}

}  // namespace cloudretail::product
