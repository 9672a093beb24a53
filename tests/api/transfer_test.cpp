// Products and stock as files over HTTP: taken and given away again without a byte's difference, good rows
// though others fail, the same file twice without effect, and every fault of a file told of.
#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

const std::string products_header = "sku,name,description,price,category,status,attributes\r\n";

/// As an export writes them: by SKU, with everything that CSV and spreadsheets stumble over.
const std::string products_csv =
    products_header +
    "'=1+1,\"Comma, and "
    "\"\"quote\"\"\",\"two\nlines\",0.01,things,active,\"{\"\"size\"\":2.50,\"\"new\"\":true}\"\r\n"
    "A-1,Crème brûlée,,1299.99,home-garden,draft,{}\r\n"
    "A-2,'-x,'' y,5.00,things,archived,\"{\"\"a\"\":\"\"b,c\"\"}\"\r\n"
    "A-3,Crème brûlée,the same name,5.00,things,active,{}\r\n";

struct Shop {
    explicit Shop(db::Dialect dialect, std::vector<std::string> more = {})
        : server(dialect, with(std::move(more))),
          client(server.gateway()),
          vendor(register_account(client, "vendor")) {}
    static std::vector<std::string> with(std::vector<std::string> more) {
        auto flags = quick_flags();
        flags.insert(flags.end(), more.begin(), more.end());
        return flags;
    }
    HttpResponse send(const std::string& where, const std::string& text, const std::string& type = "text/csv",
                      const Account* who = nullptr) {
        auto headers = (who ? *who : vendor).headers();
        headers.emplace_back("Content-Type", type);
        return client.post("/api/" + where, text, headers);
    }
    /// "4 rows: 4 created, 0 updated, 0 unchanged, 0 failed"
    std::string sent(const std::string& where, const std::string& text, const std::string& type = "text/csv",
                     const Account* who = nullptr) {
        return told(send(where, text, type, who));
    }
    static std::string told(const HttpResponse& answer) {
        if (answer.status != 200) return std::to_string(answer.status) + " " + problem_of(answer);
        std::string text = at(answer, "rows") + " rows:";
        for (const char* what : {"created", "updated", "unchanged", "failed"})
            text += " " + at(answer, what) + " " + what;
        return text;
    }
    std::string get(const std::string& target, const Account* who = nullptr) {
        const auto answer = client.get("/api/" + target, (who ? *who : vendor).headers());
        CHECK(answer.status == 200);
        return answer.body;
    }
    Account administrator() {
        const auto made = server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                                     "Secret-99x\n");
        if (made.status != 0) throw std::runtime_error(made.output + made.errors);
        Account admin;
        admin.token =
            at(client.post("/api/users/login", R"({"email":"root@example.com","password":"Secret-99x"})"),
               "token");
        return admin;
    }
    std::string events(const std::string& module) {
        return server.query(module, "SELECT COUNT(*) FROM outbox");
    }

    RunningServer server;
    HttpClient client;
    Account vendor;
};

