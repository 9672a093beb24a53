// What the storefront's page is at an address: which answers of the API its first view needs, and what it
// says with them to browsers, search engines and previews. Knows nothing of how the API is asked. Pure; any
// thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cloudretail::app {

using Query = std::vector<std::pair<std::string, std::string>>;

/// What the API answered to nobody in particular.
struct Answer {
    std::string target;  // /api/products?limit=24, as the page's script asks for it
    int status = 200;
    std::shared_ptr<const std::string> body;
    std::string retry_after{};  // as sent; with 429 and 503

    bool operator==(const Answer& other) const {
        return target == other.target && status == other.status && *body == *other.body;
    }
};

/// The shop that the page is of. `base`: what addresses begin with (https://shop.example), or empty.
struct Site {
    std::string name, base;
};

/// What of it depends on the address. Texts are HTML.
struct ShopView {
    int status = 200;         // 200, 301, 404, 429, 503
    std::string location{};   // of 301
    std::string retry_after;  // of 429 and 503
    std::string head;         // for <head>: title, description, canonical address, preview, JSON-LD
    std::string body;         // for <body>: the answers as JSON, and the text for whoever runs no scripts
};

/// What to ask the API for; of a product's page the product first. `path` is decoded and without the query.
std::vector<std::string> first_questions(const std::string& path, const Query& query);
/// What else, with those answers at hand: products like this one.
std::vector<std::string> more_questions(const std::string& path, const std::vector<Answer>& answers);

/// `answers`: to all questions, in their order.
ShopView view_of(const Site& site, const std::string& path, const Query& query,
                 const std::vector<Answer>& answers);

}  // namespace cloudretail::app
