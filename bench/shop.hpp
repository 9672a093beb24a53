// The shop that load is put on: made over HTTP by `bench_load setup` and kept in a file, so that a server on
// a copy of the data can be asked again; and the requests that its visitors make.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Shop {
    std::string vendor;                  // token of the vendor of all products
    std::vector<std::string> customers;  // tokens
    std::vector<std::string> emails;     // of the customers; all have the same password
    std::vector<std::string> products;   // ids; each costs 12.50 and is in stock
};

/// A word of a name in the catalogue that bench_catalogue fills, and a price bound, so that no cache knows
/// the question.
class Searches {
  public:
    Searches();
    std::string next();

  private:
    std::vector<std::string> words_;
    std::mt19937_64 random_{std::random_device{}()};
};

/// Makes products, stock and customers over several connections, and writes the file.
void set_up(int port, int products, int customers, const std::string& file);
Shop read_shop(const std::string& file);

/// What a visitor asks next, as the bytes of a request.
class Visitor {
  public:
    /// Kinds: order, list, detail, login, mixed (of 100: 90 browse, 9 fill their cart, 1 orders).
    Visitor(const Shop& shop, std::string kind);
    /// `who` is any number: customers are told apart by it.
    std::string next(std::size_t who);

  private:
    std::string order(std::size_t who);
    std::string browse();
    std::string cart(std::size_t who);
    std::string login(std::size_t who) const;
    const std::string& product() { return shop_.products[random_() % shop_.products.size()]; }

    const Shop& shop_;
    std::string kind_;
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace bench
