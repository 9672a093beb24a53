// The rules of the tree that the build cannot enforce, over every tracked source file; each rule has a sample
// that breaks it. Text is enough here: no rule needs a parser.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct File {
    std::string path;  // from the root of the tree: "src/core/db/session.cpp"
    std::string text;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

bool is_cpp(const File& f) {
    return f.path.ends_with(".cpp") || f.path.ends_with(".hpp") || f.path.ends_with(".ipp");
}
bool below(const File& f, std::string_view folder) { return f.path.starts_with(folder); }

/// Lines outside comments that hold `word`.
std::vector<std::string> uses(const File& f, const std::string& word) {
    std::vector<std::string> found;
    for (const auto& line : lines_of(f.text)) {
        const auto at = line.find(word);
        if (at != std::string::npos && line.find("//") >= at) found.push_back(line);
    }
    return found;
}

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

using Check = std::function<std::vector<std::string>(const File&)>;

struct Rule {
    std::string name;
    Check broken;  // what is wrong with a file, empty where nothing is
    File sample;   // breaks the rule
};

std::vector<std::string> higher_core(const File& f, const Graph& graph) {
    if (!below(f, "src/core/")) return {};
    const auto library = f.path.substr(9, f.path.find('/', 9) - 9);
    const auto allowed = graph.find(library);
    std::vector<std::string> wrong;
    for (const auto& line : lines_of(f.text)) {
        if (!line.starts_with("#include <")) continue;
        const auto other = line.substr(10, line.find('/') - 10);
        if (graph.contains(other) && (allowed == graph.end() || !allowed->second.contains(other)))
            wrong.push_back(line);
    }
    return wrong;
}

Check only_in(const std::string& word, std::vector<std::string> folders) {
    return [=](const File& f) {
        for (const auto& folder : folders)
            if (below(f, folder)) return std::vector<std::string>();
        return below(f, "src/") && is_cpp(f) ? uses(f, word) : std::vector<std::string>();
    };
}

std::vector<std::string> over_long(const File& f) {
    if (!is_cpp(f)) return {};
    const auto lines = lines_of(f.text);
    std::vector<std::string> wrong;
    if (lines.size() > 400) wrong.push_back(std::to_string(lines.size()) + " lines");
    return wrong;
}

std::vector<std::string> integer_columns(const File& f) {
    std::vector<std::string> wrong;
    if (!f.path.ends_with(".sql")) return wrong;
    for (const auto& line : lines_of(f.text)) {
        const auto code = line.substr(0, line.find("--"));
        const bool integer =
            code.find("INTEGER") != std::string::npos || code.find(" INT ") != std::string::npos;
        if (integer && code.find("INTEGER PRIMARY KEY") == std::string::npos) wrong.push_back(line);
    }
    return wrong;
}

std::vector<Rule> rules() {
    auto slashes = [](const File& f) {
        std::vector<std::string> wrong;
        for (const auto& line : lines_of(f.text))
            if (line.starts_with("#include \"") && line.find('/') < line.rfind('"')) wrong.push_back(line);
        return wrong;
    };
    auto head = [](const File& f) {
        const bool said = !is_cpp(f) || f.text.starts_with("//");
        return said ? std::vector<std::string>() : std::vector<std::string>{"no head comment"};
    };
    auto no_sql = [](const File& f) {
        const bool may = f.path.ends_with("store.cpp") || f.path.ends_with("simulated_gateway.cpp");
        std::vector<std::string> wrong;
        if (!below(f, "src/modules/") || !is_cpp(f) || may) return wrong;
        for (const char* word : {"\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "})
            for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
        return wrong;
    };
    auto graph = core_graph();
    return {
        {"a quoted include names a file of the own folder",
         slashes,
         {"src/a.cpp", "#include \"../b/c.hpp\"\n"}},
        {"core includes lower core only",
         [graph](const File& f) { return higher_core(f, graph); },
         {"src/core/base/x.cpp", "#include <db/database.hpp>\n"}},
        {"SOCI stays in core/db",
         only_in("soci::", {"src/core/db/"}),
         {"src/modules/order/store.cpp", "soci::session s;\n"}},
        {"Beast stays in core/http",
         only_in("beast", {"src/core/http/", "src/core/runtime/beast_impl.cpp"}),
         {"src/core/app/x.cpp", "namespace http = boost::beast::http;\n"}},
        {"std::regex never sees input",
         only_in("std::regex", {}),
         {"src/core/base/x.cpp", "std::regex r(pattern);\n"}},
        {"RapidJSON is included in one place",
         only_in("#include <rapidjson/", {"src/core/base/rapidjson.hpp"}),
         {"src/core/app/x.cpp", "#include <rapidjson/document.h>\n"}},
        {"work is started by Runtime::spawn alone",
         only_in("asio::detached", {"src/core/runtime/", "src/core/http/"}),
         {"src/modules/order/x.cpp", "co_spawn(context, f, boost::asio::detached);\n"}},
        {"SQL stands in stores",
         no_sql,
         {"src/modules/order/service.cpp", "tx->exec(\"DELETE FROM orders\");\n"}},
        {"integer columns are BIGINT",
         integer_columns,
         {"migrations/x/0001.sql", "  quantity INTEGER NOT NULL,\n"}},
        {"every file opens with what it is", head, {"src/core/base/x.cpp", "#include <string>\n"}},
        {"no file is over 400 lines",
         over_long,
         {"src/core/base/x.cpp", std::string("// x\n") + std::string(400, '\n')}},
    };
}

std::vector<File> tree() {
    std::vector<File> files;
    const fs::path root = CLOUDRETAIL_SOURCE_DIR;
    for (const char* folder : {"src", "tests", "bench", "migrations"})
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path());
            std::stringstream text;
            text << in.rdbuf();
            files.push_back({fs::relative(entry.path(), root).string(), text.str()});
        }
    return files;
}

TEST_CASE("the tree keeps its rules") {
    const auto files = tree();
    REQUIRE(files.size() > 200);
    for (const auto& rule : rules())
        for (const auto& file : files)
            for (const auto& wrong : rule.broken(file)) {
                INFO(rule.name << ": " << file.path << ": " << wrong);
                CHECK(false);
            }
}

TEST_CASE("every rule of the tree is broken by its sample") {
    REQUIRE(core_graph().size() > 10);
    for (const auto& rule : rules()) {
        INFO(rule.name);
        CHECK_FALSE(rule.broken(rule.sample).empty());
    }
}

}  // namespace
