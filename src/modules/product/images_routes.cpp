// See images_routes.hpp. Queries and JSON bodies have passed the schemas of openapi.json; an upload is only
// ever looked at by media::render.
#include "images_routes.hpp"

#include <gateway/page.hpp>

namespace cloudretail::product {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;
using http::Response;

std::string if_match(const Call& call) { return std::string(call.request.headers.get("If-Match")); }

Task<Result<Response>> add(Images& images, Call& call) {
    auto id = call.id<ProductId>();
    if (!id) co_return id.error();
    std::string alt(call.query("alt").value_or(""));
    std::string body = std::move(call.request.body);
    auto added = co_await images.add(call.caller, *id, std::move(body), std::move(alt), if_match(call));
    if (!added) co_return added.error();
    Response response = http::json_response(added->is_new ? 201 : 200, render(added->image));
    const Medium& medium = added->image.medium;
    if (added->is_new) response.headers.add("Location", url_of(medium, medium.width));
    co_return response;
}

Task<Result<Response>> change(Images& images, Call& call) {
    auto id = call.id<ProductId>();
    if (!id) co_return id.error();
    auto image = call.id<ImageId>(1);
    if (!image) co_return image.error();
    ImageChange change;
    if (auto alt = call.body()["alt"].text()) change.alt = *alt;
    if (auto position = call.body()["position"].integer())
        change.position = static_cast<std::size_t>(*position);
    auto changed = co_await images.change(call.caller, *id, *image, std::move(change), if_match(call));
    if (!changed) co_return changed.error();
    co_return http::json_response(200, render(*changed));
}

Task<Result<Response>> remove(Images& images, Call& call) {
    auto id = call.id<ProductId>();
    if (!id) co_return id.error();
    auto image = call.id<ImageId>(1);
    if (!image) co_return image.error();
    auto removed = co_await images.remove(call.caller, *id, *image, if_match(call));
    if (!removed) co_return removed.error();
    Response response;
    response.status = 204;
    co_return response;
}

/// A name stands for the same bytes for ever: it is made from what they were made from.
Task<Result<Response>> show(Images& images, Call& call) {
    const std::string name = call.path_values.at(0);
    auto bytes = co_await images.file(name);
    if (!bytes) co_return bytes.error();
    Response response = gateway::render_resource(call, 200, {}, "\"" + name + "\"");
    response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
    if (response.status == 304) co_return response;
    response.headers.set("Content-Type", std::string(media::content_type(name)));
    response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
    response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
    response.shared_body = std::move(*bytes);
    co_return response;
}

}  // namespace

std::vector<gateway::Route> image_routes(Images& images) {
    const auto to = [&images](Task<Result<Response>> (*handler)(Images&, Call&)) {
        return [&images, handler](Call& call) { return handler(images, call); };
    };
    const std::string one = "/api/products/{id}/images/{imageId}";
    gateway::Route upload{Method::post, "/api/products/{id}/images", "addProductImage", Access::vendor,
                          to(add)};
    upload.body_limit = images.settings().upload_bytes;
    return {
        std::move(upload),
        {Method::patch, one, "changeProductImage", Access::vendor, to(change)},
        {Method::del, one, "deleteProductImage", Access::vendor, to(remove)},
        {Method::get, "/media/{name}", "getMedia", Access::anyone, to(show)},
    };
}

}  // namespace cloudretail::product
