// Lengths, comments and names.
#include <algorithm>

#include "tree.hpp"

namespace cloudretail::test {

namespace {

std::size_t code_points(const std::string& line) {
    return static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Faults long_file(const File& f) {
    if (!is_cpp(f)) return {};
    const auto lines = lines_of(f.text).size();
    return lines > 400 ? Faults{std::to_string(lines) + " lines"} : Faults();
}

/// Text that a test sends or expects may be as long as it is.
Faults long_line(const File& f) {
    Faults wrong;
    if (!is_cpp(f)) return wrong;
    for (const auto& line : lines_of(f.text)) {
        const bool text = (below(f, "tests/") || below(f, "bench/")) && line.find('"') != std::string::npos;
        if (code_points(line) > 110 && !text) wrong.push_back(line);
    }
    return wrong;
}

/// A block that opens with a parameter list ends at the next "}" that stands no deeper.
Faults long_function(const File& f) {
    Faults wrong;
    if (!is_cpp(f) || below(f, "bench/")) return wrong;
    const auto lines = lines_of(f.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto depth = lines[i].find_first_not_of(' ');
        if (depth == std::string::npos || !lines[i].ends_with("{")) continue;
        if (lines[i].find('(') == std::string::npos || lines[i].find("//") != std::string::npos) continue;
        std::size_t last = i + 1;
        for (; last < lines.size(); ++last) {
            const auto at = lines[last].find_first_not_of(' ');
            if (at != std::string::npos && at <= depth && lines[last][at] == '}') break;
        }
        const auto size = last - i + 1;
        if (size > 70) wrong.push_back(std::to_string(size) + " lines: " + lines[i]);
    }
    return wrong;
}

Faults no_head(const File& f) {
    const bool said = !is_cpp(f) || f.text.starts_with("//");
    return said ? Faults() : Faults{"no head comment"};
}

Faults no_guard(const File& f) {
    const bool guarded = !f.path.ends_with(".hpp") || f.text.find("#pragma once") != std::string::npos;
    return guarded ? Faults() : Faults{"no #pragma once"};
}

/// A name is a sentence: several words, no full stop, and no semicolon, which CMake takes for two names.
Faults test_names(const File& f) {
    Faults wrong;
    if (!below(f, "tests/") || !f.path.ends_with("_test.cpp")) return wrong;
    for (const char* macro : {"\nTEST_CASE(\"", "\nTEST_CASE_ON_BOTH(\""}) {
        for (auto at = f.text.find(macro); at != std::string::npos; at = f.text.find(macro, at + 1)) {
            const auto begin = f.text.find('"', at) + 1;
            const std::string name = f.text.substr(begin, f.text.find('"', begin) - begin);
            const auto spaces = std::count(name.begin(), name.end(), ' ');
            if (spaces < 2 || name.ends_with('.') || name.find(';') != std::string::npos)
                wrong.push_back(name);
        }
    }
    return wrong;
}

Faults leftovers(const File& f) {
    Faults wrong;
    if (below(f, "tests/arch/") || below(f, "static/vendor/")) return wrong;
    for (const auto& line : lines_of(f.text))
        for (const char* word : {"TODO", "FIXME", "HACK:", "XXX:", "<<<<<<<", ">>>>>>>"})
            if (line.find(word) != std::string::npos) wrong.push_back(line);
    return wrong;
}

/// A path of somebody's machine is nobody else's.
Faults machine_paths(const File& f) {
    Faults wrong;
    if (below(f, "tests/arch/") || f.path == "tests/support/contract.cpp") return wrong;
    for (const auto& line : lines_of(f.text))
        for (const char* word : {"/home/", "/root/", "/Users/", "/work/", "/tmp/"})
            if (line.find(word) != std::string::npos) wrong.push_back(line);
    return wrong;
}

Faults long_readme(const File& f) {
    const bool module_readme = below(f, "src/modules/") && f.path.ends_with("/README.md");
    const auto lines = lines_of(f.text).size();
    return module_readme && lines > 40 ? Faults{std::to_string(lines) + " lines"} : Faults();
}

Faults long_main(const File& f) {
    const auto lines = lines_of(f.text).size();
    return f.path == "src/main.cpp" && lines > 100 ? Faults{std::to_string(lines) + " lines"} : Faults();
}

}  // namespace

std::vector<Rule> style_rules() {
    std::string long_body = "// x\nvoid f() {\n";
    for (int i = 0; i < 70; ++i) long_body += "    g();\n";
    return {
        {"every file opens with what it is", no_head, {"src/core/base/x.cpp", "#include <string>\n"}},
        {"every header is guarded", no_guard, {"src/core/base/x.hpp", "// x\n"}},
        {"no file is over 400 lines",
         long_file,
         {"src/core/base/x.cpp", std::string("// x\n") + std::string(400, '\n')}},
        {"no line is over 110 characters",
         long_line,
         {"src/core/base/x.cpp", "// " + std::string(110, 'x') + "\n"}},
        {"no function is over 70 lines", long_function, {"src/core/base/x.cpp", long_body + "}\n"}},
        {"names of tests are sentences",
         test_names,
         {"tests/order/x_test.cpp", "// x\nTEST_CASE(\"test_cancel\", \"[x]\") {}\n"}},
        {"nothing is left for later", leftovers, {"src/core/base/x.cpp", "// TODO: later\n"}},
        {"no path of a machine is in the tree", machine_paths, {"scripts/run", "cd /home/ada/cloudretail\n"}},
        {"a module's README is at most 40 lines",
         long_readme,
         {"src/modules/order/README.md", std::string(41, '\n')}},
        {"main.cpp is at most 100 lines", long_main, {"src/main.cpp", std::string(101, '\n')}},
    };
}

}  // namespace cloudretail::test
