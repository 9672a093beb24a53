// Events over HTTP: the stream and the log, who hears what, leaving and coming back, on both databases.
#include <csignal>
#include <random>
#include <set>
#include <support/event_stream.hpp>

#include "server.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

struct Street {
    explicit Street(db::Dialect dialect, std::vector<std::string> flags = quick_flags())
        : server(dialect, std::move(flags)), client(server.gateway()) {}

    std::string order(const std::string& product, const Account& who) {
        const auto placed = client.post("/api/orders", order_body(product, 1), who.headers());
        REQUIRE(placed.status == 201);
        return at(placed, "id");
    }
    [[nodiscard]] EventStream listen(const Account& who, const std::string& id = {},
                                     const std::string& query = {}) const {
        return EventStream(server.port("gateway"), who, id, query);
    }
    Account admin() {
        const auto made = server.run({"admin", "create", "--email", "root@example.com", "--password-stdin"},
                                     std::string(demo_password) + "\n");
        REQUIRE(made.status == 0);
        const auto signed_in =
            client.post("/api/users/login",
                        std::string(R"({"email":"root@example.com","password":")") + demo_password + R"("})");
        return {at(signed_in, "user/id"), "root@example.com", at(signed_in, "token")};
    }
    /// Ids of all events of the log, read in pages of `limit`, once the last of `types` are there.
    std::vector<std::string> log_of(const Account& who, const std::string& query, int limit,
                                    std::string after = {}) {
        std::vector<std::string> ids;
        for (bool more = true; more;) {
            const auto page = client.get("/api/events/log?limit=" + std::to_string(limit) + query +
                                             (after.empty() ? "" : "&after=" + after),
                                         who.headers());
            REQUIRE(page.status == 200);
            const auto document = page.json();
            const auto items = document.root()["items"];
            CHECK(items.size() <= static_cast<std::size_t>(limit));
            for (std::size_t i = 0; i < items.size(); ++i) ids.emplace_back(*items.at(i)["id"].text());
            after = at(page, "nextCursor");
            more = document.root()["hasMore"].boolean().value();
        }
        return ids;
    }

    RunningServer server;
    HttpClient client;
    Account maker = register_account(client, "vendor"), sewer = register_account(client, "vendor"),
            ann = register_account(client), bob = register_account(client);
};

/// "type subject" of the next events, as many as are asked for.
std::vector<std::string> heard(EventStream& stream, std::size_t count) {
    std::vector<std::string> all;
    while (all.size() < count) {
        const auto event = stream.next();
        REQUIRE(event);
        all.push_back(event->type + " " + std::string(event->json().root()["subject"].text().value()));
    }
    return all;
}

}  // namespace

TEST_CASE_ON_BOTH("everybody hears of their own: customers of their orders, vendors of their goods",
                  "[events]") {
    Street street(dialect);
    const Account admin = street.admin();
    EventStream maker = street.listen(street.maker), sewer = street.listen(street.sewer),
                ann = street.listen(street.ann, {}, "?types=order.*"), bob = street.listen(street.bob),
                all = street.listen(admin, {}, "?types=order.*,product.*");
    for (EventStream* stream : {&maker, &sewer, &ann, &bob, &all}) stream->first_id();
    CHECK(ann.opened().header("Content-Type") == "text/event-stream");
    CHECK(ann.opened().header("Cache-Control") == "no-store");
    CHECK(ann.opened().header("X-Accel-Buffering") == "no");
    CHECK_FALSE(ann.opened().header("X-Request-Id").empty());
    CHECK(ann.opened().header("Content-Encoding").empty());

    const std::string laptop = make_product(street.client, street.maker, "Laptop", "10.00");
    add_stock(street.client, street.maker, laptop, 50);
    const std::string order = street.order(laptop, street.ann);
    CHECK(heard(ann, 1) == std::vector<std::string>{"order.created " + order});
    CHECK(heard(all, 2) == std::vector<std::string>{"product.created " + laptop, "order.created " + order});
    // Of different subjects the order is not promised.
    std::multiset<std::string> of_maker;
    for (const auto& event : heard(maker, 4)) of_maker.insert(event);
    CHECK(of_maker == std::multiset<std::string>{"inventory.adjusted " + laptop,
                                                 "inventory.back_in_stock " + laptop,
                                                 "order.created " + order, "product.created " + laptop});

    // What comes to the others is only what is theirs, and it comes after all of the above.
    const std::string bag = make_product(street.client, street.sewer, "Bag", "5.00");
    CHECK(heard(sewer, 1) == std::vector<std::string>{"product.created " + bag});
    const auto changed =
        street.client.patch("/api/products/" + laptop, R"({"price":11})", street.maker.headers());
    REQUIRE(changed.status == 200);
    add_stock(street.client, street.sewer, bag, 50);
    const std::string second = street.order(bag, street.bob);
    for (const auto& event : heard(bob, 2)) CHECK(event.find(laptop) == std::string::npos);
    CHECK(heard(maker, 1) == std::vector<std::string>{"product.updated " + laptop});
}

