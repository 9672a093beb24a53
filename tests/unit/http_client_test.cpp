// The outgoing HTTP client: what it makes of answers, and that it never connects to where it may not,
// whatever the URL looks like and wherever a name leads.
#include <catch2/catch.hpp>
#include <future>
#include <http/client.hpp>
#include <support/webhook_receiver.hpp>

using namespace cloudretail;
using namespace cloudretail::http;
using namespace cloudretail::test;
using Failure = ClientAnswer::Failure;

namespace {

/// To receivers on this machine.
ClientSettings open_settings() {
    ClientSettings settings;
    settings.guard = AddressGuard(Networks({"127.0.0.0/8"}));
    settings.plain = true;
    settings.connect_timeout_ms = 1'000;
    settings.timeout_ms = 1'000;
    settings.user_agent = "test";
    return settings;
}

std::future<ClientAnswer> begin(Client& client, const std::string& url) {
    auto promise = std::make_shared<std::promise<ClientAnswer>>();
    ClientRequest request{url, {}, R"({"a":1})"};
    request.headers.add("Content-Type", "application/json");
    client.post(std::move(request),
                [promise](Outcome<ClientAnswer> outcome) { promise->set_value(std::move(outcome.get())); });
    return promise->get_future();
}

ClientAnswer post(Client& client, const std::string& url) { return begin(client, url).get(); }

ClientAnswer answered(const std::string& bytes, std::size_t body_bytes = 1024) {
    WebhookReceiver receiver;
    receiver.answer_with([bytes](const ReceivedCall&) { return bytes; });
    ClientSettings settings = open_settings();
    settings.body_bytes = body_bytes;
    Client client(settings);
    return post(client, receiver.url());
}

}  // namespace

TEST_CASE("a request arrives as it was meant", "[http]") {
    WebhookReceiver receiver;
    Client client(open_settings());
    const ClientAnswer answer = post(client, receiver.url("/hook?x=1"));
    CHECK(answer.failure == Failure::none);
    CHECK(answer.status == 200);
    REQUIRE(receiver.calls().size() == 1);
    const ReceivedCall call = receiver.calls().front();
    CHECK(call.method == "POST");
    CHECK(call.path == "/hook?x=1");
    CHECK(call.body == R"({"a":1})");
    CHECK(call.header("content-type") == "application/json");
    CHECK(call.header("user-agent") == "test");
    CHECK(call.header("expect").empty());
}

TEST_CASE("the status is what was answered, and redirects are an answer like others", "[http]") {
    for (const int status : {200, 204, 302, 400, 410, 429, 500, 503}) {
        CAPTURE(status);
        CHECK(answered(http_answer(status, status == 204 ? "" : "x")).status == status);
    }
    WebhookReceiver elsewhere, receiver;
    receiver.answer_with(
        [&](const ReceivedCall&) { return http_answer(302, "", "Location: " + elsewhere.url() + "\r\n"); });
    Client client(open_settings());
    CHECK(post(client, receiver.url()).status == 302);
    CHECK(elsewhere.connections() == 0);
}

TEST_CASE("Retry-After is read as seconds", "[http]") {
    CHECK(answered(http_answer(429, "", "Retry-After: 120\r\n")).retry_after_s == 120);
    CHECK(answered(http_answer(503, "", "Retry-After: soon\r\n")).retry_after_s == 0);
    CHECK(answered(http_answer(503)).retry_after_s == 0);
    CHECK(answered(http_answer(503, "", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n")).retry_after_s <=
          0);
}

TEST_CASE("of a body the beginning is read, and the rest is not waited for", "[http]") {
    CHECK(answered(http_answer(200, "hello")).body == "hello");
    const ClientAnswer endless =
        answered("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + std::string(5'000, 'x'), 100);
    CHECK(endless.failure == Failure::none);
    CHECK(endless.status == 200);
    CHECK(endless.body == std::string(100, 'x'));
    CHECK(answered(http_answer(200, "aaaaaaaaaa"), 10).body == "aaaaaaaaaa");
}

TEST_CASE("what is no HTTP is a failure", "[http]") {
    const std::string flood(200'000, 'h');
    for (const std::string& bytes :
         {std::string("garbage\r\n\r\n"), std::string("SSH-2.0-x\r\n"), std::string("HTTP/1.1\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"), std::string("\r\n"),
          "HTTP/1.1 200 OK\r\nX-Flood: " + flood + "\r\n\r\n"}) {
        CAPTURE(bytes.substr(0, 60));
        const ClientAnswer answer = answered(bytes);
        CHECK(answer.failure == Failure::no_http);
        CHECK(answer.status == 0);
        CHECK_FALSE(answer.error.empty());
    }
}

TEST_CASE("who never answers is given up in time, and holds nobody else up", "[http]") {
    WebhookReceiver silent, quick;
    silent.answer_with([](const ReceivedCall&) { return std::string(); });
    ClientSettings settings = open_settings();
    settings.timeout_ms = 400;
    Client client(settings);
    std::vector<std::future<ClientAnswer>> waiting;
    for (int i = 0; i < 20; ++i) waiting.push_back(begin(client, silent.url()));
    CHECK(post(client, quick.url()).status == 200);
    for (auto& one : waiting) {
        const ClientAnswer answer = one.get();
        CHECK(answer.failure == Failure::timeout);
        CHECK(answer.duration_ms >= 350);
    }
}

TEST_CASE("nobody listening, no such name, and the client's end are failures of their own", "[http]") {
    std::uint16_t port = 0;
    {
        const WebhookReceiver gone;
        port = gone.port();
    }
    Client client(open_settings());
    CHECK(post(client, "http://127.0.0.1:" + std::to_string(port)).failure == Failure::no_connection);
    CHECK(post(client, "http://no-such-host.invalid/").failure == Failure::no_name);
    WebhookReceiver silent;
    silent.answer_with([](const ReceivedCall&) { return std::string(); });
    auto under_way = begin(client, silent.url());
    client.stop();
    CHECK(under_way.get().failure == Failure::stopped);
    CHECK(post(client, silent.url()).failure == Failure::stopped);
}

TEST_CASE("the environment's proxy is not used", "[http]") {
    WebhookReceiver proxy, receiver;
    const std::string before = ::getenv("http_proxy") == nullptr ? "" : ::getenv("http_proxy");
    ::setenv("http_proxy", proxy.url("").c_str(), 1);
    {
        Client client(open_settings());
        CHECK(post(client, receiver.url()).status == 200);
    }
    before.empty() ? ::unsetenv("http_proxy") : ::setenv("http_proxy", before.c_str(), 1);
    CHECK(proxy.connections() == 0);
}

TEST_CASE("only schemes and ports that are allowed are asked", "[http]") {
    WebhookReceiver receiver;
    ClientSettings settings = open_settings();
    settings.ports = {443};
    Client other_port(settings);
    CHECK(post(other_port, receiver.url()).failure == Failure::not_allowed);
    settings.ports = {receiver.port()};
    settings.plain = false;
    Client no_plain(settings);
    CHECK(post(no_plain, receiver.url()).failure == Failure::not_allowed);
    CHECK(receiver.connections() == 0);
    for (const char* url : {"ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
                            "dict://example.com/", "javascript:x", "//example.com", "example.com", ""}) {
        CAPTURE(url);
        CHECK_FALSE(url_problem(open_settings(), url).empty());
    }
}
