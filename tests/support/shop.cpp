// See shop.hpp.
#include <support/shop.hpp>

#include <unistd.h>
#include <atomic>
#include <charconv>
#include <stdexcept>
#include <thread>

namespace cloudretail::test {

namespace {

void expect(const HttpResponse& response, int status, const char* what) {
    if (response.status == status) return;
    throw std::runtime_error(std::string(what) + ": " + std::to_string(response.status) + " " +
                             response.body);
}

}  // namespace

std::string at(const HttpResponse& response, std::string_view path) {
    const json::Document document = response.json();
    json::View place = document.root();
    while (!path.empty()) {
        const auto slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
        std::size_t index = 0;
        std::from_chars(part.data(), part.data() + part.size(), index);
        if (place.is_array() && index >= place.size()) return {};
        place = place.is_array() ? place.at(index) : place[part];
    }
    if (!place.present()) return {};
    return place.is_string() ? std::string(*place.text()) : place.dump();
}

std::string problem_of(const HttpResponse& response) {
    if (!response.header("Content-Type").starts_with("application/problem+json")) return {};
    const std::string type = at(response, "type");
    return type.substr(type.rfind('/') + 1);
}

Account register_account(AnyClient client, const std::string& role) {
    static std::atomic<int> number{0};
    const std::string email =
        role + std::to_string(::getpid()) + "-" + std::to_string(++number) + "@example.com";
    const auto answer =
        client->post("/api/users/register", R"({"email":")" + email + R"(","password":")" + demo_password +
                                                R"(","firstName":"Ada","lastName":"Lovelace","role":")" +
                                                role + R"(","gdprConsent":true})");
    expect(answer, 201, "registering");
    return {at(answer, "user/id"), email, at(answer, "token")};
}

std::string make_product(AnyClient client, const Account& vendor, const std::string& name,
                         const std::string& price) {
    const auto answer = client->post("/api/products",
                                     R"({"name":")" + name + R"(","description":"Made for a test","price":)" +
                                         price + R"(,"category":"electronics"})",
                                     vendor.headers());
    expect(answer, 201, "making a product");
    return at(answer, "id");
}

void add_stock(AnyClient client, const Account& vendor, const std::string& product, int quantity) {
    const auto answer = client->post("/api/inventory",
                                     R"({"productId":")" + product + R"(","quantity":)" +
                                         std::to_string(quantity) + R"(,"warehouseLocation":"Warehouse A"})",
                                     vendor.headers());
    expect(answer, 201, "adding stock");
}

std::int64_t available_stock(AnyClient client, const std::string& product) {
    const auto answer = client->get("/api/inventory/" + product);
    expect(answer, 200, "asking for stock");
    return std::stoll(at(answer, "available"));
}

std::string order_body(const std::string& product, int quantity, const std::string& more) {
    return R"({"items":[{"productId":")" + product + R"(","quantity":)" + std::to_string(quantity) +
           R"(}],"shippingAddress":{"street":"123 Main St","city":"London","zipCode":"SW1A","country":"UK"})" +
           more + "}";
}

std::string card(const std::string& token) {
    return R"(,"paymentMethod":{"type":"card","token":")" + token + R"("})";
}

HttpResponse place_order(HttpClient& client, const Account& customer, const std::string& body,
                         const std::string& idempotency_key) {
    auto headers = customer.headers();
    if (!idempotency_key.empty()) headers.emplace_back("Idempotency-Key", idempotency_key);
    return client.post("/api/orders", body, headers);
}

bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace cloudretail::test
