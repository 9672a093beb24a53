// Everybody asks every operation of the served document for their own things, for somebody else's and for
// what is not there; what they must be answered is computed from the document's own x-access, x-owner,
// x-foreign and x-viewer. An operation that nobody taught the walk to ask fails by its name.
#include <cstdio>

#include "stage.hpp"

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

const char* to_text(Thing thing) {
    switch (thing) {
        case Thing::own:
            return "own";
        case Thing::foreign:
            return "foreign";
        case Thing::missing:
            return "missing";
    }
    return "";
}

/// 0: it succeeds.
int expected_status(const Cell& cell) {
    const ContractOperation& operation = cell.operation;
    const std::string& role = cell.caller.role;
    if (operation.access != "anyone" && role == "anonymous") return 401;
    if (operation.access == "vendor" && role == "customer") return 403;
    if (operation.access == "admin" && role != "admin") return 403;
    if (cell.thing == Thing::missing) return 404;
    if (operation.owner.empty() || operation.owner == "none") return 0;
    if (operation.owner == "self")
        return cell.caller.account.id == cell.owner.account.id ? 0 : operation.foreign;
    if (role == "admin") return 0;
    const bool same_world = cell.caller.world == cell.owner.world;
    if (same_world && operation.owner == "parties" && role != "anonymous") return 0;
    if (same_world && operation.owner == role) return 0;
    return same_world && operation.viewer == role ? 403 : operation.foreign;
}

/// Whose thing the caller asks for. Who has none of their own asks for those of world A as own, B as foreign.
Person owner_for(Stage& stage, const Person& caller, const ContractOperation& operation, Thing thing) {
    const bool has_world = caller.role == "customer" || caller.role == "vendor";
    const char own = caller.world, other = own == 'A' ? 'B' : 'A';
    if (thing != Thing::foreign)
        return has_world || operation.owner == "self" ? caller : stage.person("customer", 'A');
    return stage.person(has_world ? caller.role : "customer",
                        has_world || operation.owner != "self" ? other : own);
}

/// What tells two problems apart, for who may not tell a foreign thing from a missing one.
std::string essence(const HttpResponse& answer) {
    return std::to_string(answer.status) + at(answer, "type") + at(answer, "title") + at(answer, "detail");
}

struct Walk {
    Stage stage;
    int operations = 0, cells = 0;
    std::vector<std::string> wrong{};

    explicit Walk(db::Dialect dialect) : stage(dialect) {}

    HttpResponse ask(const Ask& how, Cell cell) {
        ++cells;
        const Asked asked = how.asked ? how.asked(stage, cell) : Asked{};
        HttpResponse answer = stage.send(cell, asked);
        const int expected = expected_status(cell);
        const bool right =
            expected == 0 ? answer.status >= 200 && answer.status < 300 : answer.status == expected;
        const std::string name = cell.operation.id + " by " + cell.caller.name + ", " + to_text(cell.thing);
        if (!right)
            wrong.push_back(name + ": " + std::to_string(answer.status) + " instead of " +
                            (expected == 0 ? "success" : std::to_string(expected)) + ": " +
                            answer.body.substr(0, 300));
        for (const std::string& fault : stage.contract().faults(cell.operation, answer))
            wrong.push_back(name + ": " + std::to_string(answer.status) + ": " + fault);
        return answer;
    }

    void everybody(const ContractOperation& operation, const Ask& how) {
        const bool has_thing = !operation.owner.empty();
        for (const Person& person : stage.people()) {
            const Person caller = how.once && person.role != "anonymous" ? stage.fresh(person) : person;
            std::map<Thing, HttpResponse> answers;
            for (const Thing thing : {Thing::own, Thing::foreign, Thing::missing}) {
                if (!has_thing && thing != Thing::own) continue;
                answers[thing] =
                    ask(how, {operation, caller, owner_for(stage, caller, operation, thing), thing});
            }
            if (operation.foreign == 404 && answers[Thing::foreign].status == 404 &&
                essence(answers[Thing::foreign]) != essence(answers[Thing::missing]))
                wrong.push_back(operation.id + " tells " + person.name +
                                " a foreign thing from a missing one");
        }
    }

