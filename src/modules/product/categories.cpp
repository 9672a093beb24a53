// See categories.hpp.
#include "categories.hpp"

#include <algorithm>
#include <audit/audit.hpp>
#include <gateway/page.hpp>

#include "categories_store.hpp"
#include "render.hpp"
#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr std::string_view collection = "/api/categories";

Error not_found() { return {cloudretail::errors::not_found, "There is no such category."}; }

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Error too_many(std::string pointer, int most) {
    return invalid(std::move(pointer),
                   "would be more than " + std::to_string(most) + " categories; name one that exists");
}

Result<> permit(const Caller& caller) {
    if (caller.is_admin()) return {};
    return Error(cloudretail::errors::forbidden, "Only administrators change categories.");
}

/// What is wrong with texts that the schema let through.
Result<> check_texts(const CategoryChange& change) {
    if (change.name && (trim(*change.name).empty() || has_control_characters(*change.name, false))) {
        return invalid("/name", "must be one line of text");
    }
    if (change.slug && slugify(*change.slug) != *change.slug) {
        return invalid("/slug", "must be small letters, digits and single hyphens");
    }
    return {};
}

/// The category where it hangs; it exists.
Node node_of(db::Session& session, CategoryId id) {
    const auto tree = tree_of(store::categories(session));
    const auto found =
        std::find_if(tree.begin(), tree.end(), [id](const Node& node) { return node.category.id == id; });
    CR_ASSERT(found != tree.end());
    return *found;
}

ShownCategory show(const Node& node) { return {render(node), etag_of(node)}; }

}  // namespace

Result<> ensure_category(db::Tx& tx, std::string_view slug, std::string_view name, int most) {
    Category category;
    category.id = CategoryId::make();
    category.slug = slug;
    category.name = name;
    if (store::insert_category(tx, category, most)) return {};
    if (store::find_category(tx.session(), slug)) return {};
    return too_many("/category", most);
}

template <class F>
auto Categories::write(F f) {
    using R = std::invoke_result_t<F&, db::Tx&>;
    // Not after co_await, as Service::write says.
    auto start = [this, f = std::move(f)](Then<R> then) mutable {
        Then<R> told([this, then = std::move(then)](Outcome<R> outcome) mutable {
            caches_.forget_lists();
            then(std::move(outcome));
        });
        database_.write_then(std::move(f), std::move(told));
    };
    UniqueFunction<void(Then<R>)> named(std::move(start));
    return runtime::await_then<R>(std::move(named));
}

Task<std::shared_ptr<const std::string>> Categories::list(CategoryList which) {
    auto cached = caches_.categories.find(which);
    if (cached.value) co_return *cached.value;
    auto job = [](db::Session& session) { return store::categories(session); };
    auto all = co_await database_.read(std::move(job));
    std::string text =
        which == CategoryList::tree ? render(tree_of(std::move(all))) : render_used(std::move(all));
    auto body = std::make_shared<const std::string>(std::move(text));
    caches_.categories.put(which, body, body->size(), cached.ticket);
    co_return body;
}

Task<Result<ShownCategory>> Categories::get(std::string key) {
    auto job = [key = std::move(key)](db::Session& session) -> Result<ShownCategory> {
        const auto tree = tree_of(store::categories(session));
        const auto has = [&tree](auto named) { return std::find_if(tree.begin(), tree.end(), named); };
        auto found = has([&key](const Node& node) { return node.category.slug == key; });
        if (found == tree.end()) {
            found = has([&key](const Node& node) { return node.category.id.to_string() == key; });
        }
        if (found == tree.end()) return not_found();
        return show(*found);
    };
    co_return co_await database_.read(std::move(job));
}

Task<Result<db::StoredAnswer>> Categories::create(Caller caller, CategoryChange change,
                                                  db::IdempotencyKey key) {
    if (auto permitted = permit(caller); !permitted) co_return permitted.error();
    if (auto checked = check_texts(change); !checked) co_return checked.error();
    Category category;
    category.id = CategoryId::make();
    category.name = trim(*change.name);
    category.slug = change.slug ? *change.slug : slugify(category.name);
    if (category.slug.empty()) co_return invalid("/name", "must hold a letter or a digit");
    if (change.parent) category.parent = *change.parent;
    category.position = change.position.value_or(0);
    auto job = [this, caller = std::move(caller), category = std::move(category),
                key = std::move(key)](db::Tx& tx) { return insert(tx, caller, category, key); };
    co_return co_await write(std::move(job));
}

