// More than a hundred ways to write an address of this machine or network, and none that leads to a
// connection: a socket listens on all of the loopback, and must never accept.
#include <catch2/catch.hpp>
#include <future>
#include <http/client.hpp>
#include <support/webhook_receiver.hpp>

using namespace cloudretail;
using namespace cloudretail::http;
using namespace cloudretail::test;

namespace {

// Each with PORT in place of the listening socket's.
// This machine, as it is.
const std::vector<std::string> own_disguises{
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT",
    "http://127.0.0.1:PORT/?q",
    "http://127.0.0.2:PORT/",
    "http://127.255.255.254:PORT/",
    "http://127.1.2.3:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://localhost.:PORT/",
    "http://a.localhost:PORT/",
    "http://ip6-localhost:PORT/",
    "http://localhost.localdomain:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/",
    "http://[::1%25lo]:PORT/",
    "http://[::1%lo]:PORT/",
    "http://[::1%251]:PORT/",
};
// Numbers that some take for an address.
const std::vector<std::string> number_disguises{
    "http://2130706433:PORT/",     "http://0x7f000001:PORT/",
    "http://0X7F000001:PORT/",     "http://017700000001:PORT/",
    "http://0x7f.0.0.1:PORT/",     "http://0x7f.1:PORT/",
    "http://0177.0.0.1:PORT/",     "http://0177.1:PORT/",
    "http://127.1:PORT/",          "http://127.0.1:PORT/",
    "http://127.0x1:PORT/",        "http://127.0.0.0x1:PORT/",
    "http://00000177.0.0.1:PORT/", "http://0x0000007f.0x0.0x0.0x1:PORT/",
    "http://127.0.0.01:PORT/",     "http://127.00.00.01:PORT/",
    "http://127.0.0.1.:PORT/",     "http://127.1.:PORT/",
    "http://2130706433.:PORT/",    "http://0x7f000001.:PORT/",
    "http://4294967297:PORT/",     "http://18446744071562067969:PORT/",
    "http://127.0.0.256:PORT/",    "http://127.0.0.1.1:PORT/",
    "http://1.0x7f000001:PORT/",   "http://127.65537:PORT/",
    "http://127.0.256:PORT/",      "http://0x100000000000000000007f000001:PORT/",
    "http://-2130706433:PORT/",    "http://+2130706433:PORT/",
    "http://127.-0.0.1:PORT/",     "http://127.0.0.1e0:PORT/",
};
// IPv4 inside of IPv6.
const std::vector<std::string> nested_disguises{
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::FFFF:7F00:0001]:PORT/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[::7f00:1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://[64:ff9b:1::7f00:1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://[2002:7f00:0001::1]:PORT/",
    "http://[2001:0:7f00:1::]:PORT/",
    "http://[2001:0:0:0:0:0:80ff:fffe]:PORT/",
    "http://[::ffff:0:127.0.0.1]:PORT/",
    "http://[2a00::5efe:127.0.0.1]:PORT/",
    "http://[::ffff:10.0.0.1]:PORT/",
    "http://[::ffff:169.254.169.254]:PORT/",
};
// Networks that are not the public internet.
const std::vector<std::string> network_disguises{
    "http://10.0.0.1:PORT/",
    "http://10.255.255.255:PORT/",
    "http://172.16.0.1:PORT/",
    "http://172.31.255.254:PORT/",
    "http://192.168.0.1:PORT/",
    "http://192.168.255.255:PORT/",
    "http://100.64.0.1:PORT/",
    "http://100.100.100.200:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254:PORT/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25eth0]:PORT/",
    "http://[fc00::1]:PORT/",
    "http://[fd12:3456::1]:PORT/",
    "http://[ff02::1]:PORT/",
    "http://[fec0::1]:PORT/",
    "http://[2001:db8::1]:PORT/",
    "http://224.0.0.1:PORT/",
    "http://255.255.255.255:PORT/",
    "http://240.0.0.1:PORT/",
    "http://192.0.2.1:PORT/",
    "http://198.18.0.1:PORT/",
    "http://metadata.google.internal/",
    "http://metadata/",
    "http://printer.local/",
};
// Users, passwords, fragments, backslashes and escapes.
const std::vector<std::string> part_disguises{
    "http://example.com@127.0.0.1:PORT/",
    "http://example.com:80@127.0.0.1:PORT/",
    "http://user:pass@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@example.com/",
    "http://example.com%40127.0.0.1:PORT/",
    "http://127.0.0.1%3aPORT/",
    "http://127.0.0.1:PORT#@example.com/",
    "http://127.0.0.1:PORT\\@example.com/",
    "http:\\\\127.0.0.1:PORT\\",
    "http:/127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "http:////127.0.0.1:PORT/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://%6c%6f%63%61%6c%68%6f%73%74:PORT/",
    "http:// 127.0.0.1:PORT/",
    "http://127.0.0.1 :PORT/",
    "http://127.0.0.1\t:PORT/",
    "http://127.0.0.1:PORT\r\nHost: example.com/",
    "http://example.com\r\n@127.0.0.1:PORT/",
    "http://[127.0.0.1]:PORT/",
    "http://127.0.0.1::PORT/",
    "http://127.0.0.1:+PORT/",
    "http://[::1]PORT/",
    "HTTP://127.0.0.1:PORT/",
    "hTtP://0x7F.1:PORT/",
};
// Letters and digits that are folded into plain ones.
const std::vector<std::string> folded_disguises{
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:PORT/",
    "http://\uff11\uff12\uff17.0.0.1:PORT/",
    "http://127\u30020\u30020\u30021:PORT/",
    "http://127\uff0e0\uff0e0\uff0e1:PORT/",
    "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:PORT/",
    "http://loc\u00adalhost:PORT/",
    "http://\u0661\u0662\u0667.0.0.1:PORT/",
    "http://127.0.0.1\u2044@example.com:PORT/",
};
// Names that lead inside, as the name servers of the test below say.
const std::vector<std::string> led_disguises{
    "http://127.0.0.1.nip.example:PORT/",   "http://10-0-0-1.nip.example:PORT/",
    "http://metadata.nip.example:PORT/",    "http://six.nip.example:PORT/",
    "http://mapped.nip.example:PORT/",      "http://both.nip.example:PORT/",
    "http://unspecified.nip.example:PORT/", "http://carrier.nip.example:PORT/",
};

const std::vector<std::string>& disguises() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out;
        for (const auto* some : {&own_disguises, &number_disguises, &nested_disguises, &network_disguises,
                                 &part_disguises, &folded_disguises, &led_disguises})
            out.insert(out.end(), some->begin(), some->end());
        return out;
    }();
    return all;
}