    void run() {
        for (const ContractOperation& operation : stage.contract().operations()) {
            const auto how = asks().find(operation.id);
            if (how == asks().end()) {
                wrong.push_back(operation.id + ": tests/api/stage_asks.cpp does not know how to ask it");
                continue;
            }
            ++operations;
            everybody(operation, how->second);
        }
    }
};

/// The roles that have a program of their own: an API key for each scope, and one with all.
constexpr const char* programs[] = {"customer", "vendor", "admin"};

bool admits(const std::string& access, const std::string& role) {
    return access == "anyone" || access == "signed_in" || role == "admin" ||
           (access == "vendor" && role == "vendor");
}

/// Every operation asked with API keys.
struct KeyWalk : Walk {
    using Walk::Walk;

    std::vector<std::string> scopes() {
        std::vector<std::string> names;
        stage.contract().document()["components"]["securitySchemes"]["apiKey"]["x-scopes"].each_member(
            [&](std::string_view name, json::View) { names.emplace_back(name); });
        return names;
    }
    /// Those of which an operation is open to the role, and the others.
    std::pair<std::vector<std::string>, std::vector<std::string>> scopes_of(const std::string& role) {
        std::pair<std::vector<std::string>, std::vector<std::string>> found;
        for (const std::string& scope : scopes()) {
            bool open = false;
            for (const ContractOperation& operation : stage.contract().operations())
                open |= operation.scope == scope && admits(operation.access, role);
            (open ? found.first : found.second).push_back(scope);
        }
        return found;
    }
    /// No handler is asked, whatever the thing.
    void refused(const ContractOperation& operation, const Person& program) {
        ++cells;
        const Cell cell{operation, program, program, Thing::missing};
        const Asked asked{.values = std::vector<std::string>(operation.path_parameters.size(), no_id)};
        const HttpResponse answer = stage.send(cell, asked);
        const std::string challenge = "Bearer error=\"insufficient_scope\"" +
                                      (operation.scope.empty() ? "" : ", scope=\"" + operation.scope + "\"");
        if (answer.status != 403 || problem_of(answer) != "insufficient-scope" ||
            answer.header("WWW-Authenticate") != challenge)
            wrong.push_back(operation.id + " by " + program.name + ": " + std::to_string(answer.status) +
                            " instead of insufficient-scope: " + answer.body.substr(0, 300));
        for (const std::string& fault : stage.contract().faults(operation, answer))
            wrong.push_back(operation.id + " by " + program.name + ": " + fault);
    }
    void ask_all(const Person& program, const std::vector<std::string>& granted,
                 const std::vector<Thing>& things) {
        for (const ContractOperation& operation : stage.contract().operations()) {
            const bool has = std::find(granted.begin(), granted.end(), operation.scope) != granted.end();
            if (!has && operation.scope != "any") {
                refused(operation, program);
                continue;
            }
            const Ask& how = asks().at(operation.id);
            for (const Thing thing : things) {
                if (operation.owner.empty() && thing != Thing::own) continue;
                ask(how, {operation, program, owner_for(stage, program, operation, thing), thing});
            }
        }
    }
};

/// What nobody of the other world may find in an answer that is not public.
std::vector<std::string> secrets_of(Stage& stage, char world) {
    const std::string order = stage.confirmed_order(world);
    const auto seen =
        stage.client().get("/api/orders/" + order, stage.person("customer", world).account.headers());
    return {order,
            at(seen, "payment/id"),
            at(seen, "items/0/productId"),
            stage.person("customer", world).account.id,
            stage.person("customer", world).account.email,
            stage.person("vendor", world).account.email};
}

}  // namespace

