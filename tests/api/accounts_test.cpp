// What protects accounts, over HTTP: second factors, sessions, passwords, mailed secrets, administrators.
#include <future>
#include <support/authenticator.hpp>
#include <support/mailed.hpp>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

std::string log_in_body(const Account& account, const std::string& more = {},
                        const std::string& password = demo_password) {
    return R"({"email":")" + account.email + R"(","password":")" + password + "\"" + more + "}";
}

HttpResponse log_in(HttpClient& client, const Account& account, const std::string& more = {}) {
    return client.post("/api/users/login", log_in_body(account, more));
}

/// Another token of the same person.
Account again(HttpClient& client, const Account& account) {
    Account other = account;
    other.token = at(log_in(client, account), "token");
    return other;
}

Account administrator(const RunningServer& server, HttpClient& client, const std::string& email) {
    const auto made = server.run({"admin", "create", "--email", email, "--password-stdin"},
                                 std::string(demo_password) + "\n");
    REQUIRE(made.status == 0);
    Account account{"", email, ""};
    const auto signed_in = log_in(client, account);
    return {at(signed_in, "user/id"), email, at(signed_in, "token")};
}

int status_of_me(HttpClient& client, const Account& account) {
    return client.get("/api/users/me", account.headers()).status;
}

}  // namespace

TEST_CASE_ON_BOTH("a second factor is set up by QR code, asked for, and each code is good once",
                  "[accounts]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account account = register_account(client);
    Authenticator app(client, account);
    CHECK(app.qr_svg().starts_with("<svg xmlns="));
    const auto recovery = app.enable();

    const auto asked = log_in(client, account);
    CHECK(asked.status == 401);
    CHECK(problem_of(asked) == "two-factor-required");
    CHECK(problem_of(log_in(client, account, R"(,"totpCode":"000000")")) == "invalid-credentials");
    const std::string code = R"(,"totpCode":")" + app.next_code() + "\"";
    const auto entered = log_in(client, account, code);
    CHECK(entered.status == 200);
    CHECK(at(entered, "user/twoFactorEnabled") == "true");
    CHECK(log_in(client, account, code).status == 401);
    const std::string spare = R"(,"recoveryCode":")" + recovery.at(0) + "\"";
    CHECK(log_in(client, account, spare).status == 200);
    CHECK(log_in(client, account, spare).status == 401);

    const auto off =
        client.post("/api/users/me/2fa/disable",
                    R"({"password":"Demo123!","code":")" + recovery.at(1) + R"("})", account.headers());
    CHECK(off.status == 204);
    CHECK(log_in(client, account).status == 200);
    const std::string log = server.log();
    for (const std::string& secret : {recovery.at(0), account.email, std::string(demo_password)})
        CHECK(log.find(secret) == std::string::npos);
}

TEST_CASE_ON_BOTH("sessions are listed with little about the person, and end when they are told to",
                  "[accounts]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    client.set_header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
    const Account here = register_account(client), there = again(client, here);
    const auto listed = client.get("/api/users/me/sessions", here.headers());
    REQUIRE(listed.status == 200);
    CHECK(at(listed, "total") == "2");
    CHECK(at(listed, "items/0/current") == "false");
    CHECK(at(listed, "items/1/current") == "true");
    CHECK(at(listed, "items/0/device") == "Firefox on Linux");
    CHECK(at(listed, "items/0/lastSeenAt").ends_with(":00:00.000Z"));
    CHECK(listed.body.find("127.0.0.1") == std::string::npos);

    CHECK(client.del("/api/users/me/sessions/" + at(listed, "items/0/id"), here.headers()).status == 204);
    CHECK(status_of_me(client, there) == 401);
    CHECK(status_of_me(client, here) == 200);
    const Account third = again(client, here);
    CHECK(client.post("/api/users/logout-everywhere", "", third.headers()).status == 204);
    CHECK(status_of_me(client, here) == 401);
    CHECK(status_of_me(client, third) == 401);
    CHECK(status_of_me(client, again(client, here)) == 200);
}

TEST_CASE_ON_BOTH("a password is changed by who knows it and reset by who reads the mail", "[accounts]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account here = register_account(client), there = again(client, here);
    const auto wrong =
        client.post("/api/users/me/password", R"({"currentPassword":"x","newPassword":"Another-Good-1"})",
                    here.headers());
    CHECK(wrong.status == 422);
    CHECK(problem_of(wrong) == "wrong-password");
    CHECK(at(wrong, "errors/0/pointer") == "/currentPassword");
    const auto changed =
        client.post("/api/users/me/password",
                    R"({"currentPassword":"Demo123!","newPassword":"Another-Good-1"})", here.headers());
    CHECK(changed.status == 204);
    CHECK(status_of_me(client, here) == 200);
    CHECK(status_of_me(client, there) == 401);

    const auto known = client.post("/api/users/password/forgot", R"({"email":")" + here.email + "\"}");
    const auto unknown = client.post("/api/users/password/forgot", R"({"email":"nobody@example.com"})");
    CHECK(known.status == 202);
    CHECK(unknown.status == 202);
    CHECK(known.body == unknown.body);
    const std::string secret = mailed_secret(server, here.email, "reset-password");
    const std::string body = R"({"token":")" + secret + R"(","newPassword":"Demo123!"})";
    CHECK(client.post("/api/users/password/reset", body).status == 204);
    const auto twice = client.post("/api/users/password/reset", body);
    CHECK(twice.status == 422);
    CHECK(problem_of(twice) == "invalid-token");
    CHECK(status_of_me(client, here) == 401);
    CHECK(log_in(client, here).status == 200);
    CHECK(server.log().find(secret) == std::string::npos);
}