Result<db::StoredAnswer> Categories::insert(db::Tx& tx, const Caller& caller, Category category,
                                            const db::IdempotencyKey& key) const {
    auto known = db::claim(tx, key, category.id.to_string());
    if (!known) return known.error();
    if (*known) {
        if ((*known)->status == 0) return Error(cloudretail::errors::idempotency_in_progress);
        return **known;
    }
    store::hold_tree(tx);
    const auto tree = tree_of(store::categories(tx.session()));
    const std::string problem = hanging_problem(tree, category.id, category.parent, settings_.category_depth);
    const gateway::ProblemContext context{collection, caller.request_id};
    if (!problem.empty()) return gateway::keep_refusal(tx, key, invalid("/parentId", problem), context);
    if (!store::insert_category(tx, category, settings_.most_categories)) {
        const bool taken = store::find_category(tx.session(), category.slug).has_value();
        const Error error = taken ? Error(errors::category_exists, "There is a category with this slug.")
                                  : too_many("/name", settings_.most_categories);
        return gateway::keep_refusal(tx, key, error, context);
    }
    audit::record(tx, caller, "category.created", category.id.to_string());
    const ShownCategory shown = show(node_of(tx.session(), category.id));
    db::StoredAnswer answer;
    answer.status = 201;
    answer.body = shown.body;
    answer.etag = shown.etag;
    answer.location = std::string(collection) + "/" + category.slug;
    answer.subject = category.id.to_string();
    db::keep(tx, key, answer);
    return answer;
}

Task<Result<ShownCategory>> Categories::change(Caller caller, std::string key, CategoryChange change,
                                               std::string if_match) {
    if (auto permitted = permit(caller); !permitted) co_return permitted.error();
    if (auto checked = check_texts(change); !checked) co_return checked.error();
    const bool named = change.name.has_value();
    auto job = [this, caller = std::move(caller), key = std::move(key), change = std::move(change),
                if_match = std::move(if_match)](db::Tx& tx) {
        return update(tx, caller, key, change, if_match);
    };
    auto changed = co_await write(std::move(job));
    if (changed && named && renamed_) renamed_();
    co_return changed;
}

Result<ShownCategory> Categories::update(db::Tx& tx, const Caller& caller, const std::string& key,
                                         const CategoryChange& change, std::string_view if_match) const {
    store::hold_tree(tx);
    auto category = store::find_category(tx.session(), key);
    if (!category) return not_found();
    if (!names_version(if_match, category->version)) return Error(cloudretail::errors::stale);
    if (change.parent && *change.parent != category->parent) {
        const auto tree = tree_of(store::categories(tx.session()));
        const std::string problem =
            hanging_problem(tree, category->id, *change.parent, settings_.category_depth);
        if (!problem.empty()) return invalid("/parentId", problem);
        category->parent = *change.parent;
    }
    if (change.name) category->name = trim(*change.name);
    if (change.position) category->position = *change.position;
    ++category->version;
    store::update_category(tx, *category);
    audit::record(tx, caller, "category.changed", category->id.to_string());
    return show(node_of(tx.session(), category->id));
}

Task<Result<>> Categories::remove(Caller caller, std::string key, std::string if_match) {
    if (auto permitted = permit(caller); !permitted) co_return permitted.error();
    auto job = [caller = std::move(caller), key = std::move(key),
                if_match = std::move(if_match)](db::Tx& tx) -> Result<> {
        store::hold_tree(tx);
        const auto category = store::find_category(tx.session(), key);
        if (!category) return not_found();
        if (!names_version(if_match, category->version)) return Error(cloudretail::errors::stale);
        if (store::is_in_use(tx.session(), *category)) {
            return Error(errors::category_in_use, "Products or categories are in it.");
        }
        store::delete_category(tx, category->id);
        audit::record(tx, caller, "category.deleted", category->id.to_string());
        return {};
    };
    co_return co_await write(std::move(job));
}

}  // namespace cloudretail::product
