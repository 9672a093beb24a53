// From the first release to this one: its databases, made here from the migrations it had, are backed up,
// brought up to date and served; and the backup, too, becomes a shop of today.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <app/manifest.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <security/password.hpp>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* product = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr const char* order = "01890a5e-0000-774b-8cce-b302099a8057";

/// One customer's order of two lamps, as the first release wrote it.
const std::map<std::string, std::string>& rows() {
    static const std::map<std::string, std::string> all{
        {"user",
         "INSERT INTO users (id, email, password_hash, role, first_name, last_name, consent_at, created_at, "
         "updated_at) VALUES "
         "('01890a5d-0000-774b-8cce-000000000001', 'vera@shop.example', 'x', 'vendor', 'Vera', 'Ray', "
         "1700000000000, 1700000000000, 1700000000000), "
         "('01890a5d-0000-774b-8cce-000000000002', 'carl@shop.example', 'x', 'customer', 'Carl', 'Orr', "
         "1700000000000, 1700000000000, 1700000000000)"},
        {"product",
         "INSERT INTO products (id, vendor_id, slug, name, name_key, description, search_text, price_minor, "
         "category, attributes, status, availability, listed, version, created_at, updated_at) VALUES "
         "('01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-0000-774b-8cce-000000000001', 'lamp', 'Lamp', "
         "'lamp', 'Bright', 'lamp bright', 1999, 'home', '{}', 'active', 'in_stock', 1, 1, 1700000000000, "
         "1700000000000); "
         "INSERT INTO categories (slug, name, created_at) VALUES ('home', 'Home', 1700000000000)"},
        {"inventory",
         "INSERT INTO stock (product_id, warehouse, vendor_id, quantity, reserved, low_stock_threshold, "
         "version, updated_at) VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', 'A', "
         "'01890a5d-0000-774b-8cce-000000000001', 10, 2, 5, 1, 1700000000000); "
         "INSERT INTO reservations (order_id, product_id, warehouse, quantity, created_at) VALUES "
         "('01890a5e-0000-774b-8cce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8057', 'A', 2, "
         "1700000000000); "
         "INSERT INTO movements (id, product_id, warehouse, delta, kind, actor_id, created_at) VALUES "
         "('01890a5d-0000-774b-8cce-00000000000a', '01890a5d-ac96-774b-bcce-b302099a8057', 'A', 10, "
         "'received', '01890a5d-0000-774b-8cce-000000000001', 1700000000000)"},
        {"payment",
         "INSERT INTO payments (id, order_id, payer_id, amount_minor, captured_minor, currency, method, "
         "status, created_at, updated_at) VALUES ('01890a5e-0000-774b-8cce-00000000000b', "
         "'01890a5e-0000-774b-8cce-b302099a8057', '01890a5d-0000-774b-8cce-000000000002', 3998, 3998, 'USD', "
         "'card', 'captured', 1700000000000, 1700000000000); "
         "INSERT INTO payment_history (payment_id, version, status, at) VALUES "
         "('01890a5e-0000-774b-8cce-00000000000b', 1, 'captured', 1700000000000)"},
        {"order",
         "INSERT INTO orders (id, number, customer_id, status, total_minor, currency, shipping_address, "
         "payment_id, payment_method, payment_status, created_at, updated_at) VALUES "
         "('01890a5e-0000-774b-8cce-b302099a8057', 'CR-1000', '01890a5d-0000-774b-8cce-000000000002', "
         "'confirmed', 3998, 'USD', '{\"street\":\"1 Row\",\"city\":\"Bath\",\"zipCode\":\"B1\",\"country\":"
         "\"UK\"}', '01890a5e-0000-774b-8cce-00000000000b', 'card', 'captured', 1700000000000, "
         "1700000000000); "
         "INSERT INTO order_lines (order_id, line, product_id, vendor_id, name, unit_price_minor, quantity) "
         "VALUES ('01890a5e-0000-774b-8cce-b302099a8057', 1, '01890a5d-ac96-774b-bcce-b302099a8057', "
         "'01890a5d-0000-774b-8cce-000000000001', 'Lamp', 1999, 2)"},
    };
    return all;
}

