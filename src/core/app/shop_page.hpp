// The storefront's page as an address first shows it: its status, its title and what search engines and
// previews read, the answers of the API that its first view would ask for, and its text for whoever runs no
// scripts. What is written there are answers of our own public API to nobody in particular: no page depends
// on who asks for it, so what was made once is kept, compressed, for as long as the API answers the same.
// Coroutines run on the io thread that asks.
#pragma once

#include <app/shop_view.hpp>
#include <base/clock.hpp>
#include <cache/cache.hpp>
#include <gateway/chain.hpp>
#include <http/static_files.hpp>
#include <optional>

namespace cloudretail::app {

/// Files, gateway and clock outlive it.
class ShopPage {
  public:
    /// `kept_bytes`: of compressed pages and what they were made of.
    ShopPage(const http::StaticFiles& files, gateway::Gateway& gateway, Site site, std::size_t kept_bytes,
             const Clock& clock);

    /// Answers GET and HEAD of any address that is no file: 200 for one that the storefront knows, 301 to a
    /// product's own, else 404; 503 while the API is not there to be asked, 429 where it is asked too often.
    /// nullopt: the files have no index.html.
    Task<std::optional<http::Response>> answer(http::Request& request);

  private:
    struct Made;

    Task<Answer> ask(const http::Request& request, std::string target);
    std::shared_ptr<const Made> make(const http::Request& request, std::string frame,
                                     std::vector<Answer> answers) const;

    const http::StaticFiles& files_;
    gateway::Gateway& gateway_;
    Site site_;
    cache::Cache<std::string, std::shared_ptr<const Made>> kept_;  // by address and what it asks
};

}  // namespace cloudretail::app
