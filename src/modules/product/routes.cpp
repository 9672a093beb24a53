// See routes.hpp. Bodies and queries have passed the schemas of openapi.json before they are read here.
#include "routes.hpp"

#include <gateway/page.hpp>
#include <gateway/validate.hpp>

#include "text.hpp"

namespace cloudretail::product {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

constexpr std::size_t max_attribute_name = 64;

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "The request is not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

std::optional<std::string> text_of(json::View view) {
    if (!view.is_string()) return std::nullopt;
    return std::string(*view.text());
}

Result<> read_attributes(json::View view, Change& change) {
    if (!view.present()) return {};
    change.attributes = "{}";
    if (!view.is_object()) return {};
    bool named = true;
    view.each_member([&named](std::string_view name, json::View) {
        named = named && !trim(name).empty() && name.size() <= max_attribute_name;
    });
    if (!named) return invalid("/attributes", "names must have 1 to 64 characters");
    change.attributes = view.dump();
    return {};
}

/// What a body says; absent members stay absent (PATCH).
Result<Change> read_change(json::View body) {
    Change change;
    change.name = text_of(body["name"]);
    change.description = text_of(body["description"]);
    change.category = text_of(body["category"]);
    if (body["price"].present()) {
        auto price = body["price"].money();
        if (!price) return invalid("/price", price.error());
        change.price = *price;
    }
    if (body["sku"].present()) change.sku = text_of(body["sku"]);
    if (body["status"].present()) change.status = status_from_text(body["status"].text().value_or(""));
    if (auto read = read_attributes(body["attributes"], change); !read) return read.error();
    return change;
}

}  // namespace

Result<Change> read_whole(json::View body) {
    auto change = read_change(body);
    if (!change) return change;
    if (!change->sku) change->sku.emplace(std::nullopt);
    if (!change->attributes) change->attributes = "{}";
    if (!change->status) change->status = Status::active;
    return change;
}