/// "2 /price must be …", a line each.
std::string errors_of(const HttpResponse& answer) {
    std::string text;
    for (int i = 0; !at(answer, "errors/" + std::to_string(i) + "/row").empty(); ++i) {
        const std::string error = "errors/" + std::to_string(i);
        text += at(answer, error + "/row") + " " + at(answer, error + "/pointer") + " " +
                at(answer, error + "/detail") + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE_ON_BOTH("products that are taken along to an empty store are the same there, byte for byte",
                  "[transfer]") {
    Shop shop(dialect), other(dialect);
    const std::string all = "4 rows: 4 created 0 updated 0 unchanged 0 failed";
    CHECK(shop.sent("products/import", products_csv) == all);
    CHECK(shop.get("products/export") == products_csv);
    const std::string lines = shop.get("products/export?format=jsonl");
    CHECK(lines.starts_with(R"({"sku":"=1+1","name":"Comma, and \"quote\"","description":"two\nlines")"));
    CHECK(other.sent("products/import", lines, "application/x-ndjson") == all);
    CHECK(other.get("products/export") == products_csv);
    CHECK(other.get("products/export?format=jsonl") == lines);

    const std::string stock =
        "sku,productId,warehouseLocation,quantity,lowStockThreshold\r\n"
        "'=1+1,,'+A,7,10\r\nA-1,,North,5,2\r\nA-1,,\"South, 2\",0,10\r\n";
    CHECK(shop.sent("inventory/import", stock) == "3 rows: 3 created 0 updated 0 unchanged 0 failed");
    CHECK(shop.get("inventory/export") == stock);
    const std::string stock_lines = shop.get("inventory/export?format=jsonl");
    CHECK(other.sent("inventory/import", stock_lines, "application/x-ndjson") ==
          "3 rows: 3 created 0 updated 0 unchanged 0 failed");
    CHECK(other.get("inventory/export") == stock);
    CHECK(shop.get("inventory/export?format=jsonl") == stock_lines);
    CHECK(shop.server.run({"check", "--deep"}).status == 0);
}

TEST_CASE_ON_BOTH("the same file again changes nothing and tells nobody, and what differs is changed",
                  "[transfer]") {
    Shop shop(dialect);
    CHECK(at(shop.client.get("/api/products?limit=1"), "total") == "0");
    shop.sent("products/import", products_csv);
    CHECK(at(shop.client.get("/api/products?limit=1"), "total") == "2");  // those on sale, at once
    const std::string events = shop.events("product");
    CHECK(shop.sent("products/import", products_csv) == "4 rows: 0 created 0 updated 4 unchanged 0 failed");
    CHECK(shop.events("product") == events);
    const std::string row =
        "sku,name,description,price,category\nA-3,Crème brûlée,the same name,5.01,things\n";
    CHECK(shop.sent("products/import?dryRun=true", row) ==
          "1 rows: 0 created 1 updated 0 unchanged 0 failed");
    CHECK(shop.events("product") == events);
    CHECK(shop.sent("products/import", row) == "1 rows: 0 created 1 updated 0 unchanged 0 failed");
    CHECK(shop.events("product") != events);
    CHECK(at(shop.client.get("/api/products?minPrice=5.01"), "total") == "1");

    const std::string stock = "sku,warehouseLocation,quantity\nA-3,A,20\n";
    shop.sent("inventory/import", stock);
    const std::string told = shop.events("inventory");
    CHECK(shop.sent("inventory/import", stock) == "1 rows: 0 created 0 updated 1 unchanged 0 failed");
    CHECK(shop.events("inventory") == told);
    CHECK(shop.sent("inventory/import?dryRun=true", "sku,warehouseLocation,quantity\nA-3,A,1\nA-1,B,1\n") ==
          "2 rows: 1 created 1 updated 0 unchanged 0 failed");
    CHECK(shop.get("inventory/export").find("A-3,,A,20,10") != std::string::npos);
}

TEST_CASE_ON_BOTH("good rows land though others fail, and each that fails is told of", "[transfer]") {
    Shop shop(dialect,
              {"--transfer.batch_rows=2", "--transfer.max_row_bytes=2KiB", "--transfer.listed_errors=8"});
    const std::string bad =
        "sku,name,description,price,category,attributes\n"
        "B-1,Good,,1.00,things,\n"
        ",No SKU,,1.00,things,\n"
        "B-2,,,cheap,things,\n"
        "B-3,Name,,1.001,!!,\n"
        "B-1,Twice,,1.00,things,\n"
        "B-4,Name,,1.00,things,[1]\n"
        "B-5,\xff,,1.00,things,\n"
        "B-6," +
        std::string(5'000, 'x') +
        ",,1.00,things,\n"
        "B-7,cells,,1.00\n"
        "B-8,Good too,,2.00,things,\n"
        "\"B-9,Never closed,,1.00,things,\n";
    for (const char* dry : {"?dryRun=true", ""}) {
        const auto answer = shop.send(std::string("products/import") + dry, bad);
        CHECK(Shop::told(answer) == "11 rows: 2 created 0 updated 0 unchanged 9 failed");
        const std::string errors = errors_of(answer);
        INFO(errors);
        for (const char* start : {"2 /sku ", "3 /name ", "3 /price ", "4 /", "5  names what",
                                  "6 /attributes ", "7  is not UTF-8"})
            CHECK(("\n" + errors).find("\n" + std::string(start)) != std::string::npos);
        CHECK(std::count(errors.begin(), errors.end(), '\n') == 8);
        const std::string there = shop.get("products/export");
        CHECK((there == products_header) == (std::string(dry) != ""));
    }
    CHECK(shop.get("products/export") == products_header +
                                             "B-1,Good,,1.00,things,active,{}\r\n"
                                             "B-8,Good too,,2.00,things,active,{}\r\n");
    const auto stock =
        shop.send("inventory/import",
                  "sku,productId,warehouseLocation,quantity,lowStockThreshold\n"
                  "B-1,,A,5,\nB-1,,A,6,\nX,,A,1,\n,,A,1,\nB-8,,A,-1,\nB-8,,A,1.5,\nB-8,,A,3,1\n");
    CHECK(Shop::told(stock) == "7 rows: 2 created 0 updated 0 unchanged 5 failed");
    const std::string errors = errors_of(stock);
    INFO(errors);
    for (const char* start :
         {"2  names what", "3 /sku there is no", "4  names no", "5 /quantity", "6 /quantity"})
        CHECK(("\n" + errors).find("\n" + std::string(start)) != std::string::npos);
}

TEST_CASE_ON_BOTH("stock from a file never goes below what orders hold, and its ledger tells of it",
                  "[transfer]") {
    Shop shop(dialect);
    shop.sent("products/import", products_csv);
    shop.sent("inventory/import", "sku,warehouseLocation,quantity\nA-3,A,5\n");
    const auto page = shop.client.get("/api/inventory", shop.vendor.headers());
    const std::string product = at(page, "items/0/productId");
    const Account customer = register_account(shop.client);
    REQUIRE(place_order(shop.client, customer, order_body(product, 3)).status == 201);
    const auto refused = shop.send("inventory/import", "sku,warehouseLocation,quantity\nA-3,A,2\n");
    CHECK(Shop::told(refused) == "1 rows: 0 created 0 updated 0 unchanged 1 failed");
    CHECK(errors_of(refused).find("3 of them reserved") != std::string::npos);
    CHECK(shop.sent("inventory/import", "productId,warehouseLocation,quantity\n" + product + ",A,3\n") ==
          "1 rows: 0 created 1 updated 0 unchanged 0 failed");
    CHECK(available_stock(shop.client, product) == 0);
    const auto ledger = shop.client.get("/api/inventory/" + product + "/movements", shop.vendor.headers());
    CHECK(at(ledger, "items/0/delta") == "-2");
    CHECK(at(ledger, "items/1/delta") == "5");
}

TEST_CASE_ON_BOTH("a file that is none is refused whole", "[transfer]") {
    Shop shop(dialect, {"--transfer.max_bytes=4KiB", "--transfer.max_rows=3"});
    CHECK(shop.sent("products/import", "") == "422 validation");
    CHECK(shop.sent("products/import", "sku,prise\nA,1\n") == "422 validation");
    CHECK(shop.sent("products/import", "\xFF\xFEs\0k\0u\0") == "422 validation");
    CHECK(shop.sent("products/import", products_csv, "application/json") == "415 unsupported-media-type");
    CHECK(shop.sent("products/import", "", "application/x-ndjson") ==
          "0 rows: 0 created 0 updated 0 unchanged 0 failed");
    CHECK(shop.sent("products/import", std::string(5'000, 'x')) == "413 too-large");
    const auto many = shop.send("products/import", products_csv);
    CHECK(many.status == 413);
    CHECK(at(many, "imported/rows") == "0");  // none of the batch had been carried out
    CHECK(shop.get("products/export") == products_header);
    CHECK(shop.sent("inventory/import", "sku\n", "application/json") == "415 unsupported-media-type");
    CHECK(shop.sent("inventory/import", std::string(5'000, 'x')) == "413 too-large");
}

TEST_CASE("so many files of a kind are taken at the same time, and no more", "[transfer]") {
    Shop shop(db::Dialect::sqlite, {"--transfer.at_once=1"});
    for (const std::string where : {"products/import", "inventory/import"}) {
        CAPTURE(where);
        RawSocket slow("127.0.0.1", shop.server.port("gateway"));
        slow.send("POST /api/" + where + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n" +
                  "Authorization: Bearer " + shop.vendor.token +
                  "\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
        CHECK(slow.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");  // its place is taken
        CHECK(shop.sent(where, "", "application/x-ndjson") == "503 overloaded");
        slow.send("\n");
        std::string rest;
        CHECK(read_response(slow, rest).status == 200);
        CHECK(shop.send(where, "", "application/x-ndjson").status == 200);
    }
}

TEST_CASE_ON_BOTH("an upload that is cut off keeps what had landed, and goes on when it is sent again",
                  "[transfer]") {
    Shop shop(dialect, {"--transfer.batch_rows=1"});
    {
        RawSocket socket("127.0.0.1", shop.server.port("gateway"));
        socket.send(
            "POST /api/products/import HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nAuthorization: "
            "Bearer " +
            shop.vendor.token + "\r\nContent-Length: " + std::to_string(products_csv.size()) + "\r\n\r\n" +
            products_csv.substr(0, products_csv.find("A-3") + 8));
        CHECK(eventually(
            20s, [&] { return shop.server.query("product", "SELECT COUNT(*) FROM products") == "3"; }));
    }
    CHECK(shop.sent("products/import", products_csv) == "4 rows: 1 created 0 updated 3 unchanged 0 failed");
    CHECK(shop.get("products/export") == products_csv);
}

TEST_CASE_ON_BOTH("vendors bring and take their own, administrators anybody's", "[transfer]") {
    Shop shop(dialect);
    const Account other = register_account(shop.client, "vendor"), customer = register_account(shop.client);
    const Account admin = shop.administrator();
    const std::string foreign =
        "vendorId,sku,name,description,price,category\n" + other.id + ",C-1,X,,1.00,things\n";
    CHECK(shop.sent("products/import", foreign) == "1 rows: 0 created 0 updated 0 unchanged 1 failed");
    CHECK(shop.sent("products/import?vendorId=" + other.id, products_csv) == "403 forbidden");
    CHECK(shop.sent("products/import", products_csv, "text/csv", &customer) == "403 forbidden");
    CHECK(shop.client.get("/api/products/export?vendorId=" + other.id, shop.vendor.headers()).status == 403);
    CHECK(shop.sent("products/import", foreign, "text/csv", &admin) ==
          "1 rows: 1 created 0 updated 0 unchanged 0 failed");
    CHECK(shop.sent("products/import?vendorId=" + shop.vendor.id, products_csv, "text/csv", &admin) ==
          "4 rows: 4 created 0 updated 0 unchanged 0 failed");
    CHECK(shop.get("products/export") == products_csv);
    CHECK(shop.get("products/export", &other) == products_header + "C-1,X,,1.00,things,active,{}\r\n");
    const std::string all = shop.get("products/export", &admin);
    CHECK(all.starts_with("vendorId,sku,"));
    CHECK(std::count(all.begin(), all.end(), '\n') == 7);  // one is inside a cell
    CHECK(shop.sent("products/import", all, "text/csv", &admin) ==
          "5 rows: 0 created 0 updated 5 unchanged 0 failed");
    CHECK(shop.get("products/export?vendorId=" + other.id, &admin).find(shop.vendor.id) == std::string::npos);
    CHECK(shop.sent("inventory/import?vendorId=" + other.id, "sku,warehouseLocation,quantity\nC-1,A,1\n",
                    "text/csv", &admin) == "1 rows: 1 created 0 updated 0 unchanged 0 failed");
    CHECK(shop.get("inventory/export").find("C-1") == std::string::npos);
}
