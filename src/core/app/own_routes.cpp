// Health and the contract as routes; see own_routes.hpp.
#include <app/own_routes.hpp>

#include <gateway/page.hpp>
#include <mutex>
#include <security/password.hpp>

namespace cloudretail::app {

namespace {

using gateway::Access;
using gateway::Call;
using Answer = Task<Result<http::Response>>;

Answer get_health(const Health* health, Call& call) { co_return health->report(call.caller.is_admin()); }

Answer get_liveness(const Health* health, Call&) { co_return health->liveness(); }

Answer get_readiness(const Health* health, Call&) { co_return health->readiness(); }

/// The contract as it is served. The document is there only after the gateway was sealed, so it is taken at
/// first use.
struct Contract {
    std::once_flag once{};
    std::shared_ptr<const std::string> text{};
    std::string etag{};
};

Answer get_openapi(const gateway::Gateway* gateway, std::shared_ptr<Contract> contract, Call& call) {
    std::call_once(contract->once, [&] {
        contract->text = std::make_shared<const std::string>(gateway->openapi_document());
        contract->etag = "\"" + security::sha256_hex(*contract->text).substr(0, 32) + "\"";
    });
    http::Response response = gateway::render_resource(call, 200, {}, contract->etag);
    if (response.status == 200) response.shared_body = contract->text;
    co_return response;
}

Answer refuse(std::string module) {
    throw Unavailable("the database of " + module + " is not there yet", 5);
    co_return Error(errors::unavailable);
}

}  // namespace

std::vector<gateway::Route> own_routes(Health& health, const gateway::Gateway& gateway) {
    const Health* const h = &health;
    const gateway::Gateway* const g = &gateway;
    const auto get = [](std::string path, std::string operation, gateway::RouteHandler handler) {
        return gateway::Route{http::Method::get, std::move(path), std::move(operation), Access::anyone,
                              std::move(handler)};
    };
    return {
        get("/health", "getHealth", [h](Call& call) { return get_health(h, call); }),
        get("/health/live", "getLiveness", [h](Call& call) { return get_liveness(h, call); }),
        get("/health/ready", "getReadiness", [h](Call& call) { return get_readiness(h, call); }),
        get("/openapi.json", "getOpenApi",
            [g, contract = std::make_shared<Contract>()](Call& call) {
                return get_openapi(g, contract, call);
            }),
    };
}

gateway::Route once_migrated(const Part& part, gateway::Route route) {
    route.handler = [&part, handler = std::move(route.handler)](Call& call) {
        return part.migrated ? handler(call) : refuse(part.name);
    };
    return route;
}

}  // namespace cloudretail::app
