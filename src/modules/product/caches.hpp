// What the catalogue answers from memory: snapshots for other modules, rendered products, rendered list
// pages, totals. Everything is forgotten when a write of this process has committed, before its caller is
// told. Thread-safe.
#pragma once

#include <cache/cache.hpp>
#include <db/session.hpp>
#include <http/message.hpp>
#include <memory>

#include "rules.hpp"

namespace cloudretail::product {

/// A rendered product and what decides who may see it.
struct Shown {
    std::shared_ptr<const std::string> body;
    std::string etag;
    UserId vendor_id{};
    Status status = Status::active;
};

/// A rendered page of a public list.
struct ShownPage {
    std::shared_ptr<const std::string> body;
    std::shared_ptr<const http::Fields> headers;
};

enum class CategoryList { of_products, tree };

/// What a list answers besides its items.
struct Counted {
    std::int64_t total = 0;
    std::shared_ptr<const std::string> facets;  // rendered
};

class Caches {
  public:
    Caches(db::Dialect dialect, const Clock& clock);

    cache::Cache<ProductId, Snapshot> snapshots;
    cache::Cache<ProductId, Shown> products;
    cache::Cache<std::string, ShownPage> pages;  // by path and normalized query
    cache::Cache<std::string, Counted> counts;   // by normalized filter
    cache::Cache<std::string, std::shared_ptr<const std::string>> suggestions;  // by the words typed
    cache::Cache<CategoryList, std::shared_ptr<const std::string>> categories;
    cache::Cache<std::string, ProductId> slugs;  // a slug stays its product's for ever

    /// After the commit of any change of this product.
    void forget(ProductId id);
    /// After the commit of any change of a category.
    void forget_lists();
};

}  // namespace cloudretail::product
