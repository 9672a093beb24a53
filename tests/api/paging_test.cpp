// Every list is walked by its cursor while things come, change and go between the pages: what was there
// throughout is shown once, nothing is shown twice. A list that nobody taught the walk fails it by its name.
#include <base/uuid.hpp>
#include <gateway/page.hpp>
#include <set>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

using Act = std::function<void(const std::string& id)>;

/// A list and what can happen to it. Things that cannot change or go have no `change` or `remove`.
struct List {
    std::string target;  // with a query or its "?"
    Account reader;
    std::function<std::string()> add;  // the new item's id
    Act change{}, remove{};
    std::string id = "id";  // where an item has it
};

/// What the lists' items are made of; one stage for all lists.
class Makers {
  public:
    explicit Makers(db::Dialect dialect)
        : stage(dialect),
          admin(stage.person("admin", 'A').account),
          vendor(stage.person("vendor", 'A').account),
          customer(stage.person("customer", 'A').account),
          shelf(stage.stocked_product('A')) {}

    HttpResponse send(const char* method, const std::string& target, const Account& who,
                      const std::optional<std::string>& body = {}) {
        auto answer = stage.client().request(method, target, who.headers(), body);
        if (answer.status >= 300)
            throw std::runtime_error(std::string(method) + " " + target + ": " + answer.body);
        return answer;
    }
    std::string order() { return at(send("POST", "/api/orders", customer, order_body(shelf, 1)), "id"); }
    void cancel(const std::string& order) { send("POST", "/api/orders/" + order + "/cancel", customer); }
    void ship(const std::string& order) {
        send("PATCH", "/api/orders/" + order + "/status", vendor, R"({"status":"shipped"})");
    }
    std::string payment() {
        const std::string id = order();
        return at(send("GET", "/api/orders/" + id, customer), "payment/id");
    }
    void refund(const std::string& payment) {
        const auto seen = send("GET", "/api/payments/" + payment, customer);
        send("POST", "/api/orders/" + at(seen, "orderId") + "/refund", admin, R"({"amount":1,"reason":"x"})");
    }
    std::string user() { return register_account(stage.client()).id; }
    void set_status(const std::string& user, const char* status) {
        send("PATCH", "/api/users/" + user, admin, std::string(R"({"status":")") + status + "\"}");
    }
    std::string session() {
        const auto in =
            stage.client().post("/api/users/login", R"({"email":")" + customer.email + R"(","password":")" +
                                                        demo_password + "\"}");
        const Account now{.id = customer.id, .email = customer.email, .token = at(in, "token")};
        return at(send("GET", "/api/users/me/sessions?limit=1", now), "items/0/id");
    }
    std::string product(int quantity) {
        const std::string id = stage.product('A');
        add_stock(stage.client(), vendor, id, quantity);
        return id;
    }
    void stock(const std::string& product, const std::string& change) {
        send("PATCH", "/api/inventory/" + product, vendor,
             R"({"warehouseLocation":"Warehouse A",)" + change + "}");
    }
    std::string listening() {
        const std::string body = R"({"url":"https://hooks.invalid/","events":["product.created"]})";
        return at(send("POST", "/api/webhooks", vendor, body), "id");
    }
    /// Of a new product's event, as soon as it has come there.
    std::string delivery(const std::string& webhook) {
        const std::string list = "/api/webhooks/" + webhook + "/deliveries?limit=1";
        const std::string before = at(send("GET", list, vendor), "items/0/id");
        stage.product('A');
        std::string id;
        const auto come = [&] { return (id = at(send("GET", list, vendor), "items/0/id")) != before; };
        if (!eventually(std::chrono::seconds(30), come)) throw std::runtime_error("no delivery has come");
        return id;
    }
    std::string key() {
        const std::string body = R"({"name":"A key","scopes":["orders:read"]})";
        return at(send("POST", "/api/api-keys", customer, body), "id");
    }
    std::string movement() {
        stock(shelf, R"("delta":-1)");
        return at(send("GET", "/api/inventory/" + shelf + "/movements?limit=1", vendor), "items/0/id");
    }
    std::string audited() {
        set_status(user(), "disabled");
        return at(send("GET", "/api/admin/audit?limit=1&module=user", admin), "items/0/id");
    }
    std::string event() {
        stage.product('A');
        return at(send("GET", "/api/admin/outbox?limit=1&module=product", admin), "items/0/id");
    }
    std::string saga() {
        const std::string id = make_uuid().to_string();
        stage.server().change(
            "order",
            "INSERT INTO sagas (id, type, data, state, deadline_at, created_at, updated_at) "
            "VALUES ('" +
                id + "', 'barter', '{}', 'running', 9000000000000, 1, 1)");
        return "order:" + id;
    }
    void end_saga(const std::string& id) {
        stage.server().change("order", "DELETE FROM sagas WHERE id = '" + id.substr(id.find(':') + 1) + "'");
    }

    Stage stage;
    const Account admin, vendor, customer;
    const std::string shelf;
};

