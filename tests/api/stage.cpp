// See stage.hpp.
#include "stage.hpp"

#include <stdexcept>
#include <support/pictures.hpp>

namespace cloudretail::test {

namespace {
std::vector<std::string> stage_flags() {
    auto flags = quick_flags();
    flags.push_back(std::string("--payment.webhook_secret=") + provider_key);
    flags.push_back("--users.api_keys=1000");
    flags.push_back("--webhook.per_owner=1000");
    return flags;
}
}  // namespace

Stage::Stage(db::Dialect dialect)
    : server_(dialect, stage_flags()), client_(server_.ServerProcess::gateway()) {
    contract_.emplace(client_.get("/openapi.json").body);
    people_.push_back({.name = "anonymous", .role = "anonymous"});
    for (const char* role : {"customer", "vendor"})
        for (const char world : {'A', 'B'}) people_.push_back(make(role, world, ++made_));
    people_.push_back(make("admin", 'A', ++made_));
}

Person Stage::make(const std::string& role, char world, int number) {
    Person person{
        .name = role + (role == "admin" ? "" : std::string(" ") + world), .role = role, .world = world};
    if (role == "anonymous") return person;
    if (role != "admin") {
        person.account = register_account(client_, role);
        return person;
    }
    const std::string email = "root" + std::to_string(number) + "@example.com";
    const auto made = server_.run({"admin", "create", "--email", email, "--password-stdin"},
                                  std::string(demo_password) + "\n");
    if (made.status != 0) throw std::runtime_error("admin create: " + made.errors);
    const auto signed_in = client_.post(
        "/api/users/login", R"({"email":")" + email + R"(","password":")" + demo_password + R"("})");
    person.account = {at(signed_in, "user/id"), email, at(signed_in, "token")};
    return person;
}

const Person& Stage::person(std::string_view role, char world) const {
    for (const Person& person : people_)
        if (person.role == role && person.world == world) return person;
    throw std::runtime_error("nobody is " + std::string(role) + " " + world);
}

Person Stage::fresh(const Person& like) { return make(like.role, like.world, ++made_); }

Person Stage::by_key(const Person& person, const std::vector<std::string>& scopes) {
    std::string list;
    for (const std::string& scope : scopes) list.append(list.empty() ? "" : ",").append("\"" + scope + "\"");
    const auto made =
        client_.post("/api/api-keys", R"({"name":"Walk","scopes":[)" + list + "]}", person.account.headers());
    if (made.status != 201) throw std::runtime_error("making an API key: " + made.body);
    Person program = person;
    program.name += " by key" + (scopes.size() == 1 ? " " + scopes[0] : std::string());
    program.account.token = at(made, "key");
    return program;
}

std::string Stage::product(char world) { return make_product(client_, person("vendor", world).account); }

std::pair<std::string, HttpResponse> Stage::picture(char world) {
    const std::string id = product(world);
    HttpClient::Headers headers = person("vendor", world).account.headers();
    headers.emplace_back("Content-Type", "image/png");
    auto added = client_.request("POST", "/api/products/" + id + "/images", headers, png_of(20, 10));
    if (added.status != 201) throw std::runtime_error("adding a picture: " + added.body);
    return {id, std::move(added)};
}

std::string Stage::stocked_product(char world) {
    const std::string id = product(world);
    add_stock(client_, person("vendor", world).account, id, 1'000'000);
    return id;
}

std::string Stage::order(char world, const std::string& more) {
    std::string& shelf = shelf_[world];
    if (shelf.empty()) shelf = stocked_product(world);
    const auto placed = place_order(client_, person("customer", world).account, order_body(shelf, 1, more));
    if (placed.status != 201) throw std::runtime_error("placing an order: " + placed.body);
    return at(placed, "id");
}

std::string Stage::payment_of(char world, const std::string& order) {
    const auto answer = client_.get("/api/orders/" + order, person("customer", world).account.headers());
    return at(answer, "payment/id");
}

std::string Stage::dead_letter(char) {
    server_.change("product",
                   "INSERT INTO dead_letters (subscription, source, event_id, type, subject, data, event_at, "
                   "event_position, error, attempts, parked_at) VALUES ('product.availability', 'inventory', "
                   "'0190f5fe-7c00-7000-8000-000000000009', 'inventory.adjusted', "
                   "'0190f5fe-7c00-7000-8000-000000000000', "
                   "'{\"productId\":\"0190f5fe-7c00-7000-8000-000000000000\",\"available\":5,"
                   "\"availability\":\"in_stock\"}', 1, 1, 'it was not in the mood', 8, 1700000000000)");
    return "product:" + server_.query("product", "SELECT max(id) FROM dead_letters");
}

std::string Stage::webhook(char world) {
    const auto made = client_.post("/api/webhooks", R"({"url":"https://hooks.invalid/","events":["user.*"]})",
                                   person("vendor", world).account.headers());
    if (made.status != 201) throw std::runtime_error("making a webhook: " + made.body);
    return at(made, "id");
}

HttpResponse Stage::send(const Cell& cell, const Asked& asked, bool body_as_it_is) {
    HttpClient::Headers headers = asked.headers;
    if (cell.caller.role != "anonymous") headers.push_back(cell.caller.account.headers().front());
    std::optional<std::string> body;
    const json::View example = contract().body_example(cell.operation);
    if (body_as_it_is || !asked.body.empty()) body = asked.body;
    if (!body && example.present()) body = example.dump();
    return client_.request(cell.operation.method, cell.operation.target(asked.values) + asked.query, headers,
                           body);
}

}  // namespace cloudretail::test