std::vector<std::string> names(const std::string& port) {
    std::vector<std::string> entries;
    const auto lead = [&](const char* name, const char* addresses) {
        entries.push_back(std::string(name) + ".nip.example:" + port + ":" + addresses);
    };
    lead("127.0.0.1", "127.0.0.1");
    lead("10-0-0-1", "10.0.0.1");
    lead("metadata", "169.254.169.254");
    lead("six", "[::1]");
    lead("mapped", "[::ffff:127.0.0.1]");
    lead("both", "127.0.0.1,[::1],10.0.0.1");
    lead("unspecified", "0.0.0.0");
    lead("carrier", "100.64.0.1");
    return entries;
}

std::string with_port(std::string url, const std::string& port) {
    const auto at = url.find("PORT");
    return at == std::string::npos ? url : url.replace(at, 4, port);
}

}  // namespace

TEST_CASE("no way to write an address or a name leads to a connection inside", "[http][ssrf]") {
    WebhookReceiver trap("0.0.0.0");
    const std::string port = std::to_string(trap.port());
    ClientSettings settings;
    settings.plain = true;
    settings.connect_timeout_ms = settings.timeout_ms = 3'000;
    settings.resolve = names(port);
    Client client(settings);
    REQUIRE(disguises().size() >= 100);
    std::vector<std::pair<std::string, std::future<ClientAnswer>>> asked;
    for (const std::string& disguise : disguises()) {
        auto promise = std::make_shared<std::promise<ClientAnswer>>();
        asked.emplace_back(disguise, promise->get_future());
        client.post({with_port(disguise, port), {}, "{}"}, [promise](Outcome<ClientAnswer> outcome) {
            promise->set_value(std::move(outcome.get()));
        });
    }
    for (auto& [disguise, future] : asked) {
        CAPTURE(disguise);
        const ClientAnswer answer = future.get();
        CHECK(answer.status == 0);
        CHECK(answer.failure != ClientAnswer::Failure::none);
        CHECK(answer.failure != ClientAnswer::Failure::no_connection);  // that would have been a try
    }
    CHECK(trap.connections() == 0);
    CHECK(trap.calls().empty());
}

TEST_CASE("the guard alone, without a look at the URL, keeps names from leading inside", "[http][ssrf]") {
    WebhookReceiver trap("0.0.0.0");
    const std::string port = std::to_string(trap.port());
    ClientSettings settings;
    settings.plain = true;
    settings.resolve = names(port);
    for (const std::string& entry : settings.resolve) {
        const std::string url = "http://" + entry.substr(0, entry.find(':')) + ":" + port + "/";
        CAPTURE(url);
        CHECK(url_problem(settings, url).empty());
        Client client(settings);
        std::promise<ClientAnswer> promise;
        client.post({url, {}, "{}"},
                    [&](Outcome<ClientAnswer> outcome) { promise.set_value(outcome.get()); });
        CHECK(promise.get_future().get().failure == ClientAnswer::Failure::not_allowed);
    }
    CHECK(trap.connections() == 0);
}

TEST_CASE("what is allowed inside is reached, and nothing beside it", "[http][ssrf]") {
    WebhookReceiver receiver("0.0.0.0");
    const std::string port = std::to_string(receiver.port());
    ClientSettings settings;
    settings.plain = true;
    settings.guard = AddressGuard(Networks({"127.0.0.1"}));
    settings.resolve = {"shop.example:" + port + ":127.0.0.2", "inner.example:" + port + ":127.0.0.1",
                        "mixed.example:" + port + ":127.0.0.2,127.0.0.1"};
    Client client(settings);
    const auto post = [&](const std::string& host) {
        std::promise<ClientAnswer> promise;
        client.post({"http://" + host + ":" + port + "/", {}, "{}"},
                    [&](Outcome<ClientAnswer> outcome) { promise.set_value(outcome.get()); });
        return promise.get_future().get();
    };
    CHECK(post("shop.example").failure == ClientAnswer::Failure::not_allowed);
    CHECK(receiver.connections() == 0);
    CHECK(post("inner.example").status == 200);
    CHECK(post("mixed.example").status == 200);  // by the address that is allowed
    CHECK(receiver.connections() == 2);
}
