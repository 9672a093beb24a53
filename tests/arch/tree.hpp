// What the tests of the tree share: its files, and rules that each carry a file that breaks them. Text is
// enough here: no rule needs a parser. Not a test itself.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::test {

struct File {
    std::string path;  // from the root of the tree: "src/core/db/session.cpp"
    std::string text;
};

using Faults = std::vector<std::string>;

struct Rule {
    std::string name;
    std::function<Faults(const File&)> broken;  // what is wrong with a file, nothing where it is right
    File sample;                                // breaks the rule
};

/// Every text file of ours below src, tests, bench, migrations, static, scripts, config, cmake and docs, and
/// those of the root.
const std::vector<File>& tree();

std::vector<std::string> lines_of(const std::string& text);
bool is_cpp(const File& f);
inline bool below(const File& f, std::string_view folder) { return f.path.starts_with(folder); }

/// Lines that hold `word` outside a comment.
Faults uses(const File& f, const std::string& word);

/// `word` may stand below these folders (or in these files) alone, of what is in src.
std::function<Faults(const File&)> only_in(const std::string& word, std::vector<std::string> places);

std::vector<Rule> wall_rules();    // who may include and name what
std::vector<Rule> danger_rules();  // what has done harm: pitfalls of libraries and of the language
std::vector<Rule> style_rules();   // lengths, comments, names

}  // namespace cloudretail::test