TEST_CASE_ON_BOTH("of several changes of one password at the same time one is made", "[accounts]") {
    auto flags = quick_flags();
    flags.push_back("--limits.login_failures=1000");
    const RunningServer server(dialect, flags);
    HttpClient client = server.gateway();
    const Account account = register_account(client);
    std::string password = demo_password;
    // Who still knew the old password when it was changed is answered 412, who came later 422.
    const auto one_was_too_late = [&] {
        static int number = 0;
        std::vector<std::pair<std::string, std::future<int>>> changes;
        for (int i = 0; i < 4; ++i) {
            std::string next = "Another-Good-" + std::to_string(++number);
            const std::string body =
                R"({"currentPassword":")" + password + R"(","newPassword":")" + next + R"("})";
            auto change = std::async(std::launch::async, [&, body] {
                return server.gateway().post("/api/users/me/password", body, account.headers()).status;
            });
            changes.emplace_back(std::move(next), std::move(change));
        }
        int made = 0, too_late = 0;
        for (auto& [next, change] : changes) {
            const int status = change.get();
            if (status == 204) password = next;
            made += status == 204;
            too_late += status == 412;
        }
        CHECK(made == 1);
        CHECK(client.post("/api/users/login", log_in_body(account, {}, password)).status == 200);
        return too_late > 0;
    };
    CHECK(eventually(std::chrono::seconds(60), one_was_too_late));
}

TEST_CASE_ON_BOTH("an e-mail is confirmed by the mail that registering sends", "[accounts]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account account = register_account(client);
    const std::string body = R"({"token":")" + mailed_secret(server, account.email, "verify-email") + "\"}";
    CHECK(at(client.get("/api/users/me", account.headers()), "emailVerified") == "false");
    CHECK(client.post("/api/users/verify-email", body).status == 204);
    CHECK(client.post("/api/users/verify-email", body).status == 422);
    CHECK(at(client.get("/api/users/me", account.headers()), "emailVerified") == "true");
    CHECK(client.post("/api/users/verify-email/resend", R"({"email":"nobody@example.com"})").status == 202);
}

TEST_CASE_ON_BOTH("an administrator finds, promotes and disables accounts, at once, and the last one stays",
                  "[accounts]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const Account admin = administrator(server, client, "root@example.com");
    const Account customer = register_account(client);
    const auto found = client.get("/api/users?role=customer&search=" + customer.email, admin.headers());
    REQUIRE(found.status == 200);
    CHECK(at(found, "total") == "1");
    CHECK(at(found, "items/0/id") == customer.id);
    const std::string path = "/api/users/" + customer.id;
    const auto user = client.get(path, admin.headers());
    CHECK(user.status == 200);

    const HttpClient::Headers guarded{admin.headers().front(),
                                      {"If-Match", std::string(user.header("ETag"))}};
    CHECK(at(client.patch(path, R"({"role":"vendor"})", guarded), "role") == "vendor");
    CHECK(client.patch(path, R"({"role":"vendor"})", guarded).status == 412);
    CHECK(status_of_me(client, customer) == 401);
    const Account vendor = again(client, customer);
    make_product(client, vendor);
    CHECK(at(client.patch(path, R"({"status":"disabled"})", admin.headers()), "status") == "disabled");
    CHECK(status_of_me(client, vendor) == 401);
    CHECK(problem_of(log_in(client, customer)) == "account-disabled");
    CHECK(client.patch(path, R"({"status":"active"})", admin.headers()).status == 200);
    CHECK(log_in(client, customer).status == 200);

    const auto last = client.patch("/api/users/" + admin.id, R"({"role":"customer"})", admin.headers());
    CHECK(last.status == 409);
    CHECK(problem_of(last) == "last-admin");
    CHECK(client.patch(path, "{}", admin.headers()).status == 422);
}

TEST_CASE("vendors register as the store allows", "[accounts]") {
    for (const std::string& choice : {std::string("approval"), std::string("closed")}) {
        auto flags = quick_flags();
        flags.push_back("--users.vendor_registration=" + choice);
        const RunningServer server(db::Dialect::sqlite, flags);
        HttpClient client = server.gateway();
        const auto answer = client.post(
            "/api/users/register",
            R"({"email":"v@example.com","password":"Demo123!","firstName":"A","lastName":"B","role":"vendor","gdprConsent":true})");
        if (choice == "closed") {
            CHECK(answer.status == 403);
            CHECK(problem_of(answer) == "vendor-registration-closed");
            continue;
        }
        CHECK(answer.status == 201);
        CHECK(at(answer, "user/role") == "customer");
        CHECK(at(answer, "user/vendorRequested") == "true");
    }
}

TEST_CASE("requests about passwords have a stricter limit of their own", "[accounts]") {
    const RunningServer server(
        db::Dialect::sqlite,
        {"--auth.password_memory=8MiB", "--auth.password_passes=1", "--limits.password_per_minute=3"});
    HttpClient client = server.gateway();
    for (int i = 0; i < 3; ++i)
        CHECK(client.post("/api/users/password/forgot", R"({"email":"nobody@example.com"})").status == 202);
    const auto limited = client.post("/api/users/verify-email", R"({"token":"x"})");
    CHECK(limited.status == 429);
    CHECK(problem_of(limited) == "rate-limited");
    CHECK(limited.header("RateLimit-Policy").find("password") != std::string_view::npos);
    CHECK(client.get("/api/products").status == 200);
}
