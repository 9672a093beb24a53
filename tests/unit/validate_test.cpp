// Bodies and query parameters against the schemas of the contract.
#include <algorithm>
#include <catch2/catch.hpp>
#include <gateway/formats.hpp>
#include <gateway/validate.hpp>
#include <memory>

#include "gateway_fixture.hpp"

using namespace cloudretail;
using namespace cloudretail::gateway;
using namespace cloudretail::test;

namespace {

/// One operation with a schema, kept with the contract it came from.
struct Checked {
    Fragments fragments;
    OpenApi contract;
    OperationSchema schema;

    explicit Checked(const std::string& extra)
        : fragments("post", "/api/x", operation("x", "anyone", extra)),
          contract(fragments.files()),
          schema(contract, contract.operations().at(0)) {}

    std::vector<std::string> body(std::string_view text) const {
        const auto document = json::Document::parse(text).value();
        std::vector<FieldError> errors;
        schema.check_body(document.root(), errors);
        return told(errors);
    }
    std::vector<std::string> query(std::vector<std::pair<std::string, std::string>> sent) const {
        std::vector<FieldError> errors;
        schema.check_query(sent, errors);
        return told(errors);
    }
    static std::vector<std::string> told(const std::vector<FieldError>& errors) {
        std::vector<std::string> out;
        for (const FieldError& e : errors) out.push_back(e.pointer + ": " + e.detail);
        std::sort(out.begin(), out.end());
        return out;
    }
};

std::unique_ptr<Checked> of_body(std::string_view schema, bool required = true) {
    return std::make_unique<Checked>(json_body(schema, required));
}

std::unique_ptr<Checked> of_query(std::string_view parameters) {
    return std::make_unique<Checked>(",\"parameters\":[" + std::string(parameters) + "]");
}

/// One parameter "p" with this schema.
std::vector<std::string> parameter(std::string_view schema, std::string value) {
    return of_query(R"({"name":"p","in":"query","schema":)" + std::string(schema) + "}")
        ->query({{"p", std::move(value)}});
}

std::string compile_error(const std::string& schema) {
    return contract_error([&] { of_body(schema); });
}

using Told = std::vector<std::string>;

constexpr std::string_view order = R"({"type":"object","required":["items","shippingAddress"],"properties":{
    "items":{"type":"array","minItems":1,"maxItems":3,"items":{"type":"object","required":["productId","quantity"],
        "properties":{"productId":{"$ref":"#/components/schemas/Uuid"},
                      "quantity":{"type":"integer","minimum":1,"maximum":10000},
                      "price":{"$ref":"#/components/schemas/Money"}}}},
    "shippingAddress":{"type":"object","required":["city"],"properties":{
        "city":{"type":"string","minLength":1,"maxLength":5},"state":{"type":"string","maxLength":5,"nullable":true}}},
    "paymentMethod":{"oneOf":[{"type":"string","enum":["card","paypal"]},
        {"type":"object","required":["type"],"properties":{"type":{"type":"string","enum":["card"]},
                                                           "token":{"type":"string","maxLength":9}}}]}}})";

constexpr std::string_view item =
    R"({"productId":"01890a5d-ac96-774b-bcce-b302099a8057","quantity":2,"price":1299.99})";

std::string order_with(std::string_view items, std::string_view more = {}) {
    return R"({"items":[)" + std::string(items) + R"(],"shippingAddress":{"city":"Rome"})" +
           std::string(more) + "}";
}

}  // namespace

TEST_CASE("a body that fits its schema passes", "[gateway]") {
    const auto x = of_body(order);
    CHECK(x->body(order_with(item)).empty());
    CHECK(x->body(order_with(item, R"(,"paymentMethod":"card")")).empty());
    CHECK(x->body(order_with(item, R"(,"paymentMethod":{"type":"card","token":"tok_ok"})")).empty());
}

TEST_CASE("all faults are told at once, at their leaves", "[gateway]") {
    const auto x = of_body(order);
    CHECK(
        x->body(
            R"({"items":[{"productId":"no","quantity":0,"extra":1,"other":2},{}],"shippingAddress":{"city":""}})") ==
        Told{"/items/0/extra: is not a known field", "/items/0/other: is not a known field",
             "/items/0/productId: must be a UUID", "/items/0/quantity: must be at least 1",
             "/items/1/productId: is required", "/items/1/quantity: is required",
             "/shippingAddress/city: must not be empty"});
}

