// See tree.hpp.
#include "tree.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cloudretail::test {

namespace {

namespace fs = std::filesystem;

File read(const fs::path& root, const fs::path& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return {fs::relative(path, root).string(), text.str()};
}

std::vector<File> read_tree() {
    std::vector<File> files;
    const fs::path root = CLOUDRETAIL_SOURCE_DIR;
    for (const char* folder :
         {"src", "tests", "bench", "migrations", "static", "scripts", "config", "cmake", "docs"})
        for (const auto& entry : fs::recursive_directory_iterator(root / folder))
            if (entry.is_regular_file()) files.push_back(read(root, entry.path()));
    for (const char* name :
         {"CMakeLists.txt", "CMakePresets.json", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"})
        files.push_back(read(root, root / name));
    return files;
}

}  // namespace

const std::vector<File>& tree() {
    static const std::vector<File> files = read_tree();
    return files;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

bool is_cpp(const File& f) {
    return f.path.ends_with(".cpp") || f.path.ends_with(".hpp") || f.path.ends_with(".ipp");
}

Faults uses(const File& f, const std::string& word) {
    Faults found;
    for (const auto& line : lines_of(f.text)) {
        const auto at = line.find(word);
        if (at != std::string::npos && line.find("//") >= at) found.push_back(line);
    }
    return found;
}

std::function<Faults(const File&)> only_in(const std::string& word, std::vector<std::string> places) {
    return [word, places = std::move(places)](const File& f) {
        for (const auto& place : places)
            if (below(f, place)) return Faults();
        return below(f, "src/") && is_cpp(f) ? uses(f, word) : Faults();
    };
}

}  // namespace cloudretail::test
