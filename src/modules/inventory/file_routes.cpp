// See file_routes.hpp.
#include "file_routes.hpp"

namespace cloudretail::inventory {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;

Task<Result<http::Response>> give(Files& files, Call& call) {
    const bool jsonl = call.query("format") == "jsonl";
    co_return files.give(call.caller, UserId::parse(call.query("vendorId").value_or("")),
                         jsonl ? transfer::Format::jsonl : transfer::Format::csv);
}

Task<Result<http::Response>> take(Files& files, Call& call) {
    co_return co_await files.take(&call, UserId::parse(call.query("vendorId").value_or("")),
                                  call.query("dryRun") == "true");
}

}  // namespace

std::vector<gateway::Route> file_routes(Files& files) {
    gateway::Route in{Method::post, "/api/inventory/import", "importStock", Access::vendor,
                      [&files](Call& call) { return take(files, call); }};
    in.body_limit = files.settings().max_bytes;
    in.stream_body = true;
    return {{Method::get, "/api/inventory/export", "exportStock", Access::vendor,
             [&files](Call& call) { return give(files, call); }},
            std::move(in)};
}

}  // namespace cloudretail::inventory
