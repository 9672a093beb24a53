// See transfer_routes.hpp.
#include "transfer_routes.hpp"

namespace cloudretail::product {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;

Task<Result<http::Response>> give(Transfer& transfer, Call& call) {
    const bool jsonl = call.query("format") == "jsonl";
    co_return transfer.give(call.caller, UserId::parse(call.query("vendorId").value_or("")),
                            jsonl ? transfer::Format::jsonl : transfer::Format::csv);
}

Task<Result<http::Response>> take(Transfer& transfer, Call& call) {
    co_return co_await transfer.take(&call, UserId::parse(call.query("vendorId").value_or("")),
                                     call.query("dryRun") == "true");
}

}  // namespace

std::vector<gateway::Route> transfer_routes(Transfer& transfer) {
    gateway::Route in{Method::post, "/api/products/import", "importProducts", Access::vendor,
                      [&transfer](Call& call) { return take(transfer, call); }};
    in.body_limit = transfer.settings().max_bytes;
    in.stream_body = true;
    return {{Method::get, "/api/products/export", "exportProducts", Access::vendor,
             [&transfer](Call& call) { return give(transfer, call); }},
            std::move(in)};
}

}  // namespace cloudretail::product
