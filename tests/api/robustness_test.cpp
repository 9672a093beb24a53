// Every operation of the served document is sent what no client should send. What the document's schema
// refuses must be answered 400, 413, 415 or 422 with a clean problem; nothing may be answered 5xx, and every
// answer must be one that the document promises.
#include <cstdio>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

using Pointer = std::vector<std::string>;

struct Variant {
    std::string what;
    std::string body;
    bool refused = true;  // must be
    HttpClient::Headers headers{};
};

/// `value` as text with the place at `pointer` replaced, or taken out where `with` is empty.
std::string replaced(json::View value, const Pointer& pointer, std::size_t depth, const std::string& with) {
    json::Writer w;
    if (value.is_array()) {
        w.begin_array();
        for (std::size_t i = 0; i < value.size(); ++i) {
            const bool here = std::to_string(i) == pointer[depth];
            const bool last = depth + 1 == pointer.size();
            if (!here) w.raw(value.at(i).dump());
            if (here && !last) w.raw(replaced(value.at(i), pointer, depth + 1, with));
            if (here && last && !with.empty()) w.raw(with);
        }
        return w.end_array().take();
    }
    w.begin_object();
    bool met = false;
    value.each_member([&](std::string_view name, json::View member) {
        const bool here = name == pointer[depth];
        const bool last = depth + 1 == pointer.size();
        met = met || here;
        if (!here) w.key(name).raw(member.dump());
        if (here && !last) w.key(name).raw(replaced(member, pointer, depth + 1, with));
        if (here && last && !with.empty()) w.key(name).raw(with);
    });
    if (!met && !with.empty()) w.key(pointer[depth]).raw(with);
    return w.end_object().take();
}

/// Every place of the example, and in its objects every place that the schema has and the example has not.
void places(json::View document, json::View schema, json::View value, const Pointer& at,
            std::vector<Pointer>& out) {
    const json::View here = resolved(document, schema);
    const auto below = [&](const std::string& name) {
        Pointer pointer = at;
        pointer.push_back(name);
        out.push_back(pointer);
        return pointer;
    };
    for (std::size_t i = 0; value.is_array() && i < value.size() && i < 2; ++i)
        places(document, here["items"], value.at(i), below(std::to_string(i)), out);
    value.each_member([&](std::string_view name, json::View member) {
        places(document, here["properties"][name], member, below(std::string(name)), out);
    });
    if (!value.is_object()) return;
    here["properties"].each_member([&](std::string_view name, json::View) {
        if (!value[name].present()) below(std::string(name));
    });
    below("noSuchField");
}

std::string nested(int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']');
}

