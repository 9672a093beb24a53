// The storefront's page as an address first shows it: its status, its title and what search engines and
// previews read, the answers of the API that its first view would ask for, and its text for whoever runs no
// scripts. What is written there are answers of our own public API to nobody in particular: no page depends
// on who asks for it. Coroutines run on the io thread that asks.
#pragma once

#include <gateway/chain.hpp>
#include <http/static_files.hpp>
#include <optional>
#include <string>

namespace cloudretail::app {

/// Files and gateway outlive it.
class ShopPage {
  public:
    /// `public_url`: server.public_url; where it is empty, addresses in the page have no host.
    ShopPage(const http::StaticFiles& files, gateway::Gateway& gateway, std::string public_url);

    /// Answers GET and HEAD of any address that is no file: 200 for one that the storefront knows, else 404.
    /// nullopt: the files have no index.html.
    Task<std::optional<http::Response>> answer(http::Request& request) const;

  private:
    const http::StaticFiles& files_;
    gateway::Gateway& gateway_;
    std::string public_url_;
};

}  // namespace cloudretail::app
