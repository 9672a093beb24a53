// See file_routes.hpp.
#include <transfer/file_routes.hpp>

namespace cloudretail::transfer {

namespace {

using gateway::Access;
using gateway::Call;
using http::Method;

Task<Result<http::Response>> give(FileList& list, Call& call) {
    const bool jsonl = call.query("format") == "jsonl";
    co_return list.give(call.caller, UserId::parse(call.query("vendorId").value_or("")),
                        jsonl ? Format::jsonl : Format::csv);
}

Task<Result<http::Response>> take(FileList& list, Call& call) {
    co_return co_await list.take(&call, UserId::parse(call.query("vendorId").value_or("")),
                                 call.query("dryRun") == "true");
}

}  // namespace

std::vector<gateway::Route> file_routes(const std::string& path, const std::string& name, FileList& list) {
    gateway::Route in{Method::post, path + "/import", "import" + name, Access::vendor,
                      [&list](Call& call) { return take(list, call); }};
    in.body_limit = list.settings().max_bytes;
    in.stream_body = true;
    return {{Method::get, path + "/export", "export" + name, Access::vendor,
             [&list](Call& call) { return give(list, call); }},
            std::move(in)};
}

}  // namespace cloudretail::transfer
