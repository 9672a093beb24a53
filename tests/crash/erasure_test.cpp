// After a person is erased nothing in the data directory, in PostgreSQL's tables or in the log tells of them:
// neither when all goes well nor when the server is killed in the middle.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// Words that stand nowhere by chance.
const std::vector<std::string> needles{"zyxwvq-mail",    "Quorvambel",    "Istrolgrandi", "4915200067890",
                                       "Zwielichtgasse", "Nebelhausenau", "77Q88X",       "Fernlandia"};

std::string file_content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class Life {
  public:
    explicit Life(db::Dialect dialect)
        : dialect_(dialect),
          server_(CLOUDRETAIL_BINARY, dialect,
                  {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
                   "--saga.lease=2s", "--mail.timeout=1s", "--log.level=debug"}) {
        server_.start();
        vendor_ = register_account(server_.gateway(), "vendor");
        product_ = make_product(server_.gateway(), vendor_, "Laptop", "10.00");
        add_stock(server_.gateway(), vendor_, product_, 1000);
    }

    /// Everything a person can leave behind.
    void live() {
        auto client = server_.gateway();
        const std::string registration =
            R"({"email":"zyxwvq-mail@example.com","password":"Demo123!","firstName":"Quorvambel",)"
            R"("lastName":"Istrolgrandi","gdprConsent":true})";
        auto answer = client.post("/api/users/register", registration, {{"Idempotency-Key", "\"reg\""}});
        REQUIRE(answer.status == 201);
        person_ = {at(answer, "user/id"), "zyxwvq-mail@example.com", at(answer, "token")};
        CHECK(client.post("/api/users/register", registration).status == 409);
        CHECK(client.post("/api/users/login", R"({"email":"zyxwvq-mail@example.com","password":"wrong"})")
                  .status == 401);
        CHECK(client.post("/api/users/password/forgot", R"({"email":"zyxwvq-mail@example.com"})").status <
              300);
        CHECK(client
                  .patch("/api/users/me",
                         R"({"phone":"+4915200067890","addresses":[{"street":"Zwielichtgasse 1","city":)"
                         R"("Nebelhausenau","zipCode":"77Q88X","country":"Fernlandia"}]})",
                         person_.headers())
                  .status == 200);
        CHECK(client.patch("/api/users/me", R"({"phone":"4915200067890 Quorvambel"})", person_.headers())
                  .status == 422);
        order("\"a\"", "tok_ok", 1, 201);
        order("\"a\"", "tok_ok", 1, 201);
        order("\"b\"", "tok_declined", 1, 402);
        order("\"c\"", "tok_ok", 5'000, 409);
        order("", "tok_ok", 2, 201);
        const auto cancelled = at(order("\"d\"", "tok_ok", 1, 201), "id");
        CHECK(client
                  .post("/api/orders/" + cancelled + "/cancel", R"({"reason":"Quorvambel moves house"})",
                        {person_.headers()[0], {"Idempotency-Key", "\"x\""}})
                  .status == 200);
        const auto shipped = at(order("\"e\"", "tok_ok", 3, 201), "id");
        CHECK(client
                  .patch("/api/orders/" + shipped + "/status",
                         R"({"status":"shipped","trackingNumber":"T-1"})", vendor_.headers())
                  .status == 200);
        const auto exported = client.get("/api/users/me/export", person_.headers());
        CHECK(exported.status == 200);
        for (const auto& needle : needles) {
            INFO(needle);
            CHECK(exported.body.find(needle) != std::string::npos);
        }
    }

    HttpResponse erase() {
        return server_.gateway().request("DELETE", "/api/users/me", person_.headers(),
                                         R"({"password":"Demo123!"})");
    }

    /// Where a word of the person stands; empty: nowhere.
    std::string trace() {
        std::vector<std::pair<std::string, std::string>> places{{"the log", server_.log()}};
        if (dialect_ == db::Dialect::postgresql) places.emplace_back("a table", tables());
        for (const auto& entry : fs::recursive_directory_iterator(server_.data_dir()))
            if (entry.is_regular_file())
                places.emplace_back(entry.path().string(), file_content(entry.path()));
        for (const auto& [place, content] : places)
            for (const auto& needle : needles)
                if (content.find(needle) != std::string::npos) return needle + " in " + place;
        return {};
    }

    [[nodiscard]] std::string tables() const {
        return server_.query(
            "user",
            "SELECT string_agg(query_to_xml(format('SELECT * FROM %I.%I', schemaname, tablename), true, "
            "false, '')::text, ' ') FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', "
            "'information_schema')");
    }

    [[nodiscard]] std::string under_way() const {
        return server_.query("user", "SELECT COUNT(*) FROM erasures WHERE ended_at IS NULL");
    }
    [[nodiscard]] bool exists() const {
        return server_.query("user", "SELECT COUNT(*) FROM users WHERE id = '" + person_.id + "'") != "0";
    }

    ServerProcess& server() { return server_; }
    [[nodiscard]] const Account& person() const { return person_; }

  private:
    HttpResponse order(const std::string& key, const std::string& token, int quantity, int status) {
        auto client = server_.gateway();
        const std::string body =
            R"({"items":[{"productId":")" + product_ + R"(","quantity":)" + std::to_string(quantity) +
            R"(}],"shippingAddress":{"street":"Zwielichtgasse 1","city":"Nebelhausenau","zipCode":"77Q88X",)" +
            R"("country":"Fernlandia"})" + card(token) + "}";
        auto answer = place_order(client, person_, body, key);
        CHECK(answer.status == status);
        return answer;
    }

    db::Dialect dialect_;
    ServerProcess server_;
    Account vendor_, person_;
    std::string product_;
};

}  // namespace

TEST_CASE_ON_BOTH("an erased person is nowhere: not in files, tables or the log", "[erasure]") {
    Life life(dialect);
    life.live();
    CHECK_FALSE(life.trace().empty());
    const auto answer = life.erase();
    INFO(answer.body);
    CHECK((answer.status == 204 || answer.status == 202));
    CHECK(eventually(20s, [&] { return life.under_way() == "0"; }));
    CHECK(life.trace() == "");
    auto client = life.server().gateway();
    CHECK(client.get("/api/users/me", life.person().headers()).status == 401);
    CHECK(client.post("/api/users/login", R"({"email":"zyxwvq-mail@example.com","password":"Demo123!"})")
              .status == 401);
    CHECK(life.server().terminate() == 0);
    const Ended checked = life.server().run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
    CHECK(life.trace() == "");
}

TEST_CASE_ON_BOTH("an erasure that is killed in the middle is carried on and leaves nothing", "[erasure]") {
    for (const auto late : {0ms, 4ms, 12ms, 40ms}) {
        Life life(dialect);
        life.live();
        std::thread asking([&] {
            try {
                life.erase();
            } catch (const std::exception&) {
                return;  // the server is gone
            }
        });
        std::this_thread::sleep_for(late);
        life.server().kill9();
        asking.join();
        life.server().start();
        if (life.exists()) CHECK(life.erase().status < 300);
        CHECK(eventually(30s, [&] { return life.under_way() == "0"; }));
        CHECK_FALSE(life.exists());
        CHECK(life.trace() == "");
    }
}
