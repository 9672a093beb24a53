// See search_document.hpp.
#include "search_document.hpp"

#include <algorithm>
#include <base/json.hpp>
#include <set>

#include "search_query.hpp"
#include "text.hpp"

namespace cloudretail::product {

namespace {

void add(std::vector<std::string>& out, std::string_view text) {
    for (std::string& word : words(text)) out.push_back(std::move(word));
}

void keep_distinct(std::vector<std::string>& all) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
}

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& word : all) (out += out.empty() ? "" : " ") += word;
    return out;
}

/// "L-1001" is found as l1001 too.
std::string run_together(std::string_view sku) {
    std::string out;
    for (const std::string& word : words(sku)) out += word;
    return words(out).empty() ? std::string() : words(out).front();
}

}  // namespace

Document document_of(const Product& product, std::string_view category_name) {
    Document d;
    add(d.name, product.name);
    keep_distinct(d.name);
    d.name.push_back(length_mark(d.name.size()));
    add(d.tags, product.category);
    add(d.tags, category_name);
    if (product.sku) {
        add(d.tags, *product.sku);
        add(d.tags, run_together(*product.sku));
    }
    if (const auto attributes = json::Document::parse(product.attributes)) {
        attributes->root().each_member([&d](std::string_view, json::View value) {
            if (value.is_string()) add(d.tags, *value.text());
        });
    }
    keep_distinct(d.tags);
    add(d.body, product.description);
    keep_distinct(d.body);
    return d;
}

std::string to_text(const Document& d) {
    return joined(d.name) + "\n" + joined(d.tags) + "\n" + joined(d.body);
}

std::string_view part_of(std::string_view text, int part) {
    for (; part > 0; --part) text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
    return text.substr(0, text.find('\n'));
}

std::string to_vector(const Document& d) {
    std::set<std::string> all;
    const auto add = [&all](const std::vector<std::string>& part, std::initializer_list<Where> places) {
        for (const Where where : places) {
            for (const std::string& word : part) all.insert(std::string(where_mark(where)) + word);
        }
    };
    add(d.name, {Where::name, Where::name_or_tags, Where::anywhere});
    add(d.tags, {Where::name_or_tags, Where::anywhere});
    add(d.body, {Where::anywhere});
    std::string out;
    for (const std::string& word : all) out.append(out.empty() ? "'" : " '").append(word).append("'");
    return out;
}

}  // namespace cloudretail::product
