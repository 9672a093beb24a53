// Handing the loader what it needs; see demo.hpp.
#include <app/demo.hpp>

#include <app/run_blocking.hpp>
#include <app/verbs.hpp>
#include <gateway/chain.hpp>

namespace cloudretail::app {

namespace {

constexpr std::chrono::seconds demo_time{600};

Task<http::Response> ask(gateway::Gateway* gateway, http::Request request) {
    co_return co_await gateway->handle(request);
}

Task<Result<std::string>> command(const Parts* parts, std::string verb,
                                  std::map<std::string, std::string> options) {
    for (const auto& part : *parts) {
        for (const Command& candidate : part->module->commands()) {
            if (candidate.name != verb) continue;
            const Command found = candidate;
            Task<Result<std::string>> running = found.run(std::move(options));
            co_return co_await std::move(running);
        }
    }
    throw std::runtime_error("no module has a verb " + verb);
}

}  // namespace

VerbReply load_demo(const Workplace& place, const VerbRequest& request) {
    const Inside inside{[gateway = place.gateway](http::Request r) { return ask(gateway, std::move(r)); },
                        [parts = &place.parts](std::string verb, std::map<std::string, std::string> options) {
                            return command(parts, std::move(verb), std::move(options));
                        }};
    const auto result = run_blocking<Result<std::string>>(
        place.runtime, place.stopping, demo_time,
        [inside, load = *place.demo, options = request.options] { return load(inside, options); });
    if (result) return {0, *result};
    return {1, "cloudretail: " + result.error().detail + "\n"};
}

}  // namespace cloudretail::app