TEST_CASE("sentences name the limit or the type that was missed", "[gateway]") {
    const auto x = of_body(order);
    CHECK(x->body("{}") == Told{"/items: is required", "/shippingAddress: is required"});
    CHECK(x->body("[]") == Told{": must be an object"});
    CHECK(x->body(order_with("")) == Told{"/items: must have at least 1 item"});
    CHECK(x->body(order_with(std::string(item) + "," + std::string(item) + "," + std::string(item) + "," +
                             std::string(item))) == Told{"/items: must have at most 3 items"});
    CHECK(x->body(R"({"items":5,"shippingAddress":{"city":7}})") ==
          Told{"/items: must be an array", "/shippingAddress/city: must be a string"});
    CHECK(x->body(order_with(R"({"productId":"01890a5d-ac96-774b-bcce-b302099a8057","quantity":10001})")) ==
          Told{"/items/0/quantity: must be at most 10000"});
}

TEST_CASE("an integer is an integer token", "[gateway]") {
    const auto x = of_body(R"({"type":"object","properties":{"n":{"type":"integer","minimum":0}}})");
    CHECK(x->body(R"({"n":5})").empty());
    for (const char* wrong : {"5.0", "5.5", "\"5\"", "true", "99999999999999999999"}) {
        CAPTURE(wrong);
        CHECK(x->body(R"({"n":)" + std::string(wrong) + "}") == Told{"/n: must be an integer"});
    }
}

TEST_CASE("null is refused unless the schema is nullable", "[gateway]") {
    const auto x = of_body(order);
    CHECK(x->body(R"({"items":null,"shippingAddress":{"city":"Rome","state":null}})") ==
          Told{"/items: must not be null"});
    const auto wrapped = of_body(R"({"type":"object","properties":{
        "at":{"nullable":true,"allOf":[{"$ref":"#/components/schemas/Uuid"}]},
        "kind":{"type":"string","nullable":true,"enum":["a","b"]},
        "form":{"nullable":true,"anyOf":[{"type":"boolean"},{"type":"integer"}]}}})");
    CHECK(wrapped->body(R"({"at":null,"kind":null,"form":null})").empty());
    CHECK(wrapped->body(R"({"at":"x"})") == Told{"/at: must be a UUID"});
    CHECK(wrapped->body(R"({"kind":"c"})") == Told{"/kind: must be one of: a, b"});
}