const std::vector<std::string>& bad_values() {
    static const std::vector<std::string> values{"null",
                                                 "true",
                                                 "-1",
                                                 "0",
                                                 "0.001",
                                                 "1e5",
                                                 "9223372036854775808",
                                                 "[]",
                                                 "{}",
                                                 "[null]",
                                                 "\"\"",
                                                 "\"x\"",
                                                 "\"not-a-uuid\"",
                                                 R"("a\u0000b")",
                                                 R"("\ud800")",
                                                 R"("'; DROP TABLE users; --")",
                                                 R"("2026-13-45T00:00:00Z")",
                                                 "\"\xff\xfe\"",
                                                 "\"" + std::string(100'000, 'x') + "\"",
                                                 nested(64),
                                                 ""};
    return values;
}

std::vector<Variant> body_variants(const Contract& contract, const ContractOperation& operation,
                                   json::View example) {
    const json::View schema = contract.body_schema(operation);
    std::vector<Variant> out;
    const auto add = [&](const std::string& what, const std::string& body) {
        const auto parsed = json::Document::parse(body);
        const bool fine = parsed && schema_faults(contract.document(), schema, parsed->root()).empty();
        out.push_back({.what = what, .body = body, .refused = !fine});
    };
    const std::string text = example.dump();
    for (const char* root : {"null", "[]", "\"x\"", "7", "{", "{}{}", "nonsense", "\xff"})
        add("the body", root);
    if (contract.body_required(operation)) add("no body", "");
    add("deep nesting", nested(100'000));
    add("trailing bytes", text + "x");
    add("a byte order mark", "\xef\xbb\xbf" + text);
    if (text.size() > 2) add("a duplicate", text.substr(0, text.size() - 1) + "," + text.substr(1));
    out.push_back({.what = "2 MB", .body = "{\"x\":\"" + std::string(2'000'000, 'x') + "\"}"});
    out.push_back({.what = "text", .body = text, .headers = {{"Content-Type", "text/plain"}}});
    out.push_back({.what = "a form", .body = text, .headers = {{"Content-Type", "multipart/form-data"}}});
    std::vector<Pointer> all;
    places(contract.document(), schema, example, {}, all);
    for (const Pointer& pointer : all) {
        std::string name;
        for (const std::string& part : pointer) name += "/" + part;
        for (const std::string& value : bad_values())
            add(name + " = " + value.substr(0, 30), replaced(example, pointer, 0, value));
    }
    return out;
}

/// Values that no query parameter of this schema takes.
std::vector<std::string> bad_queries(json::View document, json::View parameter) {
    const json::View schema = resolved(document, parameter["schema"]);
    const std::string_view type = schema["type"].text().value_or("");
    if (type == "boolean") return {"", "maybe", "1", "TRUE"};
    if (type == "integer") return {"", "x", "1.5", "1e3", "99999999999999999999", "%00", "0x10"};
    if (type == "number") return {"", "x", "1.999", "-1", "1e3", "99999999999999999999"};
    if (schema["enum"].present() || schema["format"].present()) return {"", "nonsense", "%00", "%ff", "'"};
    const auto longest = static_cast<std::size_t>(schema["maxLength"].integer().value_or(0));
    return {std::string(std::min<std::size_t>(longest + 1, 3000), 'x'), "%00", "%ff%fe"};
}

struct Walk {
    Stage stage;
    int sent = 0, must_be_refused = 0;
    std::vector<std::string> wrong{};

    explicit Walk(db::Dialect dialect) : stage(dialect) {}

    Person caller_for(const ContractOperation& operation, const Ask& how) {
        const bool sells = operation.access == "vendor" || operation.owner == "vendor";
        const Person& person = operation.access == "admin" ? stage.person("admin", 'A')
                                                           : stage.person(sells ? "vendor" : "customer", 'A');
        return how.once ? stage.fresh(person) : person;
    }

    void judge(const ContractOperation& operation, const std::string& what, bool refused,
               const HttpResponse& answer, std::initializer_list<int> right) {
        ++sent;
        must_be_refused += refused ? 1 : 0;
        const bool listed = std::find(right.begin(), right.end(), answer.status) != right.end();
        std::string fault;
        if (answer.status >= 500) fault = "a server error";
        if (refused && !listed) fault = "is not refused";
        for (const std::string& other : stage.contract().faults(operation, answer)) fault += "; " + other;
        if (!fault.empty())
            wrong.push_back(operation.id + ", " + what + ": " + std::to_string(answer.status) + " " + fault +
                            ": " + answer.body.substr(0, 200));
    }

    void bodies(const ContractOperation& operation, const Ask& how) {
        Cell cell{operation, caller_for(operation, how), stage.person("customer", 'A'), Thing::own};
        const Asked asked = how.asked ? how.asked(stage, cell) : Asked{};
        const auto own = asked.body.empty() ? json::Document() : json::Document::parse(asked.body).value();
        const json::View example = asked.body.empty() ? stage.contract().body_example(operation) : own.root();
        for (const Variant& variant : body_variants(stage.contract(), operation, example)) {
            Asked changed = asked;
            changed.body = variant.body;
            changed.headers.insert(changed.headers.end(), variant.headers.begin(), variant.headers.end());
            const HttpResponse answer = stage.send(cell, changed, true);
            judge(operation, variant.what, variant.refused, answer, {400, 413, 415, 422});
            // What was accepted may have used the caller or the thing up.
            if (answer.status < 300 && how.once) cell.caller = stage.fresh(cell.caller);
        }
    }

    void paths(const ContractOperation& operation, const Ask& how) {
        const Cell cell{operation, caller_for(operation, how), stage.person("customer", 'A'), Thing::missing};
        for (const std::string& value :
             {std::string("neither-id-nor-slug"), std::string("%00"), std::string("%ff"),
              std::string("..%2f..%2fetc"), std::string("'"), std::string("-1"), std::string(3000, 'x'),
              std::string("%7Bid%7D")}) {
            Asked asked = how.asked ? how.asked(stage, cell) : Asked{};
            for (std::string& part : asked.values) part = value;
            judge(operation, "path " + value.substr(0, 30), true, stage.send(cell, asked), {400, 404});
        }
    }

    void queries(const ContractOperation& operation, const Ask& how) {
        const Cell cell{operation, caller_for(operation, how), stage.person("customer", 'A'), Thing::missing};
        const Asked asked = how.asked ? how.asked(stage, cell) : Asked{};
        const auto send = [&](const std::string& query) {
            Asked changed = asked;
            changed.query = query;
            judge(operation, query.substr(0, 60), true, stage.send(cell, changed), {400, 422});
        };
        for (const json::View parameter : stage.contract().query_parameters(operation)) {
            const std::string name(*parameter["name"].text());
            for (const std::string& value : bad_queries(stage.contract().document(), parameter))
                send("?" + name + "=" + value);
        }
        send("?noSuchParameter=1");
    }

    void run() {
        for (const ContractOperation& operation : stage.contract().operations()) {
            const auto how = asks().find(operation.id);
            if (how == asks().end()) continue;  // the authorization walk says so
            if (stage.contract().body_schema(operation).present()) bodies(operation, how->second);
            if (!operation.path_parameters.empty()) paths(operation, how->second);
            queries(operation, how->second);
        }
    }
};

}  // namespace

TEST_CASE_ON_BOTH("no input of any operation is answered with a server error or what is not documented",
                  "[robustness]") {
    Walk walk(dialect);
    walk.run();
    std::printf("robustness: %d requests, %d of them to be refused, %zu wrong\n", walk.sent,
                walk.must_be_refused, walk.wrong.size());
    for (const std::string& wrong : walk.wrong) FAIL_CHECK(wrong);
    CHECK(walk.must_be_refused > 1'000);
    const std::string log = walk.stage.server().log();
    CHECK(log.find("DROP TABLE") == std::string::npos);
    CHECK(walk.stage.client().get("/health").status == 200);
}