std::string first_migration(const std::string& series, db::Dialect dialect) {
    const std::string name = series == "core" ? "0001_core" : "0001_init";
    const char* kind = dialect == db::Dialect::sqlite ? ".sqlite.sql" : ".postgresql.sql";
    std::ifstream file(std::string(CLOUDRETAIL_SOURCE_DIR) + "/migrations/" + series + "/" + name + kind);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

void make_first_release(const ServerProcess& server, db::Dialect dialect) {
    fs::create_directories(server.data_dir());
    for (const auto& [module, inserts] : rows()) {
        if (dialect == db::Dialect::postgresql) server.change(module, "CREATE SCHEMA \"" + module + "\"");
        server.change(module,
                      "CREATE TABLE schema_migrations (series TEXT NOT NULL, number BIGINT NOT NULL, name "
                      "TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY "
                      "(series, number))");
        for (const std::string& series : {std::string("core"), module}) {
            const std::string sql = first_migration(series, dialect);
            server.change(module, sql);
            server.change(module, "INSERT INTO schema_migrations VALUES ('" + series + "', 1, '" +
                                      (series == "core" ? "0001_core" : "0001_init") + "', '" +
                                      security::sha256_hex(sql) + "', 0)");
        }
        server.change(module, inserts);
    }
}

std::vector<std::string> folders_in(const std::string& path) {
    std::vector<std::string> out;
    if (!fs::exists(path)) return out;
    for (const auto& entry : fs::directory_iterator(path)) out.push_back(entry.path().string());
    return out;
}

/// The order is there, whole, and the administrator reaches it.
void look_at_shop(ServerProcess& server) {
    CHECK(
        server.run({"admin", "create", "--email", "root@shop.example", "--password-stdin"}, "Root-Shop-26\n")
            .status == 0);
    HttpClient client = server.gateway();
    const auto logged_in =
        client.post("/api/users/login", R"({"email":"root@shop.example","password":"Root-Shop-26"})");
    REQUIRE(logged_in.status == 200);
    const auto shown = client.get(std::string("/api/orders/") + order,
                                  {{"Authorization", "Bearer " + at(logged_in, "token")}});
    CHECK(at(shown, "status") == "confirmed");
    CHECK(at(shown, "total") == "39.98");
    CHECK(available_stock(server.gateway(), product) == 8);
    // The search index came later, and reads what was there after the start.
    CHECK(eventually(std::chrono::seconds(10), [&] {
        return at(client.get("/api/products?search=brihgt"), "items/0/name") == "Lamp";
    }));
    CHECK(at(client.get("/api/categories/home"), "productCount") == "1");
    const Ended checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
}

}  // namespace

TEST_CASE_ON_BOTH("the first release's shop is backed up, brought up to date and served", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect);
    make_first_release(server, dialect);
    server.start();
    const auto backups = folders_in(server.data_dir() + "/backups");
    REQUIRE(backups.size() == 1);
    look_at_shop(server);
    REQUIRE(server.terminate() == 0);
    server.start();  // nothing is due any more, and so nothing is backed up
    CHECK(folders_in(server.data_dir() + "/backups").size() == 1);

    ServerProcess other(CLOUDRETAIL_BINARY, dialect);
    const Ended restored = other.run({"restore", backups[0]});
    INFO(restored.output + restored.errors);
    REQUIRE(restored.status == 0);
    other.start();
    look_at_shop(other);
}