TEST_CASE("money is read exactly", "[gateway]") {
    const auto x =
        of_body(R"({"type":"object","properties":{"price":{"$ref":"#/components/schemas/Money"}}})");
    for (const char* fine : {"0", "5", "1299.99", "19.9", "1000000000000"}) {
        CAPTURE(fine);
        CHECK(x->body(R"({"price":)" + std::string(fine) + "}").empty());
    }
    CHECK(x->body(R"({"price":1.005})") == Told{"/price: must have at most two decimals"});
    CHECK(x->body(R"({"price":-1})") == Told{"/price: must be at least 0"});
    CHECK(x->body(R"({"price":1000000000000.01})") == Told{"/price: must be at most 1000000000000"});
    CHECK(x->body(R"({"price":"5"})") == Told{"/price: must be a number"});
}

TEST_CASE("lengths count code points, not bytes", "[gateway]") {
    const auto x = of_body(order);
    CHECK(x->body(R"({"items":[)" + std::string(item) + R"(],"shippingAddress":{"city":"ééééé"}})").empty());
    CHECK(x->body(R"({"items":[)" + std::string(item) + R"(],"shippingAddress":{"city":"éééééé"}})") ==
          Told{"/shippingAddress/city: must have at most 5 characters"});
}

TEST_CASE("of several forms the one that was meant is explained", "[gateway]") {
    const auto x = of_body(order);
    CHECK(x->body(order_with(item, R"(,"paymentMethod":5)")) ==
          Told{"/paymentMethod: must be a string or an object"});
    CHECK(x->body(order_with(item, R"(,"paymentMethod":{"type":7})")) ==
          Told{"/paymentMethod/type: must be a string"});
    CHECK(x->body(order_with(item, R"(,"paymentMethod":"gold")")) ==
          Told{"/paymentMethod: must be one of: card, paypal"});
}

TEST_CASE("pointers escape what RFC 6901 says", "[gateway]") {
    const auto x = of_body(R"({"type":"object","properties":{"a":{"type":"integer"}}})");
    CHECK(x->body(R"({"x/y~z":1})") == Told{"/x~1y~0z: is not a known field"});
    CHECK(x->body(R"({"it's [odd]":1})") == Told{"/it's [odd]: is not a known field"});
}

TEST_CASE("additionalProperties takes any name, with a schema or without", "[gateway]") {
    const auto x = of_body(
        R"({"type":"object","maxProperties":2,"additionalProperties":{"type":"string","maxLength":3}})");
    CHECK(x->body(R"({"any":"abc"})").empty());
    CHECK(x->body(R"({"any":"abcd"})") == Told{"/any: must have at most 3 characters"});
    CHECK(x->body(R"({"a":"","b":"","c":""})") == Told{": must have at most 2 fields"});
    CHECK(of_body(R"({"type":"object","additionalProperties":true})")->body(R"({"a":{"b":[1]}})").empty());
}

TEST_CASE("every format is checked", "[gateway]") {
    const std::pair<Format, std::vector<const char*>> good[] = {
        {Format::email, {"demo@example.com", "a.b+c@sub.example.co"}},
        {Format::uuid, {"01890a5d-ac96-774b-bcce-b302099a8057"}},
        {Format::date_time, {"2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00+02:00"}},
        {Format::currency, {"USD"}}};
    for (const auto& [format, texts] : good) {
        for (const char* text : texts) {
            CAPTURE(text);
            CHECK(format_problem(format, text).empty());
        }
    }
    const std::pair<Format, std::vector<const char*>> bad[] = {
        {Format::email,
         {"", "a", "a@b", "@b.c", "a@", "a b@c.de", "a@b..c", ".a@b.c", "a@-b.c", "a@b@c.de", "ä@b.de"}},
        {Format::uuid, {"", "01890a5d", "01890a5d-ac96-774b-bcce-b302099a805g"}},
        {Format::date_time, {"", "2026-01-31", "2026-13-01T00:00:00Z", "yesterday"}},
        {Format::currency, {"", "usd", "US", "USDX", "U1D"}}};
    for (const auto& [format, texts] : bad) {
        for (const char* text : texts) {
            CAPTURE(text);
            CHECK_FALSE(format_problem(format, text).empty());
        }
    }
}

TEST_CASE("a very long text cannot hurt", "[gateway]") {
    const auto x = of_body(R"({"type":"object","properties":{"e":{"type":"string","format":"email"},
        "t":{"type":"string","format":"date-time"}}})");
    const std::string longest(900'000, 'a');
    CHECK(x->body(R"({"e":")" + longest + R"("})") == Told{"/e: must be an e-mail address"});
    CHECK(x->body(R"({"t":")" + longest + R"("})").size() == 1);
}

TEST_CASE("no more than a hundred faults are told", "[gateway]") {
    const auto x = of_body(
        R"({"type":"object","properties":{"l":{"type":"array","maxItems":10000,"items":{"type":"integer"}}}})");
    std::string text = R"({"l":[null)";
    for (int i = 0; i < 5000; ++i) text += ",null";
    CHECK(x->body(text + "]}").size() == 100);
}

TEST_CASE("what a request schema may not say stops the start", "[gateway][pitfall-schema-pattern]") {
    CHECK(mentions(compile_error(R"({"type":"string","maxLength":9,"pattern":"^a"})"),
                   "'pattern' is not supported"));
    CHECK(mentions(compile_error(R"({"type":"string"})"), "needs maxLength"));
    CHECK(mentions(compile_error(R"({"type":"array","items":{"type":"integer"}})"), "needs maxItems"));
    CHECK(mentions(compile_error(R"({"type":"array","maxItems":2})"), "needs items"));
    CHECK(mentions(compile_error(R"({"type":"object"})"), "needs properties"));
    CHECK(mentions(compile_error(R"({"type":"text"})"), "type must be"));
    CHECK(mentions(compile_error(R"({"type":"string","format":"ipv4"})"), "format must be"));
    CHECK(mentions(compile_error(R"({"type":"string","format":"money"})"), "format must be"));
    CHECK(mentions(compile_error(R"({"allOf":[{"type":"integer"},{"type":"integer"}]})"), "allOf is only"));
    CHECK(mentions(
        compile_error(R"({"type":"array","maxItems":5000,"uniqueItems":true,"items":{"type":"integer"}})"),
        "uniqueItems"));
    CHECK(mentions(compile_error(R"({"type":"integer"})").append("fine"), "fine"));
}

TEST_CASE("a schema that contains itself stops the start", "[gateway]") {
    const std::string said = contract_error([] {
        const Fragments fragments(
            R"({"paths":{"/api/x":{"post":)" +
            operation("x", "anyone", json_body(R"({"$ref":"#/components/schemas/Tree"})")) +
            R"(}},"components":{"schemas":{"Tree":{"type":"object","properties":{
                                  "below":{"$ref":"#/components/schemas/Tree"}}}}}})");
        const OpenApi contract(fragments.files());
        const OperationSchema schema(contract, contract.operations().at(0));
    });
    CHECK(mentions(said, "contains itself"));
}

