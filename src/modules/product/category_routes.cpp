// See category_routes.hpp. Bodies have passed the schemas of openapi.json before they are read here.
#include "category_routes.hpp"

#include <gateway/page.hpp>
#include <gateway/validate.hpp>

namespace cloudretail::product {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

std::optional<std::string> text_of(json::View view) {
    if (!view.is_string()) return std::nullopt;
    return std::string(*view.text());
}

Result<CategoryChange> read_change(json::View body) {
    CategoryChange change;
    change.name = text_of(body["name"]);
    change.slug = text_of(body["slug"]);
    change.position = body["position"].integer();
    if (body["parentId"].present()) {
        change.parent.emplace(std::nullopt);
        if (auto text = text_of(body["parentId"])) {
            *change.parent = CategoryId::parse(*text);
            if (!*change.parent) {
                Error error(cloudretail::errors::validation, "The request is not valid.");
                error.fields.push_back({"/parentId", "is not a UUID"});
                return error;
            }
        }
    }
    return change;
}

/// Slug or id; empty, which none is, where the path holds no text.
std::string key_of(const Call& call) {
    const std::string& text = call.path_values.at(0);
    return gateway::is_clean_text(text) ? text : std::string();
}

Task<Result<Response>> list(Categories& categories, Call&) {
    Response response = http::json_response(200, {});
    response.shared_body = co_await categories.list(CategoryList::tree);
    co_return response;
}

Task<Result<Response>> list_used(Categories& categories, Call&) {
    Response response = http::json_response(200, {});
    response.shared_body = co_await categories.list(CategoryList::of_products);
    co_return response;
}

Task<Result<Response>> create(Categories& categories, Call& call) {
    auto change = read_change(call.body());
    if (!change) co_return change.error();
    auto answer = co_await categories.create(call.caller, std::move(*change), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Task<Result<Response>> get(Categories& categories, Call& call) {
    std::string key = key_of(call);
    auto category = co_await categories.get(std::move(key));
    if (!category) co_return category.error();
    co_return gateway::render_resource(call, 200, std::move(category->body), category->etag);
}

Task<Result<Response>> change(Categories& categories, Call& call) {
    auto change = read_change(call.body());
    if (!change) co_return change.error();
    std::string key = key_of(call);
    std::string if_match(call.request.headers.get("If-Match"));
    auto category =
        co_await categories.change(call.caller, std::move(key), std::move(*change), std::move(if_match));
    if (!category) co_return category.error();
    co_return gateway::render_resource(call, 200, std::move(category->body), category->etag);
}

Task<Result<Response>> remove(Categories& categories, Call& call) {
    std::string key = key_of(call);
    std::string if_match(call.request.headers.get("If-Match"));
    auto done = co_await categories.remove(call.caller, std::move(key), std::move(if_match));
    if (!done) co_return done.error();
    Response response;
    response.status = 204;
    co_return response;
}

}  // namespace

std::vector<gateway::Route> category_routes(Categories& categories, db::Database& database) {
    const auto to = [&categories](Task<Result<Response>> (*handler)(Categories&, Call&)) {
        return [&categories, handler](Call& call) { return handler(categories, call); };
    };
    const std::string one = "/api/categories/{category}";
    return {
        {Method::get, "/api/products/categories", "listProductCategories", Access::anyone, to(list_used)},
        {Method::get, "/api/categories", "listCategories", Access::anyone, to(list)},
        {Method::post, "/api/categories", "createCategory", Access::admin, to(create), &database},
        {Method::get, one, "getCategory", Access::anyone, to(get)},
        {Method::patch, one, "changeCategory", Access::admin, to(change)},
        {Method::del, one, "deleteCategory", Access::admin, to(remove)},
    };
}

}  // namespace cloudretail::product
