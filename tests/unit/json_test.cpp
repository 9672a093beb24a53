// JSON in and out: what is refused (every trap we know of RapidJSON 1.1), what is read exactly, what is
// written.
#include <base/json.hpp>
#include <base/rapidjson.hpp>
#include <catch2/catch.hpp>

#include <support/result_text.hpp>

using namespace cloudretail;

namespace {

bool accepts(std::string_view text) { return json::Document::parse(text).has_value(); }

/// The refusal's sentence, "" when accepted.
std::string refusal(std::string_view text, const json::Limits& limits = {}) {
    const auto document = json::Document::parse(text, limits);
    if (document) return "";
    CHECK(document.error().is(errors::malformed_json));
    return document.error().detail;
}

json::Document parsed(std::string_view text) { return json::Document::parse(text).value(); }

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    out.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

std::string nested(std::size_t depth) { return repeated("[", depth) + repeated("]", depth); }

}  // namespace

TEST_CASE("numbers that crash RapidJSON's own conversion are refused", "[pitfall-json-number]") {
    const std::string zeros(100, '0');
    const std::vector<std::string> numbers{
        "0." + zeros + "1e-2147483600",                     // CVE-2024-38517: underflow
        "1" + zeros + "e2147483600",                        // CVE-2024-39684: overflow
        "128.74836467836484838364836483643636483648e-336",  // rapidjson#1251
        "1e400",
        "1E5",
        "1e-5",
        "-" + zeros,
        "0." + std::string(1'000'000, '0') + "1",
        std::string(1'000'000, '9'),
        std::string(33, '1'),
    };
    for (const std::string& number : numbers) {
        INFO(number.substr(0, 60));
        CHECK_FALSE(accepts(number));
        CHECK_FALSE(accepts("{\"price\":" + number + "}"));
        CHECK_FALSE(accepts("[1," + number + "]"));
    }
    CHECK(accepts(std::string(32, '1')));
}

