// Errors as RFC 9457 problems.
#include <base/json.hpp>
#include <catch2/catch.hpp>
#include <gateway/problem.hpp>

using namespace cloudretail;
using namespace cloudretail::gateway;

namespace {
const ProblemContext here{.instance = "/api/orders", .request_id = "r-1"};

json::Document read(const http::Response& response) { return json::Document::parse(response.body).value(); }
}  // namespace

TEST_CASE("every kind of error has the status the contract names", "[gateway]") {
    const std::pair<ErrorKind, int> table[] = {
        {ErrorKind::malformed, 400},        {ErrorKind::unauthenticated, 401},
        {ErrorKind::payment_required, 402}, {ErrorKind::forbidden, 403},
        {ErrorKind::not_found, 404},        {ErrorKind::method_not_allowed, 405},
        {ErrorKind::conflict, 409},         {ErrorKind::precondition_failed, 412},
        {ErrorKind::too_large, 413},        {ErrorKind::unsupported_media, 415},
        {ErrorKind::invalid, 422},          {ErrorKind::rate_limited, 429},
        {ErrorKind::header_too_large, 431}, {ErrorKind::unavailable, 503},
        {ErrorKind::internal, 500},
    };
    for (const auto& [kind, status] : table) CHECK(status_of(kind) == status);
}

TEST_CASE("a problem carries type, title, status, detail, instance and request id", "[gateway]") {
    const http::Response response = problem_response(Error(errors::not_found, "No such order."), here);
    CHECK(response.status == 404);
    CHECK(response.headers.get("Content-Type") == "application/problem+json");
    const json::Document document = read(response);
    const json::View body = document.root();
    CHECK(body["type"].text() == "/problems/not-found");
    CHECK(body["title"].text() == errors::not_found.title);
    CHECK(body["status"].integer() == 404);
    CHECK(body["detail"].text() == "No such order.");
    CHECK(body["instance"].text() == "/api/orders");
    CHECK(body["requestId"].text() == "r-1");
    CHECK_FALSE(body["errors"].present());
}

TEST_CASE("a problem without a detail says its title", "[gateway]") {
    const json::Document document = read(problem_response(Error(errors::forbidden), here));
    CHECK(document.root()["detail"].text() == errors::forbidden.title);
}

TEST_CASE("a problem lists fields and adds members of its own", "[gateway]") {
    Error error(errors::validation, "Two \"places\" are wrong.");
    error.fields = {{"/items/0/quantity", "must be at least 1"}, {"query/page", "must be an integer"}};
    error.members = R"("orderId":"o-1","shortages":[{"requested":2}])";
    const json::Document document = read(problem_response(error, here));
    const json::View body = document.root();
    REQUIRE(body["errors"].size() == 2);
    CHECK(body["errors"].at(0)["pointer"].text() == "/items/0/quantity");
    CHECK(body["errors"].at(0)["detail"].text() == "must be at least 1");
    CHECK(body["orderId"].text() == "o-1");
    CHECK(body["shortages"].at(0)["requested"].integer() == 2);
    CHECK(body["detail"].text() == "Two \"places\" are wrong.");
}

TEST_CASE("a problem has the headers its status needs", "[gateway]") {
    CHECK(problem_response(Error(errors::unauthenticated), here).headers.get("WWW-Authenticate") == "Bearer");
    CHECK(problem_response(Error(errors::unavailable), here).headers.get("Retry-After") == "1");
    CHECK_FALSE(problem_response(Error(errors::not_found), here).headers.has("Retry-After"));
    Error limited(problems::rate_limited);
    limited.retry_after_s = 7;
    CHECK(problem_response(limited, here).headers.get("Retry-After") == "7");
    Error running(errors::idempotency_in_progress);
    running.retry_after_s = 2;
    const http::Response conflict = problem_response(running, here);
    CHECK(conflict.status == 409);
    CHECK(conflict.headers.get("Retry-After") == "2");
}

TEST_CASE("a status without a kind of its own is about:blank", "[gateway]") {
    const http::Response response = plain_problem(408, "The request took too long.", here);
    CHECK(response.status == 408);
    const json::Document document = read(response);
    CHECK(document.root()["type"].text() == "about:blank");
    CHECK(document.root()["title"].text() == "Request Timeout");
}

TEST_CASE("a kept problem names the request that it answers now", "[gateway]") {
    for (const char* kept : {"", "an-older-request"}) {
        http::Response response =
            problem_response(Error(errors::not_found, R"(There is no "requestId":"x" here.)"),
                             {.instance = "/x", .request_id = kept});
        stamp_problem(response, "this-one");
        CHECK(read(response).root()["requestId"].text() == "this-one");
        CHECK(read(response).root()["detail"].text() == R"(There is no "requestId":"x" here.)");
    }
    http::Response other = http::json_response(200, R"({"requestId":"theirs"})");
    stamp_problem(other, "this-one");
    CHECK(other.body == R"({"requestId":"theirs"})");
}
