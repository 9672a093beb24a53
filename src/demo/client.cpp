// Requests without a socket; see client.hpp.
#include "client.hpp"

#include <algorithm>
#include <runtime/runtime.hpp>
#include <stdexcept>

namespace cloudretail::demo {

namespace {

constexpr int tries = 60;
constexpr std::int64_t pause_ms = 500;

http::Request request_of(http::Method method, const std::string& target, const std::string& body,
                         const std::string& type, const std::string& token) {
    http::Request request;
    request.method = method;
    request.method_text = http::to_text(method);
    request.target = target;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) {
        const std::string pair = target.substr(question + 1);  // the demo never asks more than one thing
        const auto equals = pair.find('=');
        request.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    request.headers.add("Host", "localhost");
    if (!body.empty()) request.headers.add("Content-Type", type);
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    request.body = body;
    request.peer = "127.0.0.1";
    return request;
}

}  // namespace

Task<Answer> Client::ask(http::Method method, std::string path, std::string body, std::string token,
                         std::vector<int> hoped) {
    http::Request request = request_of(method, path, body, "application/json", token);
    co_return co_await send(std::move(request), std::move(hoped));
}

Task<Answer> Client::upload(std::string path, std::string picture, std::string token,
                            std::vector<int> hoped) {
    http::Request request = request_of(http::Method::post, path, picture, "image/jpeg", token);
    co_return co_await send(std::move(request), std::move(hoped));
}

Task<Answer> Client::send(http::Request request, std::vector<int> hoped) {
    http::Response response;
    for (int n = 0; n < tries; ++n) {
        http::Request again = request;
        Task<http::Response> asking = inside_.ask(std::move(again));
        response = co_await std::move(asking);
        if (response.status != 429 && response.status != 503) break;
        co_await runtime::sleep_ms(pause_ms);
    }
    if (std::ranges::find(hoped, response.status) == hoped.end())
        throw std::runtime_error("demo: " + request.method_text + " " + request.path + " answered " +
                                 std::to_string(response.status) + ": " + response.content());
    Answer answer;
    answer.status = response.status;
    if (auto document = json::Document::parse(response.content())) answer.body = std::move(*document);
    co_return answer;
}

}  // namespace cloudretail::demo