TEST_CASE_ON_BOTH("a vendor hears that own lines were ordered, not by whom or what the rest costs",
                  "[events]") {
    Street street(dialect);
    const std::string laptop = make_product(street.client, street.maker, "Laptop", "10.00");
    add_stock(street.client, street.maker, laptop, 5);
    EventStream maker = street.listen(street.maker, {}, "?types=order.created");
    EventStream ann = street.listen(street.ann, {}, "?types=order.created");
    maker.first_id();
    ann.first_id();
    street.order(laptop, street.ann);
    const auto whole = ann.next(), part = maker.next();
    REQUIRE((whole && part));
    CHECK(whole->json().root()["data"]["customerId"].text() == street.ann.id);
    CHECK(whole->json().root()["data"]["total"].present());
    CHECK(part->data.find(street.ann.id) == std::string::npos);
    CHECK_FALSE(part->json().root()["data"]["total"].present());
    CHECK(part->json().root()["data"]["status"].text() == "confirmed");
    CHECK(part->json().root()["id"].text() == whole->json().root()["id"].text());
}

TEST_CASE_ON_BOTH("1 000 events reach a client that leaves 20 times: each once, in order", "[events]") {
    Street street(dialect);
    constexpr std::size_t total = 1'000, products = 10;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < products; ++i)
        ids.push_back(make_product(street.client, street.maker, "Thing " + std::to_string(i)));
    const std::string begin = EventStream(street.listen(street.maker)).first_id();
    std::string last = begin;
    std::vector<std::string> heard_ids;
    std::size_t changed = 0;
    std::mt19937 random(11);
    for (int visit = 0; visit <= 20; ++visit) {
        for (std::size_t until = std::min(total, changed + total / 20); changed < until; ++changed) {
            const auto answer = street.client.patch("/api/products/" + ids[changed % products],
                                                    R"({"price":)" + std::to_string(changed + 1) + "}",
                                                    street.maker.headers());
            REQUIRE(answer.status == 200);
        }
        EventStream stream = street.listen(street.maker, last, "?types=product.updated");
        const std::size_t wanted = visit == 20 ? total : std::min(total, heard_ids.size() + random() % 60);
        while (heard_ids.size() < wanted && heard_ids.size() < changed) {
            const auto event = stream.next();
            REQUIRE(event);
            heard_ids.emplace_back(*event->json().root()["id"].text());
            last = event->id;
        }
    }
    CHECK(heard_ids.size() == total);
    CHECK(std::set<std::string>(heard_ids.begin(), heard_ids.end()).size() == total);
    CHECK(heard_ids == street.log_of(street.maker, "&types=product.updated", 100, begin));
}

TEST_CASE_ON_BOTH("the log is read in pages of any size, and of own events only", "[events]") {
    Street street(dialect);
    const std::string laptop = make_product(street.client, street.maker),
                      bag = make_product(street.client, street.sewer);
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (int i = 0; i < 20; ++i) {
        auto headers = street.maker.headers();
        headers.emplace_back("traceparent", trace);
        const std::string body = R"({"price":)" + std::to_string(i + 1) + "}";
        REQUIRE(street.client.patch("/api/products/" + laptop, body, headers).status == 200);
        REQUIRE(street.client.patch("/api/products/" + bag, body, street.sewer.headers()).status == 200);
    }
    std::vector<std::string> all;
    REQUIRE(eventually(std::chrono::seconds(20), [&] {
        all = street.log_of(street.maker, "&types=product.*", 100);
        return all.size() == 21;
    }));
    for (const int limit : {1, 7}) CHECK(street.log_of(street.maker, "&types=product.*", limit) == all);
    const auto page =
        street.client.get("/api/events/log?types=product.updated&limit=1", street.maker.headers());
    CHECK(at(page, "items/0/traceparent") == trace);
    CHECK(at(page, "items/0/subject") == laptop);
    CHECK(at(page, "items/0/source") == "/cloudretail/product");
    CHECK(at(page, "reset") == "false");
}