TEST_CASE("query parameters are read by their type", "[gateway]") {
    CHECK(parameter(R"({"type":"integer","minimum":1,"maximum":100})", "7").empty());
    CHECK(parameter(R"({"type":"integer","minimum":1,"maximum":100})", "0") ==
          Told{"query/p: must be at least 1"});
    CHECK(parameter(R"({"type":"integer","minimum":1,"maximum":100})", "101") ==
          Told{"query/p: must be at most 100"});
    for (const char* wrong : {"", "1.0", "x", " 1", "1 ", "0x1", "99999999999999999999"}) {
        CAPTURE(wrong);
        CHECK(parameter(R"({"type":"integer"})", wrong) == Told{"query/p: must be an integer"});
    }
    CHECK(parameter(R"({"type":"boolean"})", "true").empty());
    CHECK(parameter(R"({"type":"boolean"})", "yes") == Told{"query/p: must be true or false"});
    CHECK(parameter(R"({"type":"number","format":"money","minimum":1})", "19.99").empty());
    CHECK(parameter(R"({"type":"number","format":"money","minimum":1})", "0.99") ==
          Told{"query/p: must be at least 1.00"});
    CHECK(parameter(R"({"type":"number","format":"money"})", "1.234") ==
          Told{"query/p: must have at most two decimals"});
    CHECK(parameter(R"({"type":"string","enum":["price","-price"]})", "-price").empty());
    CHECK(parameter(R"({"type":"string","enum":["price","-price"]})", "x") ==
          Told{"query/p: must be one of: price, -price"});
    CHECK(parameter(R"({"type":"string","format":"uuid"})", "x") == Told{"query/p: must be a UUID"});
    CHECK(parameter(R"({"type":"string","maxLength":2})", "éé").empty());
    CHECK(parameter(R"({"type":"string","maxLength":2})", "ééé") ==
          Told{"query/p: must be at most 2 characters long"});
    CHECK(parameter(R"({"type":"string","minLength":1,"maxLength":2})", "") ==
          Told{"query/p: must not be empty"});
    CHECK(parameter(R"({"type":"string","maxLength":9})", std::string("a\0b", 3)).size() == 1);
    CHECK(parameter(R"({"type":"string","maxLength":9})", "\xff").size() == 1);
}

TEST_CASE("unknown, repeated and missing query parameters are refused", "[gateway]") {
    const auto x =
        of_query(R"({"name":"q","in":"query","required":true,"schema":{"type":"string","maxLength":9}})");
    CHECK(x->query({{"q", "a"}}).empty());
    CHECK(x->query({}) == Told{"query/q: is required"});
    CHECK(x->query({{"q", "a"}, {"q", "b"}, {"z", "1"}}) ==
          Told{"query/q: is given more than once", "query/z: is not a known parameter"});
    CHECK(of_body("{}")->query({{"z", "1"}}) == Told{"query/z: is not a known parameter"});
}

TEST_CASE("a query parameter that cannot be enforced stops the start", "[gateway]") {
    const auto said = [](std::string_view schema) {
        return contract_error(
            [&] { of_query(R"({"name":"p","in":"query","schema":)" + std::string(schema) + "}"); });
    };
    CHECK(mentions(said(R"({"type":"array","items":{}})"), "not supported"));
    CHECK(mentions(said(R"({"type":"number"})"), "must be a string"));
    CHECK(mentions(said(R"({"type":"string"})"), "needs maxLength"));
    CHECK(mentions(said(R"({"type":"string","format":"ipv4"})"), "unknown format"));
}

TEST_CASE("content types compare without case, parameters and subtype where all are taken", "[gateway]") {
    const auto json = of_body("{}");
    CHECK(json->schema.takes("application/json"));
    CHECK(json->schema.takes("Application/JSON ; charset=utf-8"));
    CHECK_FALSE(json->schema.takes("application/jsonx"));
    CHECK_FALSE(json->schema.takes("text/plain"));
    CHECK_FALSE(json->schema.takes(""));
    const Checked images(R"(,"requestBody":{"required":true,"content":{"image/*":{"schema":{}}}})");
    CHECK(images.schema.takes("image/png"));
    CHECK_FALSE(images.schema.takes("application/json"));
    CHECK_FALSE(images.schema.takes_json());
}
