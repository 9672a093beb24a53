// The administrators' operations over HTTP: who may, what they show, and a dead letter's life.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* lists[]{"overview", "sagas", "outbox", "dead-letters", "breakers", "jobs", "audit"};

HttpClient::Headers make_admin(const ServerProcess& server) {
    const auto made =
        server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"}, "Secret-99x\n");
    if (made.status != 0) throw std::runtime_error(made.output + made.errors);
    const auto signed_in =
        server.gateway().post("/api/users/login", R"({"email":"root@example.com","password":"Secret-99x"})");
    return {{"Authorization", "Bearer " + at(signed_in, "token")}};
}

std::vector<std::string> with_one_attempt() {
    auto flags = quick_flags();
    flags.push_back("--events.attempts=1");
    return flags;
}

/// A store whose inventory published an event that product cannot read: a dead letter.
struct StoreWithLetter : RunningServer {
    HttpClient client;
    HttpClient::Headers admin;
    std::string product;

    explicit StoreWithLetter(db::Dialect dialect)
        : RunningServer(dialect, with_one_attempt()), client(gateway()), admin(make_admin(*this)) {
        const Account vendor = register_account(client, "vendor");
        product = make_product(client, vendor);
        add_stock(client, vendor, product, 5);
        restart_after("inventory",
                      "INSERT INTO outbox (event_id, type, subject, data, created_at) SELECT "
                      "'0190f5fe-7c00-7000-8000-00000000000a', type, subject, '{}', created_at FROM outbox "
                      "WHERE type = 'inventory.adjusted' LIMIT 1");
        CHECK(eventually(20s, [&] { return at(letters(), "total") == "1"; }));
    }
    void restart_after(const std::string& module, const std::string& sql) {
        terminate();
        change(module, sql);
        start();
        client = gateway();
    }
    HttpResponse letters() { return client.get("/api/admin/dead-letters", admin); }
    HttpResponse act(const std::string& id, const std::string& what, const std::string& body = {}) {
        return client.post("/api/admin/dead-letters/" + id + "/" + what, body, admin);
    }
};

}  // namespace

TEST_CASE("administrators alone see how the whole stands", "[admin]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const auto admin = make_admin(server);
    const Account customer = register_account(client), vendor = register_account(client, "vendor");
    for (const std::string list : lists) {
        INFO(list);
        CHECK(client.get("/api/admin/" + list).status == 401);
        CHECK(client.get("/api/admin/" + list, customer.headers()).status == 403);
        CHECK(client.get("/api/admin/" + list, vendor.headers()).status == 403);
        const auto answer = client.get("/api/admin/" + list, admin);
        CHECK(answer.status == 200);
        CHECK(answer.header("Cache-Control") == "no-store");
    }
    for (const char* action : {"retry", "discard"}) {
        const std::string path = std::string("/api/admin/dead-letters/order:1/") + action;
        CHECK(client.post(path, R"({"reason":"obsolete"})", customer.headers()).status == 403);
    }
}

