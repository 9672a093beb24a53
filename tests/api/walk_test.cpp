// Conventions that hold for every operation that declares them, walked from the served document: entity tags,
// idempotency keys, rate limits; and which operations must declare them.
#include <set>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

bool takes_header(const Contract& contract, const ContractOperation& operation, std::string_view name) {
    const json::View parameters = operation.definition["parameters"];
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const json::View parameter = resolved(contract.document(), parameters.at(i));
        if (parameter["in"].text() == "header" && parameter["name"].text() == name) return true;
    }
    return false;
}

/// Asks operations for the caller's own things, as somebody who may.
struct Asker {
    Stage stage;
    explicit Asker(db::Dialect dialect) : stage(dialect) {}

    std::vector<const ContractOperation*> with(std::string_view header) {
        std::vector<const ContractOperation*> found;
        for (const ContractOperation& operation : stage.contract().operations())
            if (takes_header(stage.contract(), operation, header)) found.push_back(&operation);
        return found;
    }
    Cell cell(const ContractOperation& operation) {
        const Ask& how = asks().at(operation.id);
        const bool sells = operation.access == "vendor" || operation.owner == "vendor";
        const Person& person = stage.person(operation.access == "admin" ? "admin"
                                            : sells                     ? "vendor"
                                                                        : "customer",
                                            'A');
        const Person caller = how.once ? stage.fresh(person) : person;
        return {operation, caller, operation.owner == "self" ? caller : stage.person("customer", 'A'),
                Thing::own};
    }
    Asked asked(const Cell& cell) {
        const Ask& how = asks().at(cell.operation.id);
        return how.asked ? how.asked(stage, cell) : Asked{};
    }
    HttpResponse send(const Cell& cell, Asked asked, const HttpClient::Headers& headers) {
        asked.headers.insert(asked.headers.end(), headers.begin(), headers.end());
        HttpResponse answer = stage.send(cell, asked);
        for (const std::string& fault : stage.contract().faults(cell.operation, answer)) FAIL_CHECK(fault);
        return answer;
    }
};

/// Operations of the method that do not take the header, but for those that are excused.
std::set<std::string> without(const Contract& contract, const std::set<std::string>& methods,
                              std::string_view header, const std::map<std::string, std::string>& excused) {
    std::set<std::string> found;
    for (const ContractOperation& operation : contract.operations())
        if (methods.contains(operation.method) && !takes_header(contract, operation, header) &&
            !excused.contains(operation.id))
            found.insert(operation.id);
    return found;
}

}  // namespace

TEST_CASE("operations that change or read one thing take entity tags, and those that create take keys",
          "[conventions]") {
    const RunningServer server;
    const Contract contract(server.gateway().get("/openapi.json").body);
    const std::map<std::string, std::string> no_tag{
        {"endSession", "a session has no version"},
        {"deleteApiKey", "a key never changes"},
    };
    CHECK(without(contract, {"PUT", "PATCH", "DELETE"}, "If-Match", no_tag) == std::set<std::string>{});

    const std::map<std::string, std::string> no_key{
        {"retryDeadLetter", "a second retry finds nothing"},
        {"discardDeadLetter", "likewise"},
        {"takePaymentWebhook", "webhook-id is the key"},
        {"logIn", "makes a token; asked again it makes another"},
        {"logOut", "ends what may have ended"},
        {"logOutEverywhere", "likewise"},
        {"forgotPassword", "mails are limited per account"},
        {"resendVerification", "likewise"},
        {"resetPassword", "its token works once"},
        {"verifyEmail", "likewise"},
        {"changePassword", "the old password works once"},
        {"setUpTwoFactor", "not in use until it is enabled"},
        {"enableTwoFactor", "a code works once"},
        {"renewRecoveryCodes", "likewise"},
        {"disableTwoFactor", "likewise"},
        {"createApiKey", "makes a secret that is shown once; asked again it makes another"},
        {"rotateWebhookSecret", "likewise"},
        {"testWebhook", "a test that waits is no second one"},
        {"redeliverWebhook", "is asked for again on purpose"},
        {"mergeCart", "takes the larger quantity: a second time changes nothing"},
        {"addProductImage", "the same picture is there once"},
        {"importProducts", "its rows say what is: a second time changes nothing"},
        {"importStock", "likewise"},
    };
    CHECK(without(contract, {"POST"}, "Idempotency-Key", no_key) == std::set<std::string>{});

    std::set<std::string> untagged;
    for (const ContractOperation& operation : contract.operations()) {
        const bool one =
            operation.method == "GET" && !operation.path_parameters.empty() && operation.path.ends_with("}");
        if (one && !takes_header(contract, operation, "If-None-Match")) untagged.insert(operation.id);
    }
    CHECK(untagged == std::set<std::string>{});
}

