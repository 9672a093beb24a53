// The catalogue's use-cases: permission, transaction, events, caches. Not HTTP, not SQL. Thread-safe;
// coroutines run on the caller's io thread, jobs on product's writer and readers.
#pragma once

#include <db/database.hpp>
#include <db/idempotency.hpp>
#include <events/event.hpp>
#include <events/outbox.hpp>
#include <functional>
#include <product/api.hpp>
#include <span>

#include "caches.hpp"
#include "rules.hpp"
#include "search.hpp"

namespace cloudretail::product {

/// A part of a list: rendered products, how many there are in all, and where to go on ("" = the end).
struct Listing {
    std::vector<std::string> items;
    std::int64_t total = 0;
    std::string next_keyset;
    std::string members;  // facets and didYouMean, rendered, without braces
};

using Part = store::Range;

/// What the configuration says of the catalogue.
struct Settings {
    std::string currency = "USD";
    int most_categories = 2'000;
    int category_depth = 5;
};

class Service final : public Products {
  public:
    /// All references outlive the service.
    Service(db::Database& database, Caches& caches, Search& search, Settings settings);

    Task<std::vector<Snapshot>> find(std::vector<ProductId> ids) override;
    Task<std::vector<Snapshot>> find_by_sku(UserId vendor, std::vector<std::string> skus) override;
    Task<std::vector<Snapshot>> walk(std::optional<UserId> vendor, std::optional<Snapshot> after,
                                     int limit) override;

    /// Vendors and admins; the product is the caller's. `change` names name, description, price and category.
    /// Answers 201, or what was answered to the same idempotency key. Errors: forbidden, validation,
    /// sku_taken.
    Task<Result<db::StoredAnswer>> create(Caller caller, Change change, db::IdempotencyKey key);
    /// Errors: not_found (also another vendor's draft).
    Task<Result<Shown>> get(Caller caller, ProductId id);
    Task<Result<Shown>> get(Caller caller, std::string slug);
    /// `if_match` is the header's text, may be empty. Errors: not_found, not_yours, stale, validation,
    /// sku_taken.
    Task<Result<Shown>> change(Caller caller, ProductId id, Change change, std::string if_match);
    /// Changes what hangs on a product, such as its pictures: `work` runs in the product's own transaction,
    /// after permission and If-Match were checked; version, event and caches move as with every change.
    /// Errors: not_found, not_yours, stale, and what `work` answers.
    using Work = std::function<Result<>(db::Tx&, Product&)>;
    Task<Result<Shown>> edit(Caller caller, ProductId id, std::string if_match, Work work);
    /// Errors: not_found, not_yours, stale.
    Task<Result<>> remove(Caller caller, ProductId id, std::string if_match);
    /// The filter is as the caller may ask (see permitted). Errors: none of its own.
    Task<Listing> list(Filter filter, Sort sort, Part part);
    /// What a search that begins so may become, as JSON.
    Task<std::shared_ptr<const std::string>> suggest(std::string text);

    /// May this caller ask for products that the public does not see? Vendors are held to their own. Errors:
    /// unauthenticated, forbidden.
    static Result<Filter> permitted(const Caller& caller, Filter filter);

    /// Takes a product's availability from inventory's event, on product's writer thread; an event older than
    /// the last one taken (a dead letter) changes nothing.
    void take_stock(db::Tx& tx, const events::Event& event);

    // What changes many products in one transaction is made of these (transfer.cpp).

    /// Runs `f` in a transaction, and forgets what is cached of the products it names before anybody is told.
    Task<Result<>> write_many(std::function<Result<>(db::Tx&, std::vector<ProductId>&)> f);
    /// Sees to it that a product's category is there. Errors: validation.
    Result<> ensure_category(db::Tx& tx, const Product& product, std::string_view name) const;
    /// Gives the new products slugs and their times, stores them and tells of them; that their SKUs are free
    /// and their categories there has been seen to. An error ends the transaction's job.
    Result<> add_in(db::Tx& tx, const Caller& caller, std::span<Product> products) const;
    /// Stores the products as changes, which have been applied, made them, and tells of them; as above.
    Result<> change_in(db::Tx& tx, const Caller& caller, std::span<Product> products) const;

  private:
    /// Runs `f(Tx&)` in a transaction and forgets what is cached of `id` before anybody is told of the
    /// commit.
    template <class F>
    auto write(ProductId id, F f);
    Result<db::StoredAnswer> insert(db::Tx& tx, const Caller& caller, Product product,
                                    const std::string& category_name, const db::IdempotencyKey& key) const;
    Result<Product> load_for_write(db::Tx& tx, const Caller& caller, ProductId id,
                                   std::string_view if_match) const;
    [[nodiscard]] events::NewEvent event_of(const char* type, const Product& product, std::string_view status,
                                            const std::string& traceparent) const;
    void publish(db::Tx& tx, const char* type, std::span<const Product> products,
                 const std::string& traceparent) const;
    [[nodiscard]] Shown show(const Product& product) const;

    db::Database& database_;
    Caches& caches_;
    Search& search_;
    Settings settings_;
};

}  // namespace cloudretail::product