TEST_CASE_ON_BOTH("the overview, breakers, jobs and outbox tell of every module", "[admin]") {
    const RunningServer server(dialect);
    HttpClient client = server.gateway();
    const auto admin = make_admin(server);
    const Account vendor = register_account(client, "vendor");
    make_product(client, vendor);
    const auto overview = client.get("/api/admin/overview", admin);
    CHECK(at(overview, "status") == "ok");
    CHECK(at(overview, "deadLetters") == "0");
    CHECK(at(overview, "openBreakers") == "0");
    CHECK(overview.json().root()["modules"].size() == 6);
    CHECK(at(overview, "modules/0/database") == (dialect == db::Dialect::sqlite ? "sqlite" : "postgresql"));

    const auto breakers = client.get("/api/admin/breakers", admin);
    CHECK(breakers.json().root()["items"].size() >= 11);
    CHECK(breakers.body.find("payment.gateway") != std::string::npos);
    CHECK(breakers.body.find("order database readers") != std::string::npos);
    CHECK(at(breakers, "items/0/state") == "closed");

    CHECK(eventually(10s, [&] {
        return client.get("/api/admin/jobs", admin)
                   .body.find(R"("name":"order.probe","running":false,"lastRunAt":"20)") != std::string::npos;
    }));
    for (const char* job : {"disk", "user.mail", "payment.sweep"}) {
        INFO(job);
        const std::string name = std::string(R"("name":")") + job + "\"";
        CHECK(client.get("/api/admin/jobs", admin).body.find(name) != std::string::npos);
    }

    CHECK(eventually(10s, [&] {
        return at(client.get("/api/admin/outbox?module=product", admin), "items/0/publishedAt")
            .starts_with("20");
    }));
    const auto outbox = client.get("/api/admin/outbox?module=product", admin);
    CHECK(at(outbox, "items/0/type") == "product.created");
    CHECK(at(outbox, "items/0/id").starts_with("product:"));
    CHECK(outbox.body.find("\"data\"") == std::string::npos);
    CHECK(outbox.json().root()["modules"].size() == 6);
    CHECK(outbox.body.find("product.availability") != std::string::npos);
}