namespace {

Response shown(const Call& call, const Shown& product) {
    Response response = gateway::render_resource(call, 200, {}, product.etag);
    if (response.status == 200) response.shared_body = product.body;
    return response;
}

Task<Result<Response>> create(Service& service, Call& call) {
    auto change = read_whole(call.body());
    if (!change) co_return change.error();
    auto answer = co_await service.create(call.caller, std::move(*change), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Task<Result<Response>> get(Service& service, Call& call) {
    auto id = call.id<ProductId>();
    if (!id) co_return id.error();
    auto product = co_await service.get(call.caller, *id);
    if (!product) co_return product.error();
    co_return shown(call, *product);
}

Task<Result<Response>> change(Service& service, Call& call) {
    auto id = call.id<ProductId>();
    if (!id) co_return id.error();
    const bool whole = call.request.method == Method::put;
    auto change = whole ? read_whole(call.body()) : read_change(call.body());
    if (!change) co_return change.error();
    std::string if_match(call.request.headers.get("If-Match"));
    auto product = co_await service.change(call.caller, *id, std::move(*change), std::move(if_match));
    if (!product) co_return product.error();
    Response response = http::json_response(200, {});
    response.headers.set("ETag", product->etag);
    response.shared_body = product->body;
    co_return response;
}

Task<Result<Response>> remove(Service& service, Call& call) {
    auto id = call.id<ProductId>();
    if (!id) co_return id.error();
    std::string if_match(call.request.headers.get("If-Match"));
    auto done = co_await service.remove(call.caller, *id, std::move(if_match));
    if (!done) co_return done.error();
    Response response;
    response.status = 204;
    co_return response;
}

Task<Result<Response>> get_by_slug(Service& service, Call& call) {
    std::string slug = call.path_values.at(0);
    if (!gateway::is_clean_text(slug)) slug.clear();  // which no product has
    auto product = co_await service.get(call.caller, std::move(slug));
    if (!product) co_return product.error();
    co_return shown(call, *product);
}

Task<Result<Response>> suggest(Service& service, Call& call) {
    std::string text(call.query("q").value_or(""));
    Response response = http::json_response(200, {});
    response.shared_body = co_await service.suggest(std::move(text));
    co_return response;
}

struct Question {
    Filter filter;
    Sort sort = Sort::newest;
    gateway::PageRequest page;
    Part part;
};

Result<> read_price(const Call& call, std::string_view name, std::optional<Money>& into) {
    const auto text = call.query(name);
    if (!text) return {};
    auto price = Money::parse(*text);
    if (!price) return invalid("query/" + std::string(name), price.error());
    into = *price;
    return {};
}

Result<Filter> read_filter(const Call& call) {
    Filter filter;
    if (auto text = call.query("search"); text && !trim(*text).empty()) filter.search = query_of(*text);
    if (auto text = call.query("category")) {
        filter.category = slugify(*text);
        if (filter.category.empty()) return invalid("query/category", "must hold a letter or a digit");
    }
    if (auto read = read_price(call, "minPrice", filter.min_price); !read) return read.error();
    if (auto read = read_price(call, "maxPrice", filter.max_price); !read) return read.error();
    if (auto text = call.query("vendorId")) {
        filter.vendor = UserId::parse(*text);
        if (!filter.vendor) return invalid("query/vendorId", "is not a UUID");
    }
    if (auto text = call.query("inStock")) filter.in_stock = *text == "true";
    if (auto text = call.query("status")) {
        filter.listed_only = false;
        filter.status = status_from_text(*text);  // "all" names none
    }
    return filter;
}

Result<Question> read_question(const Call& call) {
    Question question;
    auto filter = read_filter(call);
    if (!filter) return filter.error();
    auto permitted = Service::permitted(call.caller, std::move(*filter));
    if (!permitted) return permitted.error();
    question.filter = std::move(*permitted);
    question.sort = question.filter.search ? Sort::relevance : Sort::newest;
    if (auto text = call.query("sort")) question.sort = sort_from_text(*text).value_or(question.sort);
    if (!question.filter.search && question.sort == Sort::relevance) question.sort = Sort::newest;
    auto page = gateway::read_page(call);
    if (!page) return page.error();
    question.page = std::move(*page);
    question.part.limit = question.page.limit;
    question.part.offset = question.page.offset();
    if (!question.page.cursor.empty()) {
        question.part.after = decode(question.sort, question.page.cursor);
        if (!question.part.after) return invalid("query/cursor", "is not a cursor of this list");
    }
    return question;
}

/// Everything the answer depends on. Its Link starts with the path as it was sent, so that comes first.
std::string key_of(const Call& call, const Question& q) {
    std::string key = call.request.target.substr(0, call.request.target.find('?'));
    for (const std::string& part : {std::string(to_text(q.sort)), std::to_string(q.page.limit),
                                    std::to_string(q.page.page), q.page.cursor, normalized(q.filter)}) {
        (key += '\n') += part;
    }
    return key;
}

struct Lists {
    Service& service;
    Caches& caches;
};

Response from_cache(const ShownPage& page) {
    Response response;
    response.headers = *page.headers;
    response.shared_body = page.body;
    return response;
}

Task<Result<Response>> list(Lists lists, Call& call) {
    auto question = read_question(call);
    if (!question) co_return question.error();
    const bool cacheable = question->filter.listed_only;
    const std::string key = key_of(call, *question);
    auto cached = lists.caches.pages.find(key);
    if (cacheable && cached.value) co_return from_cache(*cached.value);
    auto listing = co_await lists.service.list(question->filter, question->sort, question->part);
    Response response = gateway::render_page(call, question->page, listing.items, listing.total,
                                             listing.next_keyset, listing.members);
    if (cacheable) {
        const ShownPage page{std::make_shared<const std::string>(std::move(response.body)),
                             std::make_shared<const http::Fields>(response.headers)};
        lists.caches.pages.put(key, page, key.size() + page.body->size(), cached.ticket);
        response.body.clear();
        response.shared_body = page.body;
    }
    co_return response;
}

}  // namespace

std::vector<gateway::Route> routes(Service& service, Caches& caches, db::Database& database) {
    const auto to = [&service](Task<Result<Response>> (*handler)(Service&, Call&)) {
        return [&service, handler](Call& call) { return handler(service, call); };
    };
    const Lists lists{service, caches};
    return {
        {Method::post, "/api/products", "createProduct", Access::vendor, to(create), &database},
        {Method::get, "/api/products", "listProducts", Access::anyone,
         [lists](Call& call) { return list(lists, call); }},
        {Method::get, "/api/products/suggest", "suggestProducts", Access::anyone, to(suggest)},
        {Method::get, "/api/products/by-slug/{slug}", "getProductBySlug", Access::anyone, to(get_by_slug)},
        {Method::get, "/api/products/{id}", "getProduct", Access::anyone, to(get)},
        {Method::put, "/api/products/{id}", "replaceProduct", Access::vendor, to(change)},
        {Method::patch, "/api/products/{id}", "changeProduct", Access::vendor, to(change)},
        {Method::del, "/api/products/{id}", "deleteProduct", Access::vendor, to(remove)},
    };
}

}  // namespace cloudretail::product