TEST_CASE_ON_BOTH("what is asked wrongly of events is refused", "[events]") {
    Street street(dialect);
    const auto get = [&](const std::string& path, const Account& who) {
        return street.client.get(path, who.headers());
    };
    CHECK(street.client.get("/api/events").status == 401);
    CHECK(street.client.get("/api/events/log").status == 401);
    CHECK(get("/api/events/log", street.ann).status == 403);
    CHECK(at(get("/api/events/log?after=nonsense", street.maker), "errors/0/pointer") == "query/after");
    CHECK(at(get("/api/events/log?types=nonsense", street.maker), "errors/0/pointer") == "query/types");
    CHECK(at(get("/api/events?types=nonsense", street.ann), "errors/0/pointer") == "query/types");
    CHECK(get("/api/events/log?limit=101", street.maker).status == 422);
    EventStream lost = street.listen(street.ann, "nonsense");
    CHECK(lost.next()->type == "reset");
    EventStream by_query = street.listen(street.ann, {}, "?lastEventId=nonsense");
    CHECK(by_query.next()->type == "reset");
}

TEST_CASE_ON_BOTH("a cursor older than what is kept is told so, by the stream and by the log", "[events]") {
    Street street(dialect);
    const auto told = [&street](std::size_t count) {
        return eventually(std::chrono::seconds(20), [&] {
            return street.log_of(street.maker, "&types=product.created", 10).size() == count;
        });
    };
    // Until a source has been looked at, a cursor does not name it: then it means its beginning, whatever
    // that is.
    make_product(street.client, street.maker);
    REQUIRE(told(1));
    const std::string begin = EventStream(street.listen(street.maker)).first_id();
    make_product(street.client, street.maker);
    REQUIRE(told(2));
    street.server.change("product", "DELETE FROM outbox");
    const std::string second = make_product(street.client, street.maker);
    EventStream stream = street.listen(street.maker, begin);
    CHECK(stream.next()->type == "reset");
    REQUIRE(eventually(std::chrono::seconds(20), [&] {
        const auto page =
            street.client.get("/api/events/log?types=product.*&after=" + begin, street.maker.headers());
        return at(page, "reset") == "true" && at(page, "items/0/subject") == second;
    }));
}

TEST_CASE_ON_BOTH("a stream ends with its token, and when the server stops", "[events]") {
    Street street(dialect);
    EventStream ann = street.listen(street.ann, {}, "?types=order.*"),
                bob = street.listen(street.bob, {}, "?types=order.*");
    ann.first_id();
    bob.first_id();
    REQUIRE(street.client.post("/api/users/logout", "", street.ann.headers()).status == 204);
    CHECK_FALSE(ann.next().has_value());
    street.server.signal(SIGTERM);
    CHECK_FALSE(bob.next().has_value());
    CHECK(street.server.terminate() == 0);
}

TEST_CASE_ON_BOTH("streams are bounded and their places free again when clients go", "[events]") {
    auto flags = quick_flags();
    flags.insert(flags.end(), {"--events.streams_per_user=2", "--events.streams=3"});
    Street street(dialect, flags);
    std::optional<EventStream> one(street.listen(street.ann)), two(street.listen(street.ann));
    const auto refused = street.client.get("/api/events", street.ann.headers());
    CHECK(refused.status == 429);
    CHECK(problem_of(refused) == "too-many-streams");
    CHECK_FALSE(refused.header("Retry-After").empty());
    const EventStream three = street.listen(street.bob);
    CHECK(street.client.get("/api/events", street.maker.headers()).status == 503);
    one.reset();
    CHECK(eventually(std::chrono::seconds(20),
                     [&] { return street.client.get("/api/events", street.maker.headers()).status == 200; }));
    const auto metrics = street.server.management().get("/metrics").body;
    CHECK(metrics.find("\ncloudretail_event_streams ") != std::string::npos);
    CHECK(metrics.find("\ncloudretail_event_streams_sent_total ") != std::string::npos);
    CHECK(metrics.find("\ncloudretail_event_streams_dropped_total 0") != std::string::npos);
}

TEST_CASE("a browser listens by its session, on the web pages' address, within its rate", "[events]") {
    const RunningServer server(db::Dialect::sqlite,
                               {"--auth.password_memory=8MiB", "--auth.password_passes=1"});
    HttpClient ui("127.0.0.1", server.port("ui"));
    const Account ann = register_account(ui);
    const auto signed_in =
        ui.post("/api/users/login", R"({"email":")" + ann.email + R"(","password":")" +
                                        std::string(demo_password) + R"(","cookie":true})");
    const std::string set(signed_in.header("Set-Cookie"));
    const HttpClient::Headers cookie{{"Cookie", set.substr(0, set.find(';'))}};
    for (const char* path : {"/api/events", "/api/v1/events"}) {
        const auto stream = ui.get(path, cookie);
        CHECK(stream.status == 200);
        CHECK(stream.header("Content-Type") == "text/event-stream");
        CHECK_FALSE(stream.header("RateLimit").empty());
        CHECK_FALSE(stream.header("RateLimit-Policy").empty());
    }
    CHECK(ui.head("/api/events", cookie).status == 200);
    CHECK(ui.get("/api/events").status == 401);
}