TEST_CASE("nesting is refused past 32 levels, however deep it goes", "[pitfall-json-depth]") {
    CHECK(accepts(nested(32)));
    CHECK(refusal(nested(33)) == "The JSON is not acceptable at byte 32: it is nested too deeply.");
    CHECK_FALSE(accepts(repeated("[", 1'000'000)));
    CHECK_FALSE(accepts(nested(500'000)));
    CHECK_FALSE(accepts(repeated("{\"a\":", 200'000) + "1" + repeated("}", 200'000)));
    CHECK(accepts(repeated("{\"a\":", 32) + "1" + repeated("}", 32)));
}

TEST_CASE("an object with the same key twice is refused, also when escaped or deep inside") {
    CHECK(refusal(R"({"a":1,"a":2})").find("same key twice") != std::string::npos);
    CHECK_FALSE(accepts(R"({"a":1,"b":2,"\u0061":3})"));
    CHECK_FALSE(accepts(R"([{"x":{"a":1,"b":{"a":2},"a":3}}])"));
    CHECK_FALSE(accepts(R"({"":1,"":2})"));
    CHECK(accepts(R"({"a":{"a":1},"b":{"a":[{"a":2},{"a":3}]}})"));
    CHECK(accepts(R"({"ab":1,"a":2,"b":3,"A":4})"));
}

TEST_CASE("text that is not UTF-8 is refused, escaped or not") {
    const std::vector<std::string> broken{
        "\x80",
        "\xff",
        "\xc3",
        "\xc0\xaf",
        "\xe0\x80\xaf",
        "\xed\xa0\x80",
        "\xf5\x80\x80",
        "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80",
        "\\ud800",
        "\\udc00",
        "\\ud800\\u0041",
    };
    for (const std::string& piece : broken) {
        INFO(piece);
        CHECK_FALSE(accepts("\"" + piece + "\""));
        CHECK_FALSE(accepts("{\"" + piece + "\":1}"));
    }
    CHECK(parsed(R"("\ud83d\ude00")").root().text() == "\xf0\x9f\x98\x80");
    CHECK(parsed("\"\xc3\xa9\"").root().text() == "\xc3\xa9");
}

TEST_CASE("NUL is refused, in strings, in keys and after the value") {
    CHECK_FALSE(accepts(R"("a\u0000b")"));
    CHECK_FALSE(accepts(R"({"a\u0000":1})"));
    CHECK_FALSE(accepts(std::string_view("{}\0{}", 5)));
    CHECK_FALSE(accepts(std::string_view("\"a\0\"", 4)));
}

TEST_CASE("what is not exactly one JSON value is refused") {
    for (const char* text :
         {"",   " ",  "{",  "[1,]", "{\"a\":1,}", "{a:1}",  "'a'",     "nul",   "NaN", "Infinity", "-",
          "01", "1.", ".5", "+1",   "0x10",       "\"\t\"", "\"\\x\"", "{} {}", "1 2", "// c\n1",  "/**/1"}) {
        INFO(text);
        CHECK_FALSE(accepts(text));
    }
    CHECK_FALSE(accepts("\xef\xbb\xbf{}"));
    CHECK(accepts(" \r\n\t{} \n"));
}

TEST_CASE("members and elements are bounded") {
    std::string members = "{";
    for (int i = 0; i < 256; ++i) members += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
    CHECK(accepts(members + "}"));
    CHECK_FALSE(accepts(members + ",\"one more\":0}"));
    const std::string elements = "[0" + repeated(",0", 9'999);
    CHECK(accepts(elements + "]"));
    CHECK_FALSE(accepts(elements + ",0]"));
    CHECK(refusal("[1,2,3]", {.elements = 2}).find("too many elements") != std::string::npos);
}

TEST_CASE("integers inside 64 bits are read, and beyond them are not integers") {
    CHECK(parsed("9223372036854775807").root().integer() == std::int64_t{9223372036854775807});
    CHECK(parsed("-9223372036854775808").root().integer() == std::numeric_limits<std::int64_t>::min());
    const auto beyond = parsed("9223372036854775808");
    CHECK_FALSE(beyond.root().integer());
    CHECK(beyond.root().number_text() == "9223372036854775808");
    CHECK_FALSE(parsed("5.0").root().integer());
    CHECK_FALSE(parsed("\"5\"").root().integer());
    CHECK(parsed("\"5\"").root().text() == "5");
}

TEST_CASE("money is read exactly from the number's own text") {
    const auto document =
        parsed(R"({"a":19.99,"b":[0.1,5,{"c":1299.99}],"d":19.990,"e":-1,"f":"7","g":0.29})");
    const auto root = document.root();
    CHECK(root["a"].money() == Money{1999});
    CHECK(root["b"].at(0).money() == Money{10});
    CHECK(root["b"].at(1).money() == Money{500});
    CHECK(root["b"].at(2)["c"].money() == Money{129999});
    CHECK(root["g"].money() == Money{29});
    CHECK(root["d"].money().has_error());
    CHECK(root["e"].money().has_error());
    CHECK(root["f"].money().has_error());
    CHECK(root["absent"].money().has_error());
    CHECK(root["d"].number_text() == "19.990");
}

TEST_CASE("views answer nothing for a wrong type, never garbage", "[pitfall-json-access]") {
    const auto document = parsed(R"({"s":"x","n":1,"t":true,"z":null,"l":[1]})");
    const auto root = document.root();
    CHECK(root.size() == 5);
    CHECK_FALSE(root["s"].integer());
    CHECK_FALSE(root["n"].text());
    CHECK_FALSE(root["s"].boolean());
    CHECK(root["t"].boolean() == true);
    CHECK(root["z"].is_null());
    CHECK(root["z"].present());
    CHECK_FALSE(root["none"].present());
    CHECK_FALSE(root["s"]["deeper"].at(3)["still"].present());
    CHECK_FALSE(root["l"].at(1).present());
    CHECK_FALSE(json::Document().root().present());
    CHECK(json::View().dump().empty());
}

TEST_CASE("a view stays good when its document is moved") {
    auto first = parsed(R"({"price":1.50})");
    const auto price = first.root()["price"];
    const auto second = std::move(first);
    CHECK(price.money() == Money{150});
    CHECK_FALSE(first.root().present());
}

TEST_CASE("dump writes what was read, numbers as they were written") {
    const std::string text =
        R"({"a":[1,-2,0.10,19.99,123456789012345678901],"b":{"c":null,"d":true},"e":"\"\n\u0001é"})";
    CHECK(parsed(text).root().dump() == text);
}

TEST_CASE("RapidJSON's assertions throw instead of reading garbage", "[pitfall-json-access]") {
    const rapidjson::Value text("x");
    CHECK_THROWS_AS(text.GetInt(), std::logic_error);
    CHECK_THROWS_AS(text["member"], std::logic_error);
}

TEST_CASE("the writer makes compact JSON with escapes and exact numbers") {
    json::Writer out;
    out.begin_object();
    out.member("text", "a\"b\\c\n\x01/").member("money", Money{129999}).member("n", -5).member("yes", true);
    out.member("at", Timestamp{0}).member("none", std::optional<int>()).member("some", std::optional<int>(1));
    out.key("list").begin_array().value(1).begin_object().end_object().begin_array().end_array().end_array();
    out.key("raw").raw("[1]").end_object();
    CHECK(out.take() ==
          R"({"text":"a\"b\\c\n\u0001/","money":1299.99,"n":-5,"yes":true,)"
          R"("at":"1970-01-01T00:00:00.000Z","none":null,"some":1,"list":[1,{},[]],"raw":[1]})");
    CHECK(out.value("again").take() == "\"again\"");
}

TEST_CASE("the writer replaces bytes that are not UTF-8") {
    json::Writer out;
    CHECK(out.value("a\xff\xc3\xa9\xed\xa0\x80").take() ==
          "\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("20000 mutated documents are read or refused, and what is read is written and read alike") {
    const std::string seed = R"({"items":[{"productId":"0190","quantity":2,"price":1299.99}],)"
                             R"("n":[-1,0.5,15,null,true],"s":"é\ud83d\ude00"})";
    const std::string alphabet = "{}[]\":,\\u0e-+.\xc3\x80\xff\x01 tfn";
    std::uint64_t state = 42;
    const auto next = [&state](std::size_t below) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::size_t>(state >> 33) % below;
    };
    int accepted = 0, unequal = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = seed;
        for (std::size_t changes = 1 + next(3); changes > 0; --changes) {
            const std::size_t at = next(text.size());
            switch (next(3)) {
                case 0:
                    text[at] = alphabet[next(alphabet.size())];
                    break;
                case 1:
                    text.erase(at, 1 + next(4));
                    break;
                default:
                    text.insert(at, 1, alphabet[next(alphabet.size())]);
            }
        }
        const auto document = json::Document::parse(text);
        if (!document) continue;
        ++accepted;
        const std::string once = document->root().dump();
        const auto again = json::Document::parse(once);
        if (!again || again->root().dump() != once) ++unequal;
    }
    CHECK(accepted > 100);
    CHECK(unequal == 0);
}
