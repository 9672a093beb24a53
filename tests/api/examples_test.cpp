// Every example of the served document is executed: each body with the ids and secrets that it needs filled
// in, on a store with things to work on, must be answered with a success that the document promises; examples
// of answers, parameters and schemas must satisfy their own schema.
#include <cstdio>
#include <support/webhook_signer.hpp>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// Ids of an example name nothing, and its codes are nobody's: those that the ask made take their place.
bool is_filled(std::string_view name, json::View value) {
    if (name == "token" || name == "code") return true;
    const auto text = value.text();
    return text && Uuid::parse(*text).has_value();
}

std::string filled(json::View example, json::View asked, std::string_view name = {}) {
    json::Writer w;
    if (example.is_array()) {
        w.begin_array();
        for (std::size_t i = 0; i < example.size(); ++i)
            w.raw(filled(example.at(i), asked.is_array() && i < asked.size() ? asked.at(i) : json::View()));
        return w.end_array().take();
    }
    if (example.is_object()) {
        w.begin_object();
        example.each_member([&](std::string_view member, json::View value) {
            w.key(member).raw(filled(value, asked[member], member));
        });
        return w.end_object().take();
    }
    return asked.present() && is_filled(name, example) ? asked.dump() : example.dump();
}

/// Pieces of it can come back.
Asked shipped_order(Stage& stage) {
    const std::string id = stage.confirmed_order('A');
    const HttpClient::Headers vendor = stage.person("vendor", 'A').account.headers();
    const auto shipped =
        stage.client().patch("/api/orders/" + id + "/status", R"({"status":"shipped"})", vendor);
    return {.values = {id},
            .body = R"({"items":[{"productId":")" + at(shipped, "items/0/productId") + "\"}]}"};
}

/// The example is what is signed.
Asked signed_webhook(const std::string& body) {
    const auto event = sign_webhook(provider_key, "evt_example", system_clock().now().ms / 1'000, body);
    return {.values = {"simulated"},
            .body = event.body,
            .headers = {{"webhook-id", event.id},
                        {"webhook-timestamp", event.timestamp},
                        {"webhook-signature", event.signature}}};
}

struct Examples {
    Stage stage;
    int executed = 0, bodies = 0, checked = 0;
    std::vector<std::string> wrong{};

    explicit Examples(db::Dialect dialect) : stage(dialect) {}

    Person caller_for(const ContractOperation& operation, const Ask& how) {
        const bool sells = operation.access == "vendor" || operation.owner == "vendor";
        const char* role = operation.access == "admin" ? "admin" : sells ? "vendor" : "customer";
        const Person& person = stage.person(operation.access == "anyone" ? "anonymous" : role, 'A');
        return how.once ? stage.fresh(person) : person;
    }

    void execute(const ContractOperation& operation, const Ask& how, const ContractExample* example) {
        const Person caller = caller_for(operation, how);
        const Person& owner = operation.owner == "self" ? caller : stage.person("customer", 'A');
        const Cell cell{operation, caller, owner, Thing::own};
        Asked asked = how.asked ? how.asked(stage, cell) : Asked{};
        if (operation.id == "refundOrder") asked = shipped_order(stage);
        if (example && operation.id == "takePaymentWebhook") {
            asked = signed_webhook(example->value.dump());
        } else if (example && example->type == "application/json") {
            const auto made = json::Document::parse(asked.body.empty() ? "{}" : asked.body).value();
            asked.body = filled(example->value, made.root());
        } else if (example) {
            // A text, or a line of a file of JSON lines.
            asked.body = example->value.is_string() ? std::string(*example->value.text())
                                                    : example->value.dump() + "\n";
            asked.headers.emplace_back("Content-Type", example->type);
        }
        judge(operation, example ? example->name : "no body", stage.send(cell, asked));
    }

    void judge(const ContractOperation& operation, const std::string& what, const HttpResponse& answer) {
        ++executed;
        std::string fault;
        if (answer.status < 200 || answer.status >= 300) fault = " is no success";
        for (const std::string& other : stage.contract().faults(operation, answer)) fault += "; " + other;
        if (!fault.empty())
            wrong.push_back(operation.id + ", " + what + ": " + std::to_string(answer.status) + fault + ": " +
                            answer.body.substr(0, 300));
    }

    void satisfies(json::View schema, json::View example, const std::string& where) {
        ++checked;
        for (const std::string& fault : schema_faults(stage.contract().document(), schema, example))
            wrong.push_back(where + ": the example breaks its schema: " + fault);
    }

    /// Everything below `place` that has an example (or a default) and a schema.
    void check(json::View place, const std::string& where) {
        if (place["$ref"].present()) return;
        const json::View schema = place["schema"];
        if (schema.present() && place["example"].present() && !where.ends_with("text/csv"))
            satisfies(schema, place["example"], where);
        if (place["type"].text() && place["example"].present()) satisfies(place, place["example"], where);
        if (place["type"].text() && place["default"].present()) satisfies(place, place["default"], where);
        place.each_member([&](std::string_view name, json::View below) {
            if (name != "example" && name != "default" && name != "enum")
                check(below, where + "/" + std::string(name));
        });
        for (std::size_t i = 0; place.is_array() && i < place.size(); ++i)
            check(place.at(i), where + "/" + std::to_string(i));
    }

    void run() {
        for (const ContractOperation& operation : stage.contract().operations()) {
            const auto how = asks().find(operation.id);
            if (how == asks().end()) continue;  // the authorization walk says so
            const auto examples = stage.contract().body_examples(operation);
            bodies += static_cast<int>(examples.size());
            for (const ContractExample& example : examples) execute(operation, how->second, &example);
            if (examples.empty()) execute(operation, how->second, nullptr);
        }
        check(stage.contract().document(), "");
    }
};

}  // namespace

TEST_CASE_ON_BOTH("every example of the document is executed and answered as the document says",
                  "[openapi][examples]") {
    Examples examples(dialect);
    examples.run();
    const auto operations = examples.stage.contract().operations().size();
    std::printf(
        "examples: %zu operations, %d requests, %d of them with an example's body, %d examples and "
        "defaults held against their schema, %zu wrong\n",
        operations, examples.executed, examples.bodies, examples.checked, examples.wrong.size());
    for (const std::string& wrong : examples.wrong) FAIL_CHECK(wrong);
    CHECK(examples.executed >= static_cast<int>(operations));
    CHECK(examples.bodies >= 24);
}
