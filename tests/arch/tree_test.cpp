// The rules of the tree that the build cannot enforce, over every file of ours; each rule has a sample that
// breaks it. The rules are in *_rules.cpp.
#include <catch2/catch.hpp>

#include "tree.hpp"

using namespace cloudretail::test;

namespace {

std::vector<Rule> rules() {
    std::vector<Rule> all = wall_rules();
    for (const auto& more : {danger_rules(), style_rules()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

TEST_CASE("the tree keeps its rules") {
    REQUIRE(tree().size() > 300);
    for (const auto& rule : rules())
        for (const auto& file : tree())
            for (const auto& wrong : rule.broken(file))
                FAIL_CHECK(rule.name + ": " + file.path + ": " + wrong);
}

TEST_CASE("every rule of the tree is broken by its sample") {
    for (const auto& rule : rules()) {
        INFO(rule.name);
        CHECK_FALSE(rule.broken(rule.sample).empty());
    }
}
