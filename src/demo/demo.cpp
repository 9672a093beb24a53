// People, products and stock of the demo store; see demo.hpp. Orders are in orders.cpp, goods in catalogue_*.
#include "demo.hpp"

#include "catalogue.hpp"
#include "client.hpp"
#include "orders.hpp"
#include "pictures.hpp"

#include <charconv>
#include <map>
#include <runtime/work_pool.hpp>
#include <stdexcept>

namespace cloudretail::demo {

namespace {

constexpr const char* password = "Demo-Shop-26";
constexpr std::size_t order_count = 60;
constexpr int most_products = 20'000;
constexpr int out_of_stock_every = 17, low_stock_every = 11;

struct Person {
    const char *mail, *first, *last;
};

constexpr Person admin{"admin@shop.example", "Robin", "Keeper"};
constexpr Person vendors[] = {
    {"northlight@shop.example", "Nora", "Northlight"}, {"copper@shop.example", "Colin", "Copper"},
    {"hearth@shop.example", "Hanna", "Hearth"},        {"greenhand@shop.example", "Gil", "Greenhand"},
    {"lantern@shop.example", "Lena", "Lantern"},       {"trailhead@shop.example", "Tom", "Trailhead"},
};
constexpr Person customers[] = {
    {"ada@shop.example", "Ada", "Brook"},     {"ben@shop.example", "Ben", "Carver"},
    {"cleo@shop.example", "Cleo", "Dunn"},    {"dora@shop.example", "Dora", "Ellis"},
    {"emil@shop.example", "Emil", "Fischer"}, {"fay@shop.example", "Fay", "Grant"},
    {"gus@shop.example", "Gus", "Holm"},      {"ines@shop.example", "Ines", "Jansen"},
    {"kai@shop.example", "Kai", "Lund"},      {"mila@shop.example", "Mila", "Novak"},
    {"otto@shop.example", "Otto", "Perez"},   {"rosa@shop.example", "Rosa", "Silva"},
};
constexpr const char* warehouses[] = {"Leipzig", "Porto", "Rotterdam"};

/// Register or log in; both answer a token.
std::string credentials(const Person& person, const char* role) {
    json::Writer w;
    w.begin_object().member("email", person.mail).member("password", password);
    if (role)
        w.member("firstName", person.first)
            .member("lastName", person.last)
            .member("role", role)
            .member("gdprConsent", true);
    w.end_object();
    return w.take();
}

Task<std::string> sign_in(Client& client, Person person) {
    const std::string body = credentials(person, nullptr);
    const Answer answer = co_await client.ask(http::Method::post, "/api/users/login", body, {}, {200, 401});
    co_return answer.text("token");
}

Task<std::string> register_person(Client& client, Person person, const char* role) {
    const std::string body = credentials(person, role);
    const Answer answer = co_await client.ask(http::Method::post, "/api/users/register", body, {}, {201});
    const std::string token = answer.text("token");
    if (token.empty()) throw std::runtime_error("demo: vendors cannot register (users.vendor_registration)");
    co_return token;
}

Task<std::string> make_admin(Client& client) {
    std::map<std::string, std::string> options{{"email", admin.mail}, {"password", password}};
    auto made = co_await client.inside().command("admin create", std::move(options));
    if (!made) throw std::runtime_error("demo: the administrator cannot be made: " + made.error().detail);
    co_return co_await sign_in(client, admin);
}

/// Every end of an order is to be seen.
Task<void> offer_trials(Client& client) {
    auto offered = co_await client.inside().command("payments trials", {});
    if (!offered)
        throw std::runtime_error("demo: simulated payments cannot be chosen: " + offered.error().detail);
}

struct Entry {
    const Category* category;
    const Good* good;
    int edition;  // from the second on, a name gets a number
};

/// The first goods of all categories, then the second ones, …: any number of products has all categories.
std::vector<Entry> plan_of(int products) {
    std::vector<const Category*> categories;
    for (const Category& category : for_home()) categories.push_back(&category);
    for (const Category& category : for_leisure()) categories.push_back(&category);
    std::vector<Entry> plan;
    for (std::size_t row = 0; static_cast<int>(plan.size()) < products; ++row) {
        for (const Category* category : categories) {
            if (static_cast<int>(plan.size()) == products) break;
            const auto& goods = category->goods;
            plan.push_back({category, &goods[row % goods.size()], static_cast<int>(row / goods.size()) + 1});
        }
    }
    return plan;
}

/// A category; answers its id.
Task<std::string> add_category(Client& client, std::string_view name, const std::string& parent, int position,
                               const std::string& token) {
    json::Writer w;
    w.begin_object().member("name", name).member("position", position);
    if (!parent.empty()) w.member("parentId", parent);
    w.end_object();
    const std::string body = w.take();
    const Answer answer = co_await client.ask(http::Method::post, "/api/categories", body, token, {201});
    co_return answer.text("id");
}

/// Two at the top, with four below each.
Task<void> plant_categories(Client& client, const std::string& admin_token) {
    const std::pair<std::string_view, std::span<const Category>> tops[] = {{"Home", for_home()},
                                                                           {"Leisure", for_leisure()}};
    int position = 1, below = 1;
    for (const auto& [name, categories] : tops) {
        const std::string top = co_await add_category(client, name, {}, position, admin_token);
        ++position;
        for (const Category& category : categories) {
            co_await add_category(client, category.name, top, below, admin_token);
            ++below;
        }
    }
}

std::string product_body(const Entry& entry, int number) {
    std::string name(entry.good->name);
    if (entry.edition > 1) name += ", edition " + std::to_string(entry.edition);
    json::Writer w;
    w.begin_object().member("name", name);
    w.member("description", std::string(entry.good->text) + " " + std::string(entry.category->remark));
    w.member("price", Money{entry.good->price_minor}).member("category", entry.category->name);
    w.member("sku", std::string(entry.category->code) + "-" + std::to_string(1000 + number)).end_object();
    return w.take();
}

Task<void> add_stock(Client& client, const std::string& product, const std::string& token, int number) {
    if (number % out_of_stock_every == 0) co_return;
    const bool low = number % low_stock_every == 0;
    const int places = low ? 1 : 1 + number % 3;
    for (int i = 0; i < places; ++i) {
        json::Writer w;
        w.begin_object()
            .member("productId", product)
            .member("quantity", low ? 4 : 25 + (number * 7 + i * 13) % 60);
        w.member("warehouseLocation", warehouses[(number + i) % 3]).end_object();
        const std::string body = w.take();
        co_await client.ask(http::Method::post, "/api/inventory", body, token, {200, 201});
    }
}

/// Draws what is not drawn yet: off the io thread, each once.
class Studio {
  public:
    Task<std::string> picture(const Entry& entry) {
        std::string& drawn = drawn_[entry.good];
        if (drawn.empty()) {
            UniqueFunction<Result<std::string>()> draw(
                [name = entry.good->name, category = entry.category->name] {
                    return Result<std::string>(picture_of(name, category));
                });
            Result<std::string> made = co_await pool_.run<std::string>(std::move(draw), Error());
            if (!made) throw std::runtime_error("demo: a picture could not be drawn");
            drawn = std::move(*made);
        }
        co_return drawn;
    }