TEST_CASE("lists over all modules go on by cursor without losing or repeating a row", "[admin]") {
    const RunningServer server;
    HttpClient client = server.gateway();
    const auto admin = make_admin(server);
    const Account vendor = register_account(client, "vendor");
    for (int i = 0; i < 7; ++i) {
        const std::string product = make_product(client, vendor, "Thing " + std::to_string(i));
        add_stock(client, vendor, product, 5);
    }
    const auto all = client.get("/api/admin/outbox?limit=100", admin);
    std::vector<std::string> expected, found;
    const auto collect = [](const HttpResponse& page, std::vector<std::string>& into) {
        const json::Document document = page.json();
        const json::View items = document.root()["items"];
        for (std::size_t i = 0; i < items.size(); ++i)
            into.emplace_back(items.at(i)["id"].text().value_or(""));
    };
    collect(all, expected);
    REQUIRE(expected.size() >= 14);
    CHECK(at(all, "total") == std::to_string(expected.size()));
    CHECK(at(all, "nextCursor") == "null");
    std::string cursor;
    do {
        const auto page =
            client.get("/api/admin/outbox?limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor), admin);
        REQUIRE(page.status == 200);
        collect(page, found);
        cursor = at(page, "nextCursor") == "null" ? "" : at(page, "nextCursor");
    } while (!cursor.empty() && found.size() < 1000);
    CHECK(found == expected);
    const auto second = client.get("/api/admin/outbox?limit=3&page=2", admin);
    std::vector<std::string> of_page;
    collect(second, of_page);
    CHECK(of_page == std::vector<std::string>(expected.begin() + 3, expected.begin() + 6));
    CHECK(client.get("/api/admin/outbox?page=101", admin).status == 422);
    CHECK(client.get("/api/admin/outbox?cursor=bm9uc2Vuc2U", admin).status == 422);
    CHECK(client.get("/api/admin/outbox?page=99", admin).status == 200);
}

TEST_CASE_ON_BOTH("a dead letter is seen, fails again, and is discarded, and each deed is audited",
                  "[admin]") {
    StoreWithLetter store(dialect);
    const auto listed = store.letters();
    const std::string id = at(listed, "items/0/id");
    CHECK(id.starts_with("product:"));
    CHECK(at(listed, "items/0/subscription") == "product.availability");
    CHECK(at(listed, "items/0/source") == "inventory");
    CHECK(at(listed, "items/0/error") == "the stock event cannot be read");
    CHECK(at(listed, "items/0/attempts") == "1");
    CHECK(eventually(
        10s, [&] { return at(store.client.get("/api/admin/overview", store.admin), "deadLetters") == "1"; }));
    CHECK(at(store.client.get("/health"), "status") == "ok");  // it holds nobody up

    const auto again = store.act(id, "retry");
    CHECK(again.status == 409);
    CHECK(problem_of(again) == "retry-failed");
    CHECK(at(store.letters(), "items/0/attempts") == "2");
    CHECK(store.act(id, "discard", R"({"reason":"because"})").status == 422);
    const std::string spelled = "product:000" + id.substr(std::string("product:").size());
    CHECK(store.act(spelled, "discard", R"({"reason":"obsolete"})").status == 404);
    CHECK(store.act(spelled, "retry").status == 404);
    CHECK(store.act(id, "discard", R"({"reason":"obsolete"})").status == 204);
    CHECK(store.act(id, "discard", R"({"reason":"obsolete"})").status == 404);
    CHECK(at(store.letters(), "total") == "0");

    const auto trail = store.client.get("/api/admin/audit?subject=" + id, store.admin);
    REQUIRE(at(trail, "total") == "2");
    CHECK(at(trail, "items/0/action") == "dead_letter.discarded");
    CHECK(at(trail, "items/0/details/reason") == "obsolete");
    CHECK(at(trail, "items/1/action") == "dead_letter.retry_failed");
    CHECK(at(trail, "items/1/module") == "product");
    CHECK_FALSE(at(trail, "items/1/requestId").empty());
}

TEST_CASE_ON_BOTH("a dead letter whose cause is mended takes effect once on retry", "[admin]") {
    StoreWithLetter store(dialect);
    const std::string id = at(store.letters(), "items/0/id");
    const std::string good = store.query(
        "inventory", "SELECT data FROM outbox WHERE type = 'inventory.adjusted' AND data <> '{}'");
    store.restart_after("product", "UPDATE dead_letters SET data = '" + good + "'");
    CHECK(store.act(id, "retry").status == 204);
    CHECK(store.act(id, "retry").status == 404);
    CHECK(at(store.letters(), "total") == "0");
    CHECK(at(store.client.get("/api/admin/audit?subject=" + id, store.admin), "items/0/action") ==
          "dead_letter.retried");
    CHECK(store.act("product:99999", "retry").status == 404);
    CHECK(store.act("nobody:1", "retry").status == 404);
    CHECK(store.act("1", "retry").status == 404);
}

TEST_CASE_ON_BOTH("a saga that does not come to its end is shown, and makes the store degraded", "[admin]") {
    RunningServer server(dialect);
    const auto admin = make_admin(server);
    CHECK(at(server.gateway().get("/api/admin/sagas", admin), "total") == "0");
    CHECK(at(server.gateway().get("/health"), "status") == "ok");
    server.terminate();
    // Of a kind that this version does not know: nobody takes it up.
    server.change(
        "order",
        "INSERT INTO sagas (id, type, data, state, reason, attempts, deadline_at, created_at, updated_at) "
        "VALUES ('0190f5fe-7c00-7000-8000-000000000001', 'barter', '{}', 'compensating', 'declined', 4, "
        "1700000000000, 1700000000000, 1700000000000)");
    server.start();
    HttpClient client = server.gateway();
    const auto sagas = client.get("/api/admin/sagas?type=barter&state=compensating", admin);
    REQUIRE(at(sagas, "total") == "1");
    CHECK(at(sagas, "items/0/id") == "order:0190f5fe-7c00-7000-8000-000000000001");
    CHECK(at(sagas, "items/0/reason") == "declined");
    CHECK(at(sagas, "items/0/attempts") == "4");
    CHECK(at(sagas, "items/0/overdue") == "true");
    CHECK(at(sagas, "items/0/drivenHere") == "false");
    CHECK(at(client.get("/api/admin/sagas?type=checkout", admin), "total") == "0");
    CHECK(client.get("/api/admin/sagas?state=lost", admin).status == 422);
    CHECK(
        eventually(10s, [&] { return at(client.get("/api/admin/overview", admin), "overdueSagas") == "1"; }));
    const auto health = client.get("/health");
    CHECK(health.status == 200);
    CHECK(at(health, "status") == "degraded");
    CHECK(at(health, "parts/sagas/status") == "degraded");
}
