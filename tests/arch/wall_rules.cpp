// Who may include and name what, as far as the build does not enforce it by itself.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tree.hpp"

namespace cloudretail::test {

namespace {

/// The libraries that a core library may include, itself among them: `<build>/core-graph.txt`, "events USES
/// base log".
using Graph = std::map<std::string, std::set<std::string>>;

Graph core_graph() {
    std::ifstream file(std::string(CLOUDRETAIL_BUILD_DIR) + "/core-graph.txt");
    Graph graph;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string library, word;
        words >> library;
        graph[library].insert(library);
        while (words >> word)
            if (word != "USES") graph[library].insert(word);
    }
    return graph;
}

/// "db" of `#include <db/session.hpp>`; empty for other lines.
std::string included_folder(const std::string& line) {
    if (!line.starts_with("#include <") || line.find('/') == std::string::npos) return {};
    return line.substr(10, line.find('/') - 10);
}

Faults higher_core(const File& f, const Graph& graph) {
    if (!below(f, "src/core/")) return {};
    const auto library = f.path.substr(9, f.path.find('/', 9) - 9);
    const auto allowed = graph.find(library);
    Faults wrong;
    for (const auto& line : lines_of(f.text)) {
        const auto other = included_folder(line);
        if (graph.contains(other) && (allowed == graph.end() || !allowed->second.contains(other)))
            wrong.push_back(line);
    }
    return wrong;
}

Faults slashes(const File& f) {
    Faults wrong;
    for (const auto& line : lines_of(f.text))
        if (line.starts_with("#include \"") && line.find('/') < line.rfind('"')) wrong.push_back(line);
    return wrong;
}

/// A module's public header sees the standard library, core/base and its own kind.
Faults public_header(const File& f) {
    Faults wrong;
    const auto include = f.path.find("/include/");
    if (!below(f, "src/modules/") || include == std::string::npos) return wrong;
    const auto own = f.path.substr(include + 9, f.path.find('/', include + 9) - include - 9);
    for (const auto& line : lines_of(f.text)) {
        const auto other = included_folder(line);
        if (line.starts_with("#include <boost/") || (!other.empty() && other != "base" && other != own))
            wrong.push_back(line);
    }
    return wrong;
}

/// No module is named in core: the whole knows all modules, core knows none.
Faults core_names_a_module(const File& f) {
    Faults wrong;
    if (!below(f, "src/core/") || !is_cpp(f)) return wrong;
    for (const auto& line : lines_of(f.text)) {
        const auto other = included_folder(line);
        for (const char* module : {"user", "product", "order", "inventory", "payment", "webhook"})
            if (other == module) wrong.push_back(line);
    }
    return wrong;
}

Faults sql_outside_stores(const File& f) {
    const bool may = f.path.ends_with("store.cpp") || f.path.ends_with("simulated_gateway.cpp");
    Faults wrong;
    if (!below(f, "src/modules/") || !is_cpp(f) || may) return wrong;
    for (const char* word : {"\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "})
        for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
    return wrong;
}

/// Rules are pure: no database, no network, no coroutine, no clock.
Faults impure_rules(const File& f) {
    Faults wrong;
    if (!below(f, "src/modules/") || (!f.path.ends_with("/rules.cpp") && !f.path.ends_with("/rules.hpp")))
        return wrong;
    for (const char* word : {"#include <db/", "#include <http/", "#include <boost/asio", "co_await", "now()"})
        for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
    return wrong;
}

}  // namespace

std::vector<Rule> wall_rules() {
    auto graph = core_graph();
    return {
        {"a quoted include names a file of the own folder",
         slashes,
         {"src/a.cpp", "#include \"../b/c.hpp\"\n"}},
        {"core includes lower core only",
         [graph](const File& f) { return higher_core(f, graph); },
         {"src/core/base/x.cpp", "#include <db/database.hpp>\n"}},
        {"core knows no module", core_names_a_module, {"src/core/app/x.cpp", "#include <order/api.hpp>\n"}},
        {"a public header sees the standard library and core/base",
         public_header,
         {"src/modules/order/include/order/api.hpp", "#include <db/database.hpp>\n"}},
        {"SOCI stays in core/db, so that a session is one thread's [pitfall-soci-threads]",
         only_in("soci::", {"src/core/db/"}),
         {"src/modules/order/store.cpp", "soci::session s;\n"}},
        {"Beast stays in core/http",
         only_in("beast", {"src/core/http/", "src/core/runtime/beast_impl.cpp"}),
         {"src/core/app/x.cpp", "namespace http = boost::beast::http;\n"}},
        {"RapidJSON is included in one place",
         only_in("#include <rapidjson/", {"src/core/base/rapidjson.hpp"}),
         {"src/core/app/x.cpp", "#include <rapidjson/document.h>\n"}},
        {"cpp-jwt decodes behind our own check of the MAC alone [pitfall-jwt-library]",
         only_in("jwt::", {"src/core/security/jwt.cpp"}),
         {"src/modules/user/tokens.cpp", "auto token = jwt::decode(text, algorithms({\"HS256\"}));\n"}},
        {"SQL stands in stores",
         sql_outside_stores,
         {"src/modules/order/service.cpp", "tx->exec(\"DELETE FROM orders\");\n"}},
        {"rules are pure", impure_rules, {"src/modules/order/rules.cpp", "#include <db/database.hpp>\n"}},
    };
}

}  // namespace cloudretail::test
