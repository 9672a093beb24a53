// The demo's people at the API: requests in, checked answers out. Thread rule: the background loop's
// coroutines.
#pragma once

#include <app/demo.hpp>
#include <base/json.hpp>
#include <string>
#include <vector>

namespace cloudretail::demo {

/// An answer whose status was as hoped.
struct Answer {
    int status = 0;
    json::Document body;
    [[nodiscard]] std::string text(std::string_view member) const {
        return std::string(body.root()[member].text().value_or(""));
    }
};

class Client {
  public:
    explicit Client(app::Inside inside) : inside_(std::move(inside)) {}

    /// Asks; waits and asks again while a limit (429) or a queue (503) says so. Throws std::runtime_error
    /// with the problem when the status is none of `hoped`. `token` may be empty.
    Task<Answer> ask(http::Method method, std::string path, std::string body, std::string token,
                     std::vector<int> hoped);
    /// The same with a body that is a JPEG.
    Task<Answer> upload(std::string path, std::string picture, std::string token, std::vector<int> hoped);
    [[nodiscard]] const app::Inside& inside() const { return inside_; }

  private:
    Task<Answer> send(http::Request request, std::vector<int> hoped);
    app::Inside inside_;
};

}  // namespace cloudretail::demo
