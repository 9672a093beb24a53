// Who may do what, over HTTP: registering, signing in and out, roles, cookies, administrators from the
// command line.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

std::string login_body(const std::string& email, const std::string& password, const std::string& more = {}) {
    return R"({"email":")" + email + R"(","password":")" + password + "\"" + more + "}";
}

}  // namespace

TEST_CASE_ON_BOTH("an account registers once, signs in, and its token ends with the log-out", "[auth]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account account = register_account(client);

    const auto twice =
        client.post("/api/users/register",
                    R"({"email":")" + account.email +
                        R"(","password":"Demo123!","firstName":"A","lastName":"B","gdprConsent":true})");
    CHECK(twice.status == 409);
    CHECK(problem_of(twice) == "email-taken");

    const auto wrong = client.post("/api/users/login", login_body(account.email, "Wrong123!"));
    const auto nobody = client.post("/api/users/login", login_body("nobody@example.com", "Wrong123!"));
    CHECK(wrong.status == 401);
    CHECK(problem_of(wrong) == "invalid-credentials");
    CHECK(nobody.status == 401);
    CHECK(at(wrong, "detail") == at(nobody, "detail"));

    const auto me = client.get("/api/users/me", account.headers());
    REQUIRE(me.status == 200);
    CHECK(at(me, "email") == account.email);
    CHECK(client.post("/api/users/logout", "", account.headers()).status == 204);
    const auto after = client.get("/api/users/me", account.headers());
    CHECK(after.status == 401);
    CHECK(after.header("WWW-Authenticate").starts_with("Bearer"));
}

TEST_CASE("roles decide: customers sell nothing, nobody registers as administrator", "[auth]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account customer = register_account(client);
    const Account vendor = register_account(client, "vendor");
    const Account other = register_account(client, "vendor");
    const std::string body = R"({"name":"X","description":"","price":1,"category":"c"})";

    CHECK(client.post("/api/products", body).status == 401);
    CHECK(client.post("/api/products", body, customer.headers()).status == 403);
    const auto admin = client.post("/api/users/register",
                                   R"({"email":"root@example.com","password":"Demo123!","firstName":"A",)"
                                   R"("lastName":"B","role":"admin","gdprConsent":true})");
    CHECK(admin.status == 403);
    const std::string product = make_product(client, vendor);
    CHECK(client.del("/api/products/" + product, other.headers()).status == 403);
    CHECK(client.get("/api/users/me", {{"Authorization", "Bearer nonsense"}}).status == 401);
}

TEST_CASE("another customer's order is not there", "[auth]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account ada = register_account(client);
    const Account eve = register_account(client);
    const std::string product = make_product(client, vendor);
    add_stock(client, vendor, product, 5);
    const auto order = place_order(client, ada, order_body(product, 1));
    REQUIRE(order.status == 201);
    const std::string path = "/api/orders/" + at(order, "id");

    CHECK(client.get(path, ada.headers()).status == 200);
    CHECK(client.get(path, eve.headers()).status == 404);
    CHECK(client.post(path + "/cancel", "{}", eve.headers()).status == 404);
    CHECK(client.get(path).status == 401);
    const auto sold = client.get(path, vendor.headers());
    CHECK(sold.status == 200);
    CHECK(at(sold, "customerId").empty());
}

TEST_CASE("a cookie session works for our own pages and for no other site's", "[auth]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const Account account = register_account(client, "vendor");
    const auto signed_in =
        client.post("/api/users/login", login_body(account.email, demo_password, R"(,"cookie":true)"));
    REQUIRE(signed_in.status == 200);
    CHECK(at(signed_in, "token").empty());
    const std::string set(signed_in.header("Set-Cookie"));
    CHECK(set.find("HttpOnly") != std::string::npos);
    CHECK(set.find("SameSite=Lax") != std::string::npos);
    client.set_header("Cookie", set.substr(0, set.find(';')));

    CHECK(client.get("/api/users/me").status == 200);
    const std::string body = R"({"name":"X","description":"","price":1,"category":"c"})";
    const auto foreign = client.post("/api/products", body, {{"Sec-Fetch-Site", "cross-site"}});
    CHECK(foreign.status == 403);
    CHECK(problem_of(foreign) == "csrf");
    CHECK(client.post("/api/products", body, {{"Sec-Fetch-Site", "same-origin"}}).status == 201);
}

TEST_CASE_ON_BOTH("an administrator is made from the command line beside the server",
                  "[auth][command-line]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const auto made =
        server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"}, "Secret-99x\n");
    INFO(made.output + made.errors);
    REQUIRE(made.status == 0);
    const auto signed_in = client.post("/api/users/login", login_body("root@example.com", "Secret-99x"));
    REQUIRE(signed_in.status == 200);
    CHECK(at(signed_in, "user/role") == "admin");
    CHECK(server.log().find("Secret-99x") == std::string::npos);
    CHECK(server.log().find("root@example.com") == std::string::npos);

    const Account customer = register_account(client);
    const HttpClient::Headers admin{{"Authorization", "Bearer " + at(signed_in, "token")}};
    CHECK(client.get("/health", admin).body.find("breaker") != std::string::npos);
    CHECK(client.get("/health", customer.headers()).body.find("breaker") == std::string::npos);
}