Act act(Makers& m, void (Makers::*method)(const std::string&)) {
    return [&m, method](const std::string& id) { (m.*method)(id); };
}

std::multimap<std::string, List> lists_of_trade(Makers& m) {
    const auto order = [&m] { return m.order(); };
    const auto product = [&m] { return m.product(100); };
    const Act adjust = [&m](const std::string& id) { m.stock(id, R"("delta":1)"); };
    const auto hook = [&m] { return m.stage.webhook('A'); };
    const Act rename = [&m](const std::string& id) {
        m.send("PATCH", "/api/webhooks/" + id, m.vendor, R"({"description":"Another"})");
    };
    const Act unhook = [&m](const std::string& id) { m.send("DELETE", "/api/webhooks/" + id, m.vendor); };
    // A test that waits is sent again and is no new one: each is of an event of its own.
    const std::string delivering = m.listening();
    const auto delivery = [&m, delivering] { return m.delivery(delivering); };
    const Act sell_out = [&m](const std::string& id) { m.stock(id, R"("quantity":0)"); };
    return {
        {"listOrders", {"/api/orders?status=confirmed", m.customer, order, {}, act(m, &Makers::cancel)}},
        {"listOrders", {"/api/orders?from=2000-01-01T00:00:00.000Z", m.vendor, order, act(m, &Makers::ship)}},
        {"listOrders", {"/api/orders?status=confirmed", m.admin, order, {}, act(m, &Makers::ship)}},
        {"listPayments",
         {"/api/payments?", m.customer, [&m] { return m.payment(); }, act(m, &Makers::refund)}},
        {"listPayments", {"/api/payments?", m.admin, [&m] { return m.payment(); }, act(m, &Makers::refund)}},
        {"listStock", {"/api/inventory?", m.vendor, product, adjust, {}, "productId"}},
        {"listStock", {"/api/inventory?lowStock=false", m.admin, product, adjust, sell_out, "productId"}},
        {"listWebhooks", {"/api/webhooks?", m.vendor, hook, rename, unhook}},
        {"listWebhookDeliveries", {"/api/webhooks/" + delivering + "/deliveries?", m.vendor, delivery}},
        {"listMovements",
         {"/api/inventory/" + m.shelf + "/movements?", m.vendor, [&m] { return m.movement(); }}},
    };
}

std::multimap<std::string, List> lists_of_people_and_operation(Makers& m) {
    const auto letter = [&m] { return m.stage.dead_letter('A'); };
    const Act disable = [&m](const std::string& id) { m.set_status(id, "disabled"); };
    const Act erase = [&m](const std::string& id) { m.send("DELETE", "/api/users/" + id, m.admin); };
    const Act end = [&m](const std::string& id) {
        m.send("DELETE", "/api/users/me/sessions/" + id, m.customer);
    };
    const Act end_key = [&m](const std::string& id) { m.send("DELETE", "/api/api-keys/" + id, m.customer); };
    const Act discard = [&m](const std::string& id) {
        m.send("POST", "/api/admin/dead-letters/" + id + "/discard", m.admin, R"({"reason":"obsolete"})");
    };
    return {
        {"listUsers", {"/api/users?", m.admin, [&m] { return m.user(); }, disable, erase}},
        {"listUsers", {"/api/users?status=active", m.admin, [&m] { return m.user(); }, {}, disable}},
        {"listSessions", {"/api/users/me/sessions?", m.customer, [&m] { return m.session(); }, {}, end}},
        {"listApiKeys", {"/api/api-keys?", m.customer, [&m] { return m.key(); }, {}, end_key}},
        {"listDeadLetters", {"/api/admin/dead-letters?", m.admin, letter, {}, discard}},
        {"listAudit", {"/api/admin/audit?", m.admin, [&m] { return m.audited(); }}},
        {"getOutbox", {"/api/admin/outbox?", m.admin, [&m] { return m.event(); }}},
        {"listSagas",
         {"/api/admin/sagas?", m.admin, [&m] { return m.saga(); }, {}, act(m, &Makers::end_saga)}},
    };
}

struct Seen {
    std::multiset<std::string> ids;
    int pages = 0;
};

