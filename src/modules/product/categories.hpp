// The use-cases of categories: the public reads the tree, administrators change it, products make what they
// name first. Not HTTP, not SQL. Thread-safe.
#pragma once

#include "category_rules.hpp"
#include "service.hpp"

namespace cloudretail::product {

/// What a request says of a category; absent = as it is.
struct CategoryChange {
    std::optional<std::string> name;
    std::optional<std::string> slug;  // of a new one alone; absent: made from the name
    std::optional<std::optional<CategoryId>> parent;
    std::optional<std::int64_t> position;
};

/// A category as it is answered.
struct ShownCategory {
    std::string body, etag;
};

/// Makes the category of a product unless it exists. Errors: validation (there are `most` already).
Result<> ensure_category(db::Tx& tx, std::string_view slug, std::string_view name, int most);

class Categories {
  public:
    /// All references outlive it.
    Categories(db::Database& database, Caches& caches, Settings settings)
        : database_(database), caches_(caches), settings_(std::move(settings)) {}

    /// Called when a category has another name, after the commit.
    void on_renamed(std::function<void()> call) { renamed_ = std::move(call); }

    /// Those that hold products on sale, or the whole tree, as JSON.
    Task<std::shared_ptr<const std::string>> list(CategoryList which);
    /// `key` is a slug or an id, here and below. Errors: not_found.
    Task<Result<ShownCategory>> get(std::string key);

    /// Administrators. Answers 201, or what was answered to the same idempotency key. Errors: forbidden,
    /// validation (a parent that is none, too deep, too many), category_exists.
    Task<Result<db::StoredAnswer>> create(Caller caller, CategoryChange change, db::IdempotencyKey key);
    /// Errors: forbidden, not_found, stale, validation.
    Task<Result<ShownCategory>> change(Caller caller, std::string key, CategoryChange change,
                                       std::string if_match);
    /// Errors: forbidden, not_found, stale, category_in_use.
    Task<Result<>> remove(Caller caller, std::string key, std::string if_match);

  private:
    /// Runs `f(Tx&)` in a transaction and forgets all lists before anybody is told of the commit.
    template <class F>
    auto write(F f);
    Result<db::StoredAnswer> insert(db::Tx& tx, const Caller& caller, Category category,
                                    const db::IdempotencyKey& key) const;
    Result<ShownCategory> update(db::Tx& tx, const Caller& caller, const std::string& key,
                                 const CategoryChange& change, std::string_view if_match) const;

    db::Database& database_;
    Caches& caches_;
    Settings settings_;
    std::function<void()> renamed_;
};

}  // namespace cloudretail::product
