// The process as an administrator meets it: command line, lock, control socket, signals, systemd, management
// listener.
#include "server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

/// A server that was not started.
class StoppedServer : public ServerProcess {
  public:
    StoppedServer() : ServerProcess(CLOUDRETAIL_BINARY, db::Dialect::sqlite, quick_flags()) {}
};

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// Where a service tells its manager how it is.
class NotifySocket {
  public:
    explicit NotifySocket(const std::string& path)
        : path_(path), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("bind");
    }
    ~NotifySocket() { ::close(socket_); }
    NotifySocket(const NotifySocket&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }
    /// The next message; empty when none comes within 20 s.
    [[nodiscard]] std::string next() const {
        pollfd wait{socket_, POLLIN, 0};
        if (::poll(&wait, 1, 20'000) <= 0) return {};
        char text[256];
        const ssize_t n = ::recv(socket_, text, sizeof text, 0);
        return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : std::string();
    }

  private:
    std::string path_;
    int socket_;
};

}  // namespace

TEST_CASE("what is wrong on the command line is one line and exit status 2", "[command-line]") {
    const ServerProcess program(CLOUDRETAIL_BINARY, db::Dialect::sqlite);
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"dance"}, "dance"},
        {{"admin"}, "admin"},
        {{"serve", "--colour=red"}, "--colour"},
        {{"serve", "--limits.nothing=1"}, "--limits.nothing"},
        {{"serve", "--gateway.port=99999"}, "gateway.port"},
        {{"serve", "--auth.jwt_secret=short"}, "auth.jwt_secret"},
        {{"serve", "--dry-run"}, "--dry-run"},
        {{"admin", "create"}, "--email"},
        {{"check", "--config=/nonexistent.ini"}, "/nonexistent.ini"},
    };
    for (const auto& [arguments, named] : cases) {
        const Ended ended = program.run(arguments);
        INFO(arguments.front() + ": " + ended.output + ended.errors);
        CHECK(ended.status == 2);
        CHECK(ended.output.empty());
        CHECK(lines(ended.errors) == 1);
        CHECK(ended.errors.find(named) != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(program.data_dir()));
}