/// Walks the list; `between` is called after each page.
Seen walk(Makers& m, const List& list, const std::function<void()>& between) {
    Seen seen;
    std::string cursor;
    do {
        const std::string query = (list.target.ends_with("?") ? "" : "&") + std::string("limit=3");
        const std::string place = cursor.empty() ? "" : "&cursor=" + cursor;
        const auto page = m.send("GET", list.target + query + place, list.reader);
        for (int i = 0; i < 3; ++i) {
            const std::string id = at(page, "items/" + std::to_string(i) + "/" + list.id);
            if (!id.empty()) seen.ids.insert(id);
        }
        cursor = at(page, "nextCursor");
        CHECK(at(page, "page") == std::to_string(++seen.pages));
        between();
    } while (cursor != "null" && seen.pages < 300);
    return seen;
}

/// `from_behind`: what is ahead of the walk is changed last, else first.
void check(Makers& m, const std::string& name, const List& list, bool from_behind) {
    std::vector<std::string> there;
    for (int i = 0; i < 12; ++i) there.push_back(list.add());
    std::vector<std::string> to_change, to_remove;
    for (std::size_t i = 0; i < there.size(); ++i) {
        if (list.change && i % 3 == 0) to_change.push_back(there[i]);
        if (list.remove && i % 3 == 1) to_remove.push_back(there[i]);
    }
    if (from_behind) std::reverse(to_change.begin(), to_change.end());
    if (from_behind) std::reverse(to_remove.begin(), to_remove.end());
    std::set<std::string> gone;
    std::size_t turn = 0;
    const Seen seen = walk(m, list, [&] {
        if (turn < 4) list.add();
        if (turn < to_change.size()) list.change(to_change[turn]);
        if (turn < to_remove.size()) {
            list.remove(to_remove[turn]);
            gone.insert(to_remove[turn]);
        }
        ++turn;
    });
    CHECK(seen.pages > 3);
    for (const std::string& id : there) {
        INFO(name + " of " + list.target + ", " + id);
        if (!gone.contains(id)) CHECK(seen.ids.count(id) == 1);
    }
    for (const std::string& id : seen.ids) {
        INFO(name + " of " + list.target + " repeats " + id);
        CHECK(seen.ids.count(id) == 1);
    }
}

}  // namespace

TEST_CASE_ON_BOTH("a walk through any list misses and repeats nothing while things come, change and go",
                  "[conventions][paging]") {
    Makers makers(dialect);
    auto lists = lists_of_trade(makers);
    lists.merge(lists_of_people_and_operation(makers));
    bool from_behind = false;
    for (const auto& [name, list] : lists) {
        check(makers, name, list, from_behind);
        from_behind = !from_behind;
    }

    // Walked elsewhere: products where they are sorted and searched (tests/product), dead deliveries like
    // deliveries (tests/webhook).
    const std::set<std::string> elsewhere{"listProducts", "listWebhookDeadLetters"};
    for (const ContractOperation& operation : makers.stage.contract().operations()) {
        CAPTURE(operation.id);
        bool by_cursor = false;
        for (const json::View parameter : makers.stage.contract().query_parameters(operation))
            by_cursor = by_cursor || parameter["name"].text() == "cursor";
        CHECK((!by_cursor || elsewhere.contains(operation.id) || lists.contains(operation.id)));
    }
}

TEST_CASE_ON_BOTH("a cursor that somebody changed is refused or leads elsewhere, and never breaks the server",
                  "[conventions][paging][robustness]") {
    Makers makers(dialect);
    auto lists = lists_of_trade(makers);
    lists.merge(lists_of_people_and_operation(makers));
    const auto product = [&makers] { return makers.product(1); };
    for (const char* sort : {"name", "price", "-price", "newest"})
        lists.emplace("listProducts",
                      List{std::string("/api/products?sort=") + sort, makers.vendor, product});
    int refused = 0, sent = 0;
    for (const auto& [name, list] : lists) {
        for (int i = 0; i < 2; ++i) list.add();
        const std::string query = list.target + (list.target.ends_with("?") ? "" : "&") + "limit=1&cursor=";
        const auto first = makers.send("GET", query.substr(0, query.rfind('&')), list.reader);
        const auto place_of_first = gateway::decode_cursor(at(first, "nextCursor"));
        REQUIRE(place_of_first);
        const std::string text = place_of_first->keyset;
        for (std::size_t place = 0; place < text.size(); place += 2) {
            for (const char byte : {'\0', '\xff', '\'', '9', '\x1f'}) {
                std::string changed = text;
                changed[place] = byte;
                const auto answer = makers.stage.client().get(query + gateway::encode_cursor({2, changed}),
                                                              list.reader.headers());
                ++sent;
                refused += answer.status == 422;
                INFO(name + " at " + std::to_string(place) + ": " + answer.body);
                CHECK((answer.status == 422 || answer.status == 200));
            }
        }
    }
    CHECK(refused > sent / 4);
    CHECK(at(makers.stage.client().get("/health"), "status") == "ok");
}
