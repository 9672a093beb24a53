// An event as a CloudEvent, and the patterns that choose types.
#include <base/json.hpp>
#include <catch2/catch.hpp>
#include <events/cloud_event.hpp>

using namespace cloudretail;
using events::TypeFilter;

TEST_CASE("an event is a CloudEvent 1.0 with its trace, where it has one", "[events]") {
    events::Event event;
    event.id = Uuid::parse("0190f5fe-7c00-7000-8000-000000000000").value();
    event.type = "order.created";
    event.subject = "s";
    event.at = {1'800'000'000'000};
    const std::string plain =
        R"({"specversion":"1.0","id":"0190f5fe-7c00-7000-8000-000000000000","source":"/cloudretail/order",)"
        R"("type":"order.created","subject":"s","time":"2027-01-15T08:00:00.000Z",)"
        R"("datacontenttype":"application/json","data":{"n":1}})";
    CHECK(to_cloud_event("order", event, R"({"n":1})") == plain);
    event.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto traced = json::Document::parse(to_cloud_event("order", event, "{}")).value();
    CHECK(traced.root()["traceparent"].text() == event.traceparent);
}

TEST_CASE("types are chosen by name or by kind", "[events]") {
    struct Row {
        const char *patterns, *type;
        bool matches;
    };
    for (const Row& row :
         {Row{"", "order.created", true}, Row{"order.created", "order.created", true},
          Row{"order.created", "order.created_twice", false}, Row{"order.*", "order.failed", true},
          Row{"order.*", "orders.failed", false}, Row{"order.*", "payment.captured", false},
          Row{"order.failed,payment.*", "payment.captured", true},
          Row{"inventory.low_stock", "inventory.low_stock", true}}) {
        INFO(row.patterns << " " << row.type);
        CHECK(TypeFilter::parse(row.patterns).value().matches(row.type) == row.matches);
    }
    for (const char* text :
         {"order", ".", "order.", ".created", "*", "order.**", "order.created,", ",order.created",
          "order.created,,order.failed", "Order.created", "order created", "order.created.x"}) {
        INFO(text);
        CHECK_FALSE(TypeFilter::parse(text).has_value());
    }
    std::string many = "a.b";
    for (int i = 0; i < 31; ++i) many += ",a.b";
    CHECK(TypeFilter::parse(many).has_value());
    CHECK_FALSE(TypeFilter::parse(many + ",a.b").has_value());
}
