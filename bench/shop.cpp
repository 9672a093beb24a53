// See shop.hpp.
#include "shop.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <support/invented_names.hpp>
#include <thread>

#include "http.hpp"

namespace bench {

namespace {

constexpr const char* password = "Correct horse 9";
constexpr int hands = 16;

std::string must(const Reply& reply, const char* what, const char* name) {
    auto value = member(reply.body, name);
    if (reply.status < 300 && !value.empty()) return value;
    std::fprintf(stderr, "%s answered %d: %s\n", what, reply.status, reply.body.c_str());
    std::exit(1);
}

std::string person(int port, const std::string& email, const char* role) {
    const auto body = R"({"email":")" + email + R"(","password":")" + password +
                      R"(","firstName":"Bench","lastName":"Mark","role":")" + role +
                      R"(","gdprConsent":true})";
    return must(call(port, "POST", "/api/users/register", body, ""), "register", "token");
}

/// f(i) for every i below `count`, on several threads.
void side_by_side(int count, int threads, const std::function<void(int)>& f) {
    std::atomic<int> next{0};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&] {
            for (int i = next++; i < count; i = next++) f(i);
        });
    }
    for (auto& thread : all) thread.join();
}

}  // namespace

void set_up(int port, int products, int customers, const std::string& file) {
    const auto unique = std::to_string(std::random_device{}());
    Shop shop;
    shop.vendor = person(port, "vendor" + unique + "@bench.example", "vendor");
    shop.customers.resize(static_cast<std::size_t>(customers));
    shop.products.resize(static_cast<std::size_t>(products));
    for (int i = 0; i < customers; ++i)
        shop.emails.push_back("c" + std::to_string(i) + "-" + unique + "@bench.example");
    side_by_side(customers, 4, [&](int i) {
        const auto at = static_cast<std::size_t>(i);
        shop.customers[at] = person(port, shop.emails[at], "customer");
    });
    side_by_side(products, hands, [&](int i) {
        const auto body = R"({"name":"Product )" + std::to_string(i) +
                          R"(","description":"Measured","price":12.5,"category":"bench"})";
        auto& id = shop.products[static_cast<std::size_t>(i)];
        id = must(call(port, "POST", "/api/products", body, shop.vendor), "product", "id");
        const auto stock = R"({"productId":")" + id + R"(","quantity":100000000,"warehouseLocation":"Main"})";
        must(call(port, "POST", "/api/inventory", stock, shop.vendor), "stock", "productId");
    });
    std::ofstream out(file);
    out << "vendor " << shop.vendor << "\n";
    for (int i = 0; i < customers; ++i)
        out << "customer " << shop.customers[static_cast<std::size_t>(i)] << " "
            << shop.emails[static_cast<std::size_t>(i)] << "\n";
    for (const auto& id : shop.products) out << "product " << id << "\n";
}

Shop read_shop(const std::string& file) {
    Shop shop;
    std::ifstream in(file);
    for (std::string kind, value; in >> kind >> value;) {
        if (kind == "vendor") shop.vendor = value;
        if (kind == "product") shop.products.push_back(value);
        if (kind != "customer") continue;
        shop.customers.push_back(value);
        in >> value;
        shop.emails.push_back(value);
    }
    if (!shop.products.empty() && !shop.customers.empty()) return shop;
    std::fprintf(stderr, "%s holds no shop: bench_load setup makes one\n", file.c_str());
    std::exit(1);
}

Searches::Searches() {
    cloudretail::test::InventedNames names(1);  // as bench_catalogue fills
    for (int i = 0; i < 2'000; ++i) {
        std::istringstream name(names.next().name);
        std::string maker, word;
        name >> maker;
        for (int w = 0; w < 3 && name >> word; ++w) words_.push_back(word);
    }
}

std::string Searches::next() {
    const auto bound = random_() % 5'000;
    char price[32];
    std::snprintf(price, sizeof price, "%lu.%02lu", bound / 100, bound % 100);
    return make_request(
        "GET", "/api/products?limit=20&search=" + words_[random_() % words_.size()] + "&minPrice=" + price,
        "", "");
}

Visitor::Visitor(const Shop& shop, std::string kind) : shop_(shop), kind_(std::move(kind)) {
    for (const char* known : {"order", "list", "detail", "login", "mixed"})
        if (kind_ == known) return;
    std::fprintf(stderr, "visitors do not know '%s'\n", kind_.c_str());
    std::exit(2);
}

std::string Visitor::next(std::size_t who) {
    if (kind_ == "order") return order(who);
    if (kind_ == "login") return login(who);
    if (kind_ == "list") return make_request("GET", "/api/products?limit=20", "", "");
    if (kind_ == "detail") return make_request("GET", "/api/products/" + product(), "", "");
    const auto dice = random_() % 100;
    if (dice == 0) return order(who);
    if (dice < 10) return cart(who);
    return browse();
}

std::string Visitor::order(std::size_t who) {
    const auto body =
        R"({"items":[{"productId":")" + product() +
        R"(","quantity":1,"price":12.5}],"shippingAddress":{"street":"1 Main St","city":"London","zipCode":"SW1A","country":"UK"}})";
    const auto key =
        "Idempotency-Key: bench-" + std::to_string(random_()) + "-" + std::to_string(random_()) + "\r\n";
    return make_request("POST", "/api/orders", body, shop_.customers[who % shop_.customers.size()], key);
}

/// Half look at one product, the others at lists: the first pages, dearest first, or a word searched for.
std::string Visitor::browse() {
    const auto dice = random_() % 10;
    if (dice < 5) return make_request("GET", "/api/products/" + product(), "", "");
    if (dice < 8)
        return make_request("GET", "/api/products?limit=20&page=" + std::to_string(1 + random_() % 5), "",
                            "");
    if (dice < 9) return make_request("GET", "/api/products?limit=20&sort=-price&category=bench", "", "");
    return make_request("GET", "/api/products?limit=20&search=product%20" + std::to_string(random_() % 1'000),
                        "", "");
}

std::string Visitor::cart(std::size_t who) {
    const auto body = R"({"items":[{"productId":")" + product() + R"(","quantity":1},{"productId":")" +
                      product() + R"(","quantity":2}]})";
    return make_request("PUT", "/api/cart", body, shop_.customers[who % shop_.customers.size()]);
}

std::string Visitor::login(std::size_t who) const {
    const auto body =
        R"({"email":")" + shop_.emails[who % shop_.emails.size()] + R"(","password":")" + password + R"("})";
    return make_request("POST", "/api/users/login", body, "");
}

}  // namespace bench
