// Whom the outgoing HTTP client trusts: servers whose certificate is good now, for their name, by an
// authority that is trusted; nobody else hears a word.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <future>
#include <http/client.hpp>
#include <support/test_database.hpp>
#include <support/tls_receiver.hpp>

using namespace cloudretail;
using namespace cloudretail::http;
using namespace cloudretail::test;
using Failure = ClientAnswer::Failure;

namespace {

ClientAnswer post(const TlsReceiver& receiver, const std::string& host, const std::string& authority) {
    const TemporaryFolder folder;
    ClientSettings settings;
    settings.guard = AddressGuard(Networks({"127.0.0.1"}));
    settings.resolve = {host + ":" + std::to_string(receiver.port()) + ":127.0.0.1"};
    if (!authority.empty()) {
        settings.ca_file = (folder.path() / "authority.pem").string();
        std::ofstream(settings.ca_file) << authority;
    }
    Client client(settings);
    std::promise<ClientAnswer> promise;
    client.post({"https://" + host + ":" + std::to_string(receiver.port()) + "/", {}, "{}"},
                [&](Outcome<ClientAnswer> outcome) { promise.set_value(outcome.get()); });
    return promise.get_future().get();
}

}  // namespace

TEST_CASE("only a server whose certificate can be trusted is told anything", "[http]") {
    ::signal(SIGPIPE, SIG_IGN);
    TlsReceiver good("shop.example"), other("other.example"), old("shop.example", -1);
    CHECK(post(good, "shop.example", good.authority()).status == 200);
    CHECK(good.requests() == 1);
    CHECK(post(good, "shop.example", "").failure == Failure::no_trust);  // the system's authorities
    CHECK(post(good, "shop.example", other.authority()).failure == Failure::no_trust);
    CHECK(post(good, "evil.example", good.authority()).failure == Failure::no_trust);
    CHECK(post(old, "shop.example", old.authority()).failure == Failure::no_trust);
    CHECK(post(good, "shop.example", "no certificate").failure == Failure::no_trust);
    CHECK(good.requests() == 1);
    CHECK(old.requests() == 0);
    CHECK(other.requests() == 0);
}
