// A store as tests over HTTP fill it: accounts, products, stock, orders. Each function makes one request and
// throws when the answer is not the one expected. Thread rule: as the client that is given.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <support/http_client.hpp>

namespace cloudretail::test {

struct Account {
    std::string id, email, token;
    [[nodiscard]] HttpClient::Headers headers() const { return {{"Authorization", "Bearer " + token}}; }
};

inline constexpr const char* demo_password = "Demo123!";

/// A client of the caller's, or one made for this call alone.
class AnyClient {
  public:
    AnyClient(HttpClient& client) : client_(client) {}
    AnyClient(HttpClient&& client) : client_(client) {}
    HttpClient* operator->() const { return &client_; }

  private:
    HttpClient& client_;
};

/// The text, number or other value at "user/id" or "items/0/name" of a JSON answer; empty where there is
/// none.
std::string at(const HttpResponse& response, std::string_view path);
/// The slug of a problem's type: "/problems/not-found" → "not-found"; empty when it is no problem.
std::string problem_of(const HttpResponse& response);

/// A new account with an address nobody had before.
Account register_account(AnyClient client, const std::string& role = "customer");
/// A product of the vendor; its id.
std::string make_product(AnyClient client, const Account& vendor, const std::string& name = "Laptop",
                         const std::string& price = "1299.99");
void add_stock(AnyClient client, const Account& vendor, const std::string& product, int quantity);
std::int64_t available_stock(AnyClient client, const std::string& product);

/// Body of an order; `more` are further members ("paymentMethod": …), each with a comma before it.
std::string order_body(const std::string& product, int quantity, const std::string& more = {});
/// A card with one of the simulated provider's tokens, as further members of order_body.
std::string card(const std::string& token);
HttpResponse place_order(HttpClient& client, const Account& customer, const std::string& body,
                         const std::string& idempotency_key = {});

/// Asks again and again until it is so; false when it is not within `limit`. For what another process does.
bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& condition);

}  // namespace cloudretail::test
