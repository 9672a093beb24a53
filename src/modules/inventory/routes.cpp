// See routes.hpp. Bodies and queries have passed the schemas of openapi.json before they are read here.
#include "routes.hpp"

#include <gateway/page.hpp>

namespace cloudretail::inventory {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "The request is not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Task<Result<Response>> add(Service& service, Call& call) {
    const json::View body = call.body();
    auto product = ProductId::parse(body["productId"].text().value_or(""));
    if (!product) co_return invalid("/productId", "is not a UUID");
    Delivery delivery;
    delivery.product_id = *product;
    delivery.quantity = body["quantity"].integer().value_or(0);
    delivery.warehouse = body["warehouseLocation"].text().value_or("");
    delivery.low_stock_threshold = body["lowStockThreshold"].integer();
    auto answer = co_await service.add(call.caller, std::move(delivery), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Task<Result<Response>> get(Service& service, Call& call) {
    auto product = call.id<ProductId>();
    if (!product) co_return product.error();
    auto stock = co_await service.get(call.caller, *product);
    if (!stock) co_return stock.error();
    co_return gateway::render_resource(call, 200, std::move(stock->body), stock->etag);
}

Task<Result<Response>> adjust(Service& service, Call& call) {
    auto product = call.id<ProductId>();
    if (!product) co_return product.error();
    const json::View body = call.body();
    Adjustment adjustment;
    adjustment.warehouse = body["warehouseLocation"].text().value_or("");
    adjustment.quantity = body["quantity"].integer();
    adjustment.delta = body["delta"].integer();
    adjustment.low_stock_threshold = body["lowStockThreshold"].integer();
    adjustment.reason = body["reason"].text().value_or("");
    std::string if_match(call.request.headers.get("If-Match"));
    auto stock = co_await service.adjust(call.caller, *product, std::move(adjustment), std::move(if_match));
    if (!stock) co_return stock.error();
    Response response = http::json_response(200, std::move(stock->body));
    response.headers.set("ETag", stock->etag);
    co_return response;
}

Task<Result<Response>> transfer(Service& service, Call& call) {
    auto product = call.id<ProductId>();
    if (!product) co_return product.error();
    const json::View body = call.body();
    Transfer wanted;
    wanted.from = body["from"].text().value_or("");
    wanted.to = body["to"].text().value_or("");
    wanted.quantity = body["quantity"].integer().value_or(0);
    auto answer = co_await service.transfer(call.caller, *product, std::move(wanted), call.idempotency);
    if (!answer) co_return answer.error();
    co_return gateway::render_stored(std::move(*answer));
}

Task<Result<Response>> movements(Service& service, Call& call) {
    auto product = call.id<ProductId>();
    if (!product) co_return product.error();
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    const auto before = gateway::cursor_id<Uuid>(*page);
    if (!before) co_return before.error();
    const MovementPart part{*before, page->offset(), page->limit};
    std::string warehouse(call.query("warehouseLocation").value_or(""));
    auto listing = co_await service.movements(call.caller, *product, std::move(warehouse), part);
    if (!listing) co_return listing.error();
    co_return gateway::render_page(call, *page, listing->items, listing->total, listing->next_keyset);
}

Task<Result<Response>> list(Service& service, Call& call) {
    auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    const auto before = gateway::cursor_id<ProductId>(*page);
    if (!before) co_return before.error();
    const Part part{*before, page->offset(), page->limit};
    std::optional<bool> low;
    if (auto text = call.query("lowStock")) low = *text == "true";
    auto listing = co_await service.list(call.caller, low, part);
    co_return gateway::render_page(call, *page, listing.items, listing.total, listing.next_keyset);
}

}  // namespace

std::vector<gateway::Route> routes(Service& service, db::Database& database) {
    const auto to = [&service](Task<Result<Response>> (*handler)(Service&, Call&)) {
        return [&service, handler](Call& call) { return handler(service, call); };
    };
    return {
        {Method::post, "/api/inventory", "addStock", Access::vendor, to(add), &database},
        {Method::get, "/api/inventory", "listStock", Access::vendor, to(list)},
        {Method::get, "/api/inventory/{productId}", "getStock", Access::anyone, to(get)},
        {Method::patch, "/api/inventory/{productId}", "adjustStock", Access::vendor, to(adjust)},
        {Method::post, "/api/inventory/{productId}/transfer", "transferStock", Access::vendor, to(transfer),
         &database},
        {Method::get, "/api/inventory/{productId}/movements", "listMovements", Access::vendor, to(movements)},
    };
}

}  // namespace cloudretail::inventory