TEST_CASE_ON_BOTH("whatever has an entity tag is not sent again while it is unchanged", "[conventions]") {
    Asker ask(dialect);
    const auto readers = ask.with("If-None-Match");
    CHECK(readers.size() >= 6);
    for (const ContractOperation* operation : readers) {
        CAPTURE(operation->id);
        const Cell cell = ask.cell(*operation);
        const Asked asked = ask.asked(cell);
        const auto first = ask.send(cell, asked, {});
        const std::string tag(first.header("ETag"));
        REQUIRE(first.status == 200);
        REQUIRE(tag.size() > 2);
        for (const std::string& sent : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
            const auto unchanged = ask.send(cell, asked, {{"If-None-Match", sent}});
            CHECK(unchanged.status == 304);
            CHECK(unchanged.header("ETag") == tag);
        }
        CHECK(ask.send(cell, asked, {{"If-None-Match", "\"other\""}}).status == 200);
        const auto head = ask.stage.client().head(
            operation->target(asked.values) + asked.query,
            cell.caller.account.token.empty() ? HttpClient::Headers{} : cell.caller.account.headers());
        CHECK(head.status == 200);
        CHECK(head.header("ETag") == tag);
    }
}

TEST_CASE_ON_BOTH("no write goes through with the entity tag of another version", "[conventions]") {
    Asker ask(dialect);
    const auto writers = ask.with("If-Match");
    CHECK(writers.size() >= 7);
    for (const ContractOperation* operation : writers) {
        CAPTURE(operation->id);
        const Cell cell = ask.cell(*operation);
        const Asked asked = ask.asked(cell);
        for (const char* sent : {"\"other\"", "W/\"1\"", "\"a\", \"b\""}) {
            const auto stale = ask.send(cell, asked, {{"If-Match", sent}});
            CHECK(stale.status == 412);
            CHECK(problem_of(stale) == "stale");
        }
        const auto written = ask.send(cell, asked, {{"If-Match", "*"}});
        CHECK(written.status / 100 == 2);
    }
}

TEST_CASE_ON_BOTH("a request with the key of an earlier one is answered with the earlier answer",
                  "[conventions][idempotency]") {
    Asker ask(dialect);
    const auto keyed = ask.with("Idempotency-Key");
    CHECK(keyed.size() >= 8);
    for (const ContractOperation* operation : keyed) {
        CAPTURE(operation->id);
        const Cell cell = ask.cell(*operation);
        Asked asked = ask.asked(cell);
        if (asked.body.empty()) asked.body = ask.stage.contract().body_example(*operation).dump();
        if (asked.body == "null") asked.body.clear();
        const std::string key = "key of " + operation->id;
        const auto first = ask.send(cell, asked, {{"Idempotency-Key", key}});
        CHECK(first.status / 100 == 2);
        CHECK(first.header("Idempotency-Replayed").empty());
        const auto second = ask.send(cell, asked, {{"Idempotency-Key", "\"" + key + "\""}});
        CHECK(second.header("Idempotency-Replayed") == "true");
        CHECK(second.status == first.status);
        // A secret is shown once: what is kept is without it.
        if (operation->id != "createWebhook") CHECK(second.body == first.body);
        for (const char* name : {"Location", "ETag", "Content-Type"})
            CHECK(second.header(name) == first.header(name));

        asked.body += asked.body.empty() ? "{}" : " ";
        const auto other = ask.send(cell, asked, {{"Idempotency-Key", key}});
        CHECK(other.status == 422);
        CHECK(problem_of(other) == "idempotency-key-reused");
        const auto no_key = ask.send(cell, asked, {{"Idempotency-Key", "\"\""}});
        CHECK(no_key.status == 422);
        CHECK(at(no_key, "errors/0/pointer") == "header/Idempotency-Key");
    }
}

TEST_CASE("every operation answers 429 with Retry-After and the limits when there were too many requests",
          "[conventions][limits]") {
    const RunningServer server(db::Dialect::sqlite,
                               {"--limits.anonymous_burst=1", "--limits.anonymous_rate=1"});
    HttpClient client = server.gateway();  // holds every answer against the document
    std::string document;
    REQUIRE(eventually(std::chrono::seconds(30), [&] {
        const auto answer = client.get("/openapi.json");
        document = answer.body;
        return answer.status == 200;
    }));
    const Contract contract(document);
    int limited = 0;
    for (const ContractOperation& operation : contract.operations()) {
        CAPTURE(operation.id);
        const std::vector<std::string> values(operation.path_parameters.size(), no_id);
        // A token comes back each second: on a slow machine some requests pass.
        HttpResponse answer;
        for (int i = 0; i < 5 && answer.status != 429; ++i)
            answer = client.request(operation.method, operation.target(values));
        REQUIRE(answer.status == 429);
        CHECK(problem_of(answer) == "rate-limited");
        CHECK(answer.header("Retry-After") == "1");
        CHECK(answer.header("RateLimit-Policy") == R"("address";q=1;w=1)");
        CHECK(answer.header("RateLimit").starts_with(R"("address";r=0;t=)"));
        ++limited;
    }
    CHECK(limited >= 60);
}