TEST_CASE("a backup of old tables asks for migrate, which backs up by itself", "[api][sqlite]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    make_first_release(server, db::Dialect::sqlite);
    const TemporaryFolder folder;
    const Ended refused = server.run({"backup", (folder.path() / "b").string()});
    CHECK(refused.status == 1);
    CHECK(refused.errors.find("cloudretail migrate") != std::string::npos);
    const Ended migrated = server.run({"migrate"});
    CHECK(migrated.status == 0);
    CHECK(migrated.output.starts_with("backed up in "));
    CHECK(server.run({"backup", (folder.path() / "b").string()}).status == 0);
}

TEST_CASE("of the backups before upgrades the newest whole ones are kept", "[api][sqlite]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    make_first_release(server, db::Dialect::sqlite);
    REQUIRE(server.run({"migrate"}).status == 0);
    const fs::path backups = server.data_dir() + "/backups";
    const fs::path first = folders_in(backups.string()).at(0);
    const auto copy = [&](const std::string& name, std::int64_t later_ms) {
        fs::copy(first, backups / name);
        std::ifstream file(first / "manifest.json");
        auto manifest = app::Manifest::parse({std::istreambuf_iterator<char>(file), {}});
        manifest.at = manifest.at.plus_ms(later_ms);
        app::write_durably((backups / name).string(), "manifest.json", manifest.to_text());
    };
    copy("before-0.0.1-a", -3'000);
    copy("before-0.0.1-b", -2'000);
    copy("before-0.0.1-cut", -9'000);
    fs::remove(backups / "before-0.0.1-cut" / "manifest.json");
    copy("my-own", -9'000);

    // A database of the first release again, so that there is something to migrate.
    for (const auto& [module, sql] : rows()) fs::remove(server.data_dir() + "/" + module + ".db");
    make_first_release(server, db::Dialect::sqlite);
    server.flags.push_back("--database.migration_backups=2");
    REQUIRE(server.run({"migrate"}).status == 0);
    CHECK(fs::exists(first));
    CHECK(folders_in(backups.string()).size() == 4);  // the newest two, and what is not ours to delete
    for (const char* gone : {"before-0.0.1-a", "before-0.0.1-b"}) CHECK_FALSE(fs::exists(backups / gone));
    for (const char* kept : {"before-0.0.1-cut", "my-own"}) CHECK(fs::exists(backups / kept));
}

TEST_CASE("where no backup can be made, tables do not change, unless that is wished", "[api][sqlite]") {
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    make_first_release(server, db::Dialect::sqlite);
    std::ofstream(server.data_dir() + "/backups") << "in the way";
    const Ended refused = server.run({"migrate"});
    CHECK(refused.status == 1);
    CHECK(refused.errors.find("database.backup_before_migrate") != std::string::npos);
    const std::string level = "SELECT count(*) FROM schema_migrations";
    CHECK(server.query("order", level) == "2");
    server.flags.push_back("--database.backup_before_migrate=false");
    CHECK(server.run({"migrate"}).status == 0);
    CHECK(std::stoi(server.query("order", level)) > 2);
}

TEST_CASE_ON_BOTH("a shop that is newer than the program, or whose past was edited, is not served", "[api]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect);
    REQUIRE(server.run({"migrate"}).status == 0);
    const auto refused = [&](const std::string& why) {
        const Ended ended = server.run({"serve", "--gateway.port=0", "--ui.port=0", "--management.port=0"});
        INFO(ended.output + ended.errors);
        CHECK(ended.status == 1);
        CHECK(ended.errors.find(why) != std::string::npos);
        CHECK(ended.errors.find("order") != std::string::npos);
    };
    server.change("order", "INSERT INTO schema_migrations VALUES ('order', 9999, '9999_future', 'x', 0)");
    refused("newer than this program");
    server.change("order", "DELETE FROM schema_migrations WHERE number = 9999");
    server.change("order",
                  "UPDATE schema_migrations SET checksum = 'x' WHERE series = 'core' AND number = 1");
    refused("edited after it was applied");
    CHECK(folders_in(server.data_dir() + "/backups").empty());
}