TEST_CASE_ON_BOTH("what is listed for one person has nothing of another's", "[authorization]") {
    Stage stage(dialect);
    const std::map<char, std::vector<std::string>> secrets{{'A', secrets_of(stage, 'A')},
                                                           {'B', secrets_of(stage, 'B')}};
    int asked = 0, shown = 0;
    for (const ContractOperation& operation : stage.contract().operations()) {
        const auto how = asks().find(operation.id);
        const bool lists = !operation.changes() && operation.path_parameters.empty();
        const bool open = operation.access == "anyone" || operation.access == "admin";
        if (!lists || open || how == asks().end()) continue;
        for (const Person& caller : stage.people()) {
            if (caller.role != "customer" && caller.role != "vendor") continue;
            const char other = caller.world == 'A' ? 'B' : 'A';
            // A query that names a thing names one of the other world.
            const Cell cell{operation, caller, stage.person(caller.role, other), Thing::foreign};
            const std::string body =
                stage.send(cell, how->second.asked ? how->second.asked(stage, cell) : Asked{}).body;
            ++asked;
            for (const std::string& own : secrets.at(caller.world))
                shown += body.find(own) != std::string::npos;
            for (const std::string& secret : secrets.at(other)) {
                INFO(operation.id + " by " + caller.name + ": " + body);
                CHECK(body.find(secret) == std::string::npos);
            }
        }
    }
    CHECK(asked >= 16);
    CHECK(shown > 4);  // the lists are not simply empty
}

TEST_CASE_ON_BOTH("every operation answers everybody as the document says", "[authorization]") {
    Walk walk(dialect);
    walk.run();
    std::printf("authorization: %d operations, %d cells, %zu wrong\n", walk.operations, walk.cells,
                walk.wrong.size());
    for (const std::string& wrong : walk.wrong) FAIL_CHECK(wrong);
    CHECK(walk.operations >= 24);
}

TEST_CASE_ON_BOTH("an API key may do what its scope says and nothing else", "[authorization]") {
    KeyWalk walk(dialect);
    std::size_t keys = 0;
    for (const char* role : programs) {
        const Person& person = walk.stage.person(role, 'A');
        const auto [open, beyond] = walk.scopes_of(role);
        for (const std::string& scope : open) {
            walk.ask_all(walk.stage.by_key(person, {scope}), {scope}, {Thing::own});
            ++keys;
        }
        for (const std::string& scope : beyond) {
            const auto answer = walk.stage.client().post(
                "/api/api-keys", R"({"name":"x","scopes":[")" + scope + "\"]}", person.account.headers());
            CAPTURE(scope, role);
            CHECK(answer.status == 422);
        }
    }
    std::printf("API keys: %zu scopes, %zu keys of one scope, %d cells, %zu wrong\n", walk.scopes().size(),
                keys, walk.cells, walk.wrong.size());
    for (const std::string& wrong : walk.wrong) FAIL_CHECK(wrong);
    CHECK(walk.scopes().size() >= 14);
    CHECK(walk.cells > 1'000);
}

TEST_CASE_ON_BOTH("an API key with every scope is answered as its account is, where keys are taken",
                  "[authorization]") {
    KeyWalk walk(dialect);
    for (const char* role : programs) {
        const auto all = walk.scopes_of(role).first;
        walk.ask_all(walk.stage.by_key(walk.stage.person(role, 'A'), all), all,
                     {Thing::own, Thing::foreign, Thing::missing});
    }
    std::printf("API keys of all scopes: %d cells, %zu wrong\n", walk.cells, walk.wrong.size());
    for (const std::string& wrong : walk.wrong) FAIL_CHECK(wrong);
    CHECK(walk.cells > 200);
}

TEST_CASE("the walk knows no operation that is not in the document", "[authorization]") {
    const RunningServer server;
    const Contract contract(server.gateway().get("/openapi.json").body);
    for (const auto& [id, how] : asks()) {
        CAPTURE(id);
        CHECK(contract.find(id) != nullptr);
    }
}