TEST_CASE("help, version, migrate and check work without a server", "[command-line]") {
    const StoppedServer program;
    const Ended help = program.run({"help"});
    CHECK(help.status == 0);
    CHECK(help.output.find("--gateway.port=3000") != std::string::npos);
    CHECK(program.run({"version"}).output.starts_with("cloudretail "));

    const Ended missing = program.run({"migrate", "--dry-run"});
    CHECK(missing.status == 0);
    CHECK(missing.output.find("order: order/0001_init is to be applied") != std::string::npos);
    CHECK(program.run({"migrate"}).output.find("order: order/0001_init applied") != std::string::npos);
    CHECK(program.run({"migrate"}).output.find("order: up to date") != std::string::npos);
    const Ended checked = program.run({"check"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
    CHECK(checked.output.find("order database") != std::string::npos);
    CHECK(program.run({"check", "--deep"}).status == 0);
}

TEST_CASE("a second server on the same data is refused with a line that names the first", "[command-line]") {
    const RunningServer server;
    const Ended second = server.run({"serve"});
    CHECK(second.status == 1);
    CHECK(lines(second.errors) == 1);
    CHECK(second.errors.find("in use by process " + std::to_string(server.pid())) != std::string::npos);
}

TEST_CASE("a server that cannot start says why in one line", "[command-line]") {
    const RunningServer first;
    StoppedServer second;
    const Ended taken = second.run({"serve", "--ui.port=0", "--management.port=0",
                                    "--gateway.port=" + std::to_string(first.port("gateway"))});
    CHECK(taken.status == 1);
    CHECK(taken.errors.find("cloudretail: ") != std::string::npos);
    CHECK(taken.errors.find(std::to_string(first.port("gateway"))) != std::string::npos);

    std::ofstream(second.data_dir() + "/order.db", std::ios::trunc) << std::string(4096, 'x');
    const Ended broken = second.run({"serve", "--gateway.port=0", "--ui.port=0", "--management.port=0"});
    CHECK(broken.status == 1);
    INFO(broken.errors);
    CHECK(broken.errors.find("cloudretail: ") != std::string::npos);
    CHECK(broken.errors.find("order") != std::string::npos);
}

TEST_CASE("a command beside the server is carried out by the server, however long the path is",
          "[command-line]") {
    StoppedServer server;
    server.data_name = std::string(120, 'd');  // past what a socket's address holds
    server.start();
    const auto mode = std::filesystem::status(server.data_dir() + "/control.sock").permissions();
    CHECK((mode & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(server.run({"check"}).status == 0);
    CHECK(server.run({"migrate"}).output.find("user: up to date") != std::string::npos);
    const Ended refused =
        server.run({"admin", "create", "--email", "not-an-address", "--password-stdin"}, "Secret-99x\n");
    CHECK(refused.status == 1);
    CHECK(refused.errors.starts_with("cloudretail: "));
}

TEST_CASE("SIGTERM ends the server with 0 and the next start finds everything", "[life]") {
    RunningServer server;
    const Account vendor = register_account(server.gateway(), "vendor");
    const std::string product = make_product(server.gateway(), vendor);
    CHECK(server.terminate() == 0);
    CHECK_FALSE(std::filesystem::exists(server.data_dir() + "/control.sock"));
    server.start();
    CHECK(server.gateway().get("/api/products/" + product).status == 200);
    CHECK(server.gateway().get("/api/users/me", vendor.headers()).status == 200);
    server.kill9();
    server.start();
    CHECK(server.gateway().get("/api/products/" + product).status == 200);
}

TEST_CASE("SIGHUP reads log level and limits again, and bad values change nothing", "[life]") {
    const TemporaryFolder folder;
    const std::string file = (folder.path() / "shop.ini").string();
    const auto configure = [&](const std::string& text) { std::ofstream(file, std::ios::trunc) << text; };
    configure("[log]\nlevel = error\n[limits]\nanonymous_burst = 100000\n");
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::sqlite, {"--config=" + file});
    server.start();
    CHECK(server.log().find("\"ready\"") == std::string::npos);  // an info line
    HttpClient client = server.gateway();
    CHECK(client.get("/api/products").status == 200);

    configure("[log]\nlevel = info\n[limits]\nanonymous_rate = 1\nanonymous_burst = 1\n");
    server.signal(SIGHUP);
    CHECK(eventually(10s, [&] { return server.log().find("were read again") != std::string::npos; }));
    CHECK(eventually(10s, [&] { return client.get("/api/products").status == 429; }));

    configure("[log]\nlevel = loud\n");
    server.signal(SIGHUP);
    CHECK(eventually(10s, [&] { return server.log().find("was not read again") != std::string::npos; }));
    CHECK(client.get("/api/products").status == 429);  // as before
}

TEST_CASE("health asks the server as a container's check does", "[life]") {
    RunningServer server;
    const std::string port = "--gateway.port=" + std::to_string(server.port("gateway"));
    const Ended ready = server.run({"health", port});
    CHECK(ready.status == 0);
    CHECK(ready.output == "ready\n");
    REQUIRE(server.terminate() == 0);
    const Ended gone = server.run({"health", port});
    CHECK(gone.status == 1);
    CHECK(gone.errors.starts_with("cloudretail: nobody answers"));
}

TEST_CASE("systemd hears of readiness, of every turn of the loops, and of the end", "[life]") {
    const TemporaryFolder folder;
    const NotifySocket manager((folder.path() / "notify").string());
    StoppedServer server;
    server.environment = {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "300000"}};
    server.start();
    CHECK(manager.next() == "READY=1");
    CHECK(manager.next() == "WATCHDOG=1");
    CHECK(manager.next() == "WATCHDOG=1");
    CHECK(server.terminate() == 0);
    std::string last = manager.next();
    while (last == "WATCHDOG=1") last = manager.next();
    CHECK(last == "STOPPING=1");
}

TEST_CASE("the management listener tells numbers and details that the gateway keeps to itself",
          "[management]") {
    const RunningServer server;
    HttpClient gateway = server.gateway();
    const Account vendor = register_account(gateway, "vendor");
    add_stock(gateway, vendor, make_product(gateway, vendor), 5);
    HttpClient management = server.management();
    const auto metrics = management.get("/metrics");
    REQUIRE(metrics.status == 200);
    for (const char* name : {"cloudretail_db_commits_total{module=\"product\"}", "cloudretail_breaker_state",
                             "cloudretail_events_lag", "cloudretail_sagas_open",
                             "cloudretail_http_connections", "process_resident_memory_bytes"}) {
        INFO(name);
        CHECK(metrics.body.find(name) != std::string::npos);
    }
    CHECK(metrics.body.find(vendor.email) == std::string::npos);
    const auto details = management.get("/health");
    CHECK(at(details, "parts/order/breaker") == "closed");
    CHECK(at(gateway.get("/health"), "parts/order/breaker").empty());
    CHECK(gateway.get("/metrics").status == 404);
    CHECK(management.get("/api/products").status == 404);
    CHECK(management.post("/metrics", "{}").status == 405);
}

TEST_CASE("a server that is told to stop is no longer ready, and says so to who had begun to ask",
          "[process]") {
    RunningServer server;
    const Contract contract(server.gateway().get("/openapi.json").body);
    const ContractOperation& asked = *contract.find("getReadiness");
    RawSocket socket("127.0.0.1", server.port("gateway"));
    std::string rest;
    socket.send("GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(read_response(socket, rest).status == 200);
    socket.send("GET /health/ready HTTP/1.1\r\nHost: a\r\n");
    HttpClient management = server.management();
    server.signal(SIGTERM);
    CHECK(eventually(10s, [&] { return management.get("/health/ready").status == 503; }));
    socket.send("\r\n");
    const HttpResponse answer = read_response(socket, rest);
    CHECK(answer.status == 503);
    CHECK(answer.header("Connection") == "close");
    for (const std::string& fault : contract.faults(asked, answer)) FAIL_CHECK(fault);
    CHECK(server.terminate() == 0);
}
