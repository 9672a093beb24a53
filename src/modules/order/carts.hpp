// Use-cases of carts: everybody signed in has one, and sees no other. Thread rule: called on io threads.
#pragma once

#include <base/caller.hpp>
#include <db/database.hpp>
#include <inventory/api.hpp>
#include <product/api.hpp>
#include <string>
#include "cart.hpp"

namespace cloudretail::order {

/// A cart as it is answered: looked at again, with its entity tag.
struct ShownCart {
    std::string body, etag;
};

class Carts {
  public:
    /// All outlive it.
    Carts(db::Database& database, product::Products& products, inventory::Stock& stock, std::string currency)
        : database_(database), products_(products), stock_(stock), currency_(std::move(currency)) {}

    /// Everybody's own. Errors of all: unauthenticated. Each throws Unavailable where the catalogue does;
    /// where inventory is away the answer says nothing of the stock.
    Task<Result<ShownCart>> get(Caller caller);
    /// `if_match` is the header's text, may be empty: it is about what was put in, not about prices and stock
    /// that changed since. Errors: stale, validation.
    Task<Result<ShownCart>> replace(Caller caller, std::vector<WantedLine> wanted, std::string if_match);
    /// Idempotent: the larger quantity stays. What cannot be put in is told of in the answer. Errors:
    /// validation.
    Task<Result<ShownCart>> merge(Caller caller, std::vector<WantedLine> wanted);
    /// Empties it. Errors: stale.
    Task<Result<>> clear(Caller caller, std::string if_match);

  private:
    Task<ShownCart> show(Cart cart, std::vector<ProductId> left_out);
    Task<std::optional<std::vector<inventory::StockLevel>>> levels(std::vector<ProductId> products);

    db::Database& database_;
    product::Products& products_;
    inventory::Stock& stock_;
    std::string currency_;
};

}  // namespace cloudretail::order