  private:
    std::map<const Good*, std::string> drawn_;
    runtime::WorkPool pool_{{.name = "demo-picture"}};
};

/// Makes the products; answers the ids of those that are well in stock.
Task<std::vector<std::string>> stock_shelves(Client& client, const std::vector<std::string>& tokens,
                                             int products) {
    std::vector<std::string> plenty;
    Studio studio;
    int number = 0;
    for (const Entry& entry : plan_of(products)) {
        ++number;
        const std::string& token = tokens[static_cast<std::size_t>(entry.category->vendor)];
        const std::string body = product_body(entry, number);
        const Answer answer = co_await client.ask(http::Method::post, "/api/products", body, token, {201});
        const std::string id = answer.text("id");
        const std::string picture = co_await studio.picture(entry);
        co_await client.upload("/api/products/" + id + "/images?alt=" + std::string(entry.good->name),
                               picture, token, {201});
        co_await add_stock(client, id, token, number);
        if (number % out_of_stock_every != 0 && number % low_stock_every != 0) plenty.push_back(id);
    }
    co_return plenty;
}

std::string log_ins() {
    std::string text = "log-ins, all with the password " + std::string(password) + "\n";
    text += "  administrator  " + std::string(admin.mail) + "\n  vendors        ";
    for (const Person& person : vendors) text += std::string(person.mail) + " ";
    text += "\n  customers      ";
    for (const Person& person : std::span(customers).first(3)) text += std::string(person.mail) + " ";
    return text + "…\n";
}

int wanted_products(const std::map<std::string, std::string>& options) {
    const auto given = options.find("products");
    if (given == options.end()) return static_cast<int>(for_home().size() + for_leisure().size()) * 26;
    const std::string& text = given->second;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 8 || number > most_products)
        throw std::runtime_error("demo: --products takes a number from 8 to " +
                                 std::to_string(most_products));
    return number;
}

Result<std::string> refusal(const std::string& why) { return Error(store_not_empty, why); }

/// A store that sells something already: the demo store is well, any other is left alone.
Task<Result<std::string>> look_at_store(Client& client, bool if_empty) {
    const std::string token = co_await sign_in(client, admin);
    if (token.empty()) {
        if (if_empty) co_return std::string();
        co_return refusal("demo: the store is not empty, and is left as it is");
    }
    const std::string last = co_await sign_in(client, std::span(customers).back());
    std::int64_t orders = 0;
    if (!last.empty()) {
        const Answer listed = co_await client.ask(http::Method::get, "/api/orders?limit=1", {}, last, {200});
        orders = listed.body.root()["total"].integer().value_or(0);
    }
    if (orders < static_cast<std::int64_t>(order_count / std::size(customers)))
        co_return refusal("demo: an earlier load was cut short: begin with an empty data directory");
    co_return "the demo store is there\n" + log_ins();
}

}  // namespace

Task<Result<std::string>> load(app::Inside inside, std::map<std::string, std::string> options) {
    Client client(std::move(inside));
    const int products = wanted_products(options);
    const Answer listed = co_await client.ask(http::Method::get, "/api/products?limit=1", {}, {}, {200});
    if (listed.body.root()["total"].integer().value_or(1) != 0)
        co_return co_await look_at_store(client, options.contains("if-empty"));

    const std::string admin_token = co_await make_admin(client);
    co_await plant_categories(client, admin_token);
    std::vector<std::string> vendor_tokens, customer_tokens;
    for (const Person& person : vendors)
        vendor_tokens.push_back(co_await register_person(client, person, "vendor"));
    const auto plenty = co_await stock_shelves(client, vendor_tokens, products);
    for (const Person& person : customers)
        customer_tokens.push_back(co_await register_person(client, person, "customer"));
    const std::string orders =
        co_await place_orders(client, customer_tokens, plenty, admin_token, order_count);
    co_await offer_trials(client);
    co_return "demo store loaded: " + std::to_string(products) + " products in 8 categories from " +
        std::to_string(std::size(vendors)) + " vendors, " + std::to_string(std::size(customers)) +
        " customers, " + orders + "\n" + log_ins();
}

}  // namespace cloudretail::demo
