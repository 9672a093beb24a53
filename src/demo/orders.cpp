// Orders and their fates; see orders.hpp.
#include "orders.hpp"

#include <map>
#include <random>
#include <runtime/runtime.hpp>
#include <stdexcept>

namespace cloudretail::demo {

namespace {

enum class Fate { confirmed, shipped, delivered, partly_refunded, refunded, cancelled, failed, pending };

/// Twelve orders, one of each customer; repeated. The last of them stays in the ordinary list (demo.cpp).
constexpr Fate fates[] = {Fate::delivered, Fate::confirmed,       Fate::shipped,   Fate::delivered,
                          Fate::cancelled, Fate::partly_refunded, Fate::shipped,   Fate::failed,
                          Fate::refunded,  Fate::confirmed,       Fate::delivered, Fate::confirmed};
constexpr int state_tries = 500;
constexpr std::int64_t state_pause_ms = 20;

struct Street {
    const char *street, *city, *zip, *country;
};
constexpr Street streets[] = {
    {"12 Harbour Row", "Bristol", "BS1 4QA", "UK"},
    {"Lindenweg 8", "Leipzig", "04103", "Germany"},
    {"Rua do Sol 41", "Porto", "4050-301", "Portugal"},
    {"77 Canal Street", "Utrecht", "3511", "Netherlands"},
};

const char* name_of(Fate fate) {
    switch (fate) {
        case Fate::confirmed:
            return "confirmed";
        case Fate::shipped:
            return "shipped";
        case Fate::delivered:
            return "delivered";
        case Fate::partly_refunded:
            return "partly refunded";
        case Fate::refunded:
            return "refunded";
        case Fate::cancelled:
            return "cancelled";
        case Fate::failed:
            return "failed";
        case Fate::pending:
            return "not yet settled";
    }
    return "";
}

/// The very last order waits for its payment: it is settled in the background.
Fate fate_of(std::size_t number, std::size_t count) {
    if (number + 2 == count) return Fate::pending;
    return fates[number % std::size(fates)];
}

class Till {
  public:
    Till(Client& client, const std::vector<std::string>& products, std::string admin)
        : client_(client), products_(products), admin_(std::move(admin)) {}

    Task<void> sell(std::size_t number, std::string customer, Fate fate) {
        const std::string body = order_body(number, fate);
        const int hoped = fate == Fate::failed ? 402 : fate == Fate::pending ? 202 : 201;
        const Answer placed =
            co_await client_.ask(http::Method::post, "/api/orders", body, customer, {hoped});
        if (fate == Fate::failed || fate == Fate::pending || fate == Fate::confirmed) co_return;
        const std::string id = placed.text("id");
        if (fate == Fate::cancelled) {
            co_await client_.ask(http::Method::post, "/api/orders/" + id + "/cancel",
                                 R"({"reason":"Ordered twice by mistake"})", customer, {200, 202});
            co_await reach(id, "status", "cancelled");
            co_return;
        }
        co_await ship(id, number);
        if (fate == Fate::shipped) co_return;
        co_await step(id, R"({"status":"delivered"})", "delivered");
        if (fate == Fate::delivered) co_return;
        const std::string refund = fate == Fate::refunded ? R"({"reason":"Arrived damaged"})"
                                                          : R"({"amount":5,"reason":"A scratch on the box"})";
        co_await client_.ask(http::Method::post, "/api/orders/" + id + "/refund", refund, admin_,
                             {200, 201, 202});
        co_await reach(id, "payment", fate == Fate::refunded ? "refunded" : "partially_refunded");
    }

  private:
    std::string order_body(std::size_t number, Fate fate) {
        const Street& home = streets[number % std::size(streets)];
        json::Writer w;
        w.begin_object().key("items").begin_array();
        const std::size_t lines = 1 + random_() % 3;
        // Neighbours on the shelf are of different categories, and so mostly of different vendors.
        const std::size_t first = random_() % products_.size();
        for (std::size_t i = 0; i < lines; ++i) {
            w.begin_object().member("productId", products_[(first + i) % products_.size()]);
            w.member("quantity", static_cast<int>(1 + random_() % 2)).end_object();
        }
        w.end_array().key("shippingAddress").begin_object();
        w.member("street", home.street).member("city", home.city).member("zipCode", home.zip);
        w.member("country", home.country).end_object();
        const bool cash = (fate == Fate::delivered || fate == Fate::shipped) && number % 5 == 0;
        if (fate == Fate::failed || fate == Fate::pending) {
            w.key("paymentMethod").begin_object().member("type", "card");
            w.member("token", fate == Fate::failed ? "tok_declined" : "tok_timeout").end_object();
        } else {
            w.member("paymentMethod", cash ? "cash_on_delivery" : number % 4 == 1 ? "paypal" : "card");
        }
        w.end_object();
        return w.take();
    }

    Task<void> ship(std::string id, std::size_t number) {
        json::Writer w;
        w.begin_object().member("status", "shipped");
        w.member("trackingNumber", "CR" + std::to_string(700'000 + number * 37)).end_object();
        const std::string body = w.take();
        co_await step(id, body, "shipped");
    }

    Task<void> step(std::string id, std::string body, std::string status) {
        co_await client_.ask(http::Method::patch, "/api/orders/" + id + "/status", body, admin_, {200, 202});
        co_await reach(id, "status", status);
    }

    /// Waits until the order (or its payment) is there: processes run in the background.
    Task<void> reach(std::string id, std::string what, std::string wanted) {
        std::string is;
        for (int n = 0; n < state_tries; ++n) {
            const Answer order =
                co_await client_.ask(http::Method::get, "/api/orders/" + id, {}, admin_, {200});
            const auto place =
                what == "payment" ? order.body.root()["payment"]["status"] : order.body.root()["status"];
            is = place.text().value_or("");
            if (is == wanted) co_return;
            co_await runtime::sleep_ms(state_pause_ms);
        }
        throw std::runtime_error("demo: order " + id + " is " + is + ", not " + wanted);
    }

    Client& client_;
    const std::vector<std::string>& products_;
    std::string admin_;
    std::mt19937 random_{2026};  // the same orders each time
};

}  // namespace

Task<std::string> place_orders(Client& client, const std::vector<std::string>& customers,
                               const std::vector<std::string>& products, const std::string& admin,
                               std::size_t count) {
    Till till(client, products, admin);
    std::map<Fate, int> kinds;
    for (std::size_t i = 0; i < count; ++i) {
        const Fate fate = fate_of(i, count);
        co_await till.sell(i, customers[i % customers.size()], fate);
        ++kinds[fate];
    }
    std::string text = std::to_string(count) + " orders (";
    for (const auto& [fate, number] : kinds)
        text += (text.ends_with("(") ? "" : ", ") + std::to_string(number) + " " + name_of(fate);
    co_return text + ")";
}

}  // namespace cloudretail::demo
