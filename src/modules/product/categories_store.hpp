// SQL of the categories. No rules, no permissions.
#pragma once

#include <db/database.hpp>
#include <map>
#include <set>

#include "category_rules.hpp"

namespace cloudretail::product::store {

std::vector<Category> categories(db::Session& session);
/// By slug, or by id.
std::optional<Category> find_category(db::Session& session, std::string_view slug_or_id);
/// The slug, and those of all categories below it, however deep.
std::vector<std::string> with_descendants(db::Session& session, std::string_view slug);

/// Makes it unless its slug is taken or there are `most` categories; false where it was not made.
bool insert_category(db::Tx& tx, const Category& category, int most);
/// Writes name, parent, position and version.
void update_category(db::Tx& tx, const Category& category);
void delete_category(db::Tx& tx, CategoryId id);
/// By slug; a category that is missing has none.
std::map<std::string, std::string> category_names(db::Session& session, const std::set<std::string>& slugs);
struct CategoryName {
    std::string slug, name;
};
/// Those whose products the search index may know by another name.
std::vector<CategoryName> renamed_categories(db::Session& session);
/// The index knows all products of the category by this name.
void note_read(db::Tx& tx, const CategoryName& category);
/// Does it hold products (of any status, not deleted) or categories?
bool is_in_use(db::Session& session, const Category& category);
/// Until the transaction's end no other process changes the tree.
void hold_tree(db::Tx& tx);

}  // namespace cloudretail::product::store
