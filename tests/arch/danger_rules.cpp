// What has done harm, here or elsewhere, and must not come back: traps of the libraries and of the language.
// A tag in a name is that of tests/arch/pitfalls_test.cpp.
#include <array>

#include "tree.hpp"

namespace cloudretail::test {

namespace {

Faults any_of(const File& f, std::initializer_list<const char*> words) {
    Faults wrong;
    if (!below(f, "src/") || !is_cpp(f)) return wrong;
    for (const char* word : words)
        for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
    return wrong;
}

/// Functions that keep their answer in a place all threads share, or change what all threads read.
Faults thread_unsafe(const File& f) {
    return any_of(f, {"localtime(", "gmtime(", "asctime(", "strtok(", " rand(", "srand(", "setenv(",
                      "putenv(", "getpwnam(", "getgrnam(", "gethostbyname(", "mblen(", "tmpnam("});
}

/// A capture of a coroutine lambda dies with the lambda object, not with the coroutine.
Faults capturing_coroutine(const File& f) {
    Faults wrong;
    if (!below(f, "src/") || !is_cpp(f)) return wrong;
    for (const auto& line : lines_of(f.text)) {
        const auto arrow = line.find("-> Task<"), awaitable = line.find("-> boost::asio::awaitable<");
        const auto at = std::min(arrow, awaitable);
        if (at == std::string::npos) continue;
        const auto open = line.rfind('[', at);
        if (open != std::string::npos && line.substr(open, 2) != "[]") wrong.push_back(line);
    }
    return wrong;
}

Faults integer_columns(const File& f) {
    Faults wrong;
    if (!f.path.ends_with(".sql")) return wrong;
    for (const auto& line : lines_of(f.text)) {
        const auto code = line.substr(0, line.find("--"));
        const bool integer = code.find("INTEGER") != std::string::npos ||
                             code.find(" INT ") != std::string::npos ||
                             code.find("SMALLINT") != std::string::npos;
        if (integer && code.find("INTEGER PRIMARY KEY") == std::string::npos) wrong.push_back(line);
    }
    return wrong;
}

/// SQLite takes "x" for a text where no column has that name; PostgreSQL says so itself.
Faults double_quoted_literals(const File& f) {
    Faults wrong;
    if (below(f, "migrations/") && !f.path.ends_with(".postgresql.sql"))
        for (const auto& line : lines_of(f.text))
            if (line.substr(0, line.find("--")).find('"') != std::string::npos) wrong.push_back(line);
    if (f.path.ends_with("store.cpp"))
        for (const char* word : {"= \\\"", "(\\\"", ", \\\"", "<> \\\"", "!= \\\""})
            for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
    return wrong;
}

/// Money in binary floating point is not the money that was sent.
Faults floating_money(const File& f) {
    Faults wrong;
    if (f.path.ends_with(".sql"))
        for (const auto& line : lines_of(f.text))
            for (const char* type : {" REAL", " NUMERIC", " DECIMAL", " FLOAT", " DOUBLE"})
                if (line.substr(0, line.find("--")).find(type) != std::string::npos) wrong.push_back(line);
    if (below(f, "src/modules/") && is_cpp(f))
        for (const char* word : {"double ", "float ", "stod("})
            for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
    return wrong;
}

/// Both kinds of a migration are there, or one file for both.
Faults lonely_migration(const File& f) {
    if (!below(f, "migrations/")) return {};
    const std::array<std::string, 2> ends{".sqlite.sql", ".postgresql.sql"};
    for (std::size_t i = 0; i < 2; ++i) {
        if (!f.path.ends_with(ends[i])) continue;
        const std::string other = f.path.substr(0, f.path.size() - ends[i].size()) + ends[1 - i];
        for (const File& one : tree())
            if (one.path == other) return {};
        return {other + " is not there"};
    }
    return {};
}

Faults gcc_is_let_in(const File& f) {
    if (f.path != "CMakeLists.txt") return {};
    const bool guarded = f.text.find("NOT CMAKE_CXX_COMPILER_ID STREQUAL \"Clang\"") != std::string::npos &&
                         f.text.find("FATAL_ERROR") != std::string::npos;
    return guarded ? Faults() : Faults{"configures with any compiler"};
}

Faults sleeping_test(const File& f) {
    const bool may = below(f, "tests/support/") || below(f, "tests/crash/") || below(f, "tests/arch/");
    if (!below(f, "tests/") || !is_cpp(f) || may) return {};
    Faults wrong;
    for (const char* word : {"sleep_for(", "sleep_until(", "usleep(", "nanosleep("})
        for (auto& line : uses(f, word)) wrong.push_back(std::move(line));
    return wrong;
}

}  // namespace

std::vector<Rule> danger_rules() {
    return {
        {"g++ 12 is refused: it destroys temporaries of a co_await twice [pitfall-compiler]",
         gcc_is_let_in,
         {"CMakeLists.txt", "project(CloudRetail)\n"}},
        {"std::regex never sees input [pitfall-std-regex]",
         only_in("std::regex", {}),
         {"src/core/base/x.cpp", "std::regex r(pattern);\n"}},
        {"numbers are never read by RapidJSON's full precision [pitfall-json-full-precision]",
         only_in("kParseFullPrecisionFlag", {}),
         {"src/core/base/x.cpp", "reader.Parse<kParseFullPrecisionFlag>(stream, handler);\n"}},
        {"transactions begin as writers: soci::transaction does not [pitfall-soci-transaction]",
         only_in("soci::transaction", {}),
         {"src/core/db/x.cpp", "soci::transaction tx(session);\n"}},
        {"sessions are ours, not of a pool that hands out dead and open ones [pitfall-soci-pool]",
         only_in("connection_pool", {}),
         {"src/core/db/x.cpp", "soci::connection_pool pool(8);\n"}},
        {"SQLite does not map its file [pitfall-sqlite-mmap]",
         only_in("mmap_size", {}),
         {"src/core/db/x.cpp", "sql << \"PRAGMA mmap_size=268435456\";\n"}},
        {"work is started by Runtime::spawn alone [pitfall-detached]",
         only_in("asio::detached", {"src/core/runtime/", "src/core/http/"}),
         {"src/modules/order/x.cpp", "co_spawn(context, f, boost::asio::detached);\n"}},
        {"what runs on several threads is not joined or cancelled by Asio's operators "
         "[pitfall-asio-operators]",
         [](const File& f) {
             return any_of(f, {"awaitable_operators", "parallel_group", "bind_cancellation_slot",
                               "cancellation_signal", "experimental/"});
         },
         {"src/core/http/x.cpp",
          "co_await (read() || timer.async_wait(use_awaitable));\n"
          "using namespace boost::asio::experimental::awaitable_operators;\n"}},
        {"coroutine lambdas capture nothing",
         capturing_coroutine,
         {"src/core/app/x.cpp", "runtime.spawn([this, id]() -> Task<void> { co_return; });\n"}},
        {"what all threads share is not called",
         thread_unsafe,
         {"src/core/base/x.cpp", "std::tm* t = std::gmtime(&seconds);\n"}},
        {"integer columns are BIGINT [pitfall-soci-32-bit]",
         integer_columns,
         {"migrations/x/0001.sql", "  quantity INTEGER NOT NULL,\n"}},
        {"SQL has no text in double quotes",
         double_quoted_literals,
         {"migrations/x/0001.sql", "UPDATE orders SET status = \"failed\";\n"}},
        {"money is never a binary float",
         floating_money,
         {"src/modules/order/rules.cpp", "double total = 0;\n"}},
        {"a migration is there for both kinds of database",
         lonely_migration,
         {"migrations/x/0001_init.sqlite.sql", "SELECT 1;\n"}},
        {"tests do not sleep",
         sleeping_test,
         {"tests/order/x_test.cpp", "std::this_thread::sleep_for(1s);\n"}},
    };
}

}  // namespace cloudretail::test
