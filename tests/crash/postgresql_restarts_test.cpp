// PostgreSQL stops as in a crash and comes back, again and again, under a stream of orders: our server is
// never restarted, nothing that was acknowledged is lost, and no order is made twice. On a cluster of the
// test's own, because the shared one serves other tests.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <signal.h>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

constexpr int buyers = 6;
constexpr int restarts = 20;
constexpr int stock = 1'000'000;

/// A PostgreSQL of its own, which ServerProcess takes for the tests' while this lives.
class Cluster {
  public:
    Cluster() {
        // Root runs it as another user, who must be able to enter.
        std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
        const char* shared = std::getenv(variable);
        if (shared != nullptr) shared_ = shared;
        start();
        ::setenv(variable, url().c_str(), 1);
    }
    ~Cluster() {
        (void)run("stop");
        shared_.empty() ? ::unsetenv(variable) : ::setenv(variable, shared_.c_str(), 1);
    }
    Cluster(const Cluster&) = delete;
    void start() const { must("start"); }
    void crash() const { must("crash"); }

  private:
    static constexpr const char* variable = "CLOUDRETAIL_TEST_POSTGRESQL";

    [[nodiscard]] std::string command(const std::string& verb) const {
        return std::string(CLOUDRETAIL_SOURCE_DIR) + "/scripts/postgres " + verb + " " +
               (folder_.path() / "cluster").string();
    }
    [[nodiscard]] bool run(const std::string& verb) const {
        return std::system((command(verb) + " >/dev/null").c_str()) == 0;
    }
    void must(const std::string& verb) const {
        if (!run(verb)) throw std::runtime_error("PostgreSQL for tests: " + verb + " failed");
    }
    [[nodiscard]] std::string url() const {
        std::FILE* const output = ::popen(command("url").c_str(), "r");
        char line[256] = "";
        const bool read = output != nullptr && std::fgets(line, sizeof line, output) != nullptr;
        if (output != nullptr) ::pclose(output);
        if (!read) throw std::runtime_error("PostgreSQL for tests: no URL");
        return std::string(line, std::string_view(line).find('\n'));
    }

    TemporaryFolder folder_;
    std::string shared_;
};

/// What the buyers saw.
struct Ledger {
    std::mutex mutex;
    std::set<std::string> orders;     // ids acknowledged
    std::set<std::string> surprises;  // answers that nobody should get
    int twice = 0;                    // ids acknowledged for two keys
    std::atomic<int> acknowledged{0}, refused{0}, keys{0};
    std::atomic<bool> enough{false};   // begin no further order
    std::atomic<bool> give_up{false};  // the test failed: nothing is waited for any more

    void accept(const std::string& id) {
        const std::lock_guard lock(mutex);
        twice += orders.insert(id).second ? 0 : 1;
        ++acknowledged;
    }
    void wonder(const HttpResponse& answer) {
        const std::lock_guard lock(mutex);
        surprises.insert(std::to_string(answer.status) + " " + answer.body);
    }
};

/// Orders, one key after the other; each is asked for until it is acknowledged.
void buy(const ServerProcess& server, const Account& customer, const std::string& body, Ledger& ledger) {
    HttpClient client = server.gateway();
    while (!ledger.enough) {
        const std::string key = "key-" + std::to_string(++ledger.keys);
        for (bool done = false; !done && !ledger.give_up;) {
            const HttpResponse answer = place_order(client, customer, body, key);
            done = answer.status == 201 || answer.status == 202;
            if (done) {
                ledger.accept(at(answer, "id"));
            } else if (answer.status == 503 || problem_of(answer) == "idempotency-in-progress") {
                ++ledger.refused;
                std::this_thread::sleep_for(20ms);  // as a client that heeds Retry-After, only sooner
            } else {
                ledger.wonder(answer);
                return;
            }
        }
    }
}

/// The lines of a log that tell of errors.
std::string errors_in(const std::string& log) {
    std::istringstream lines(log);
    std::string errors;
    for (std::string line; std::getline(lines, line);)
        if (line.find(R"("level":"error")") != std::string::npos) errors += line + "\n";
    return errors;
}

/// All buyers, each on a thread of its own.
class Crowd {
  public:
    Crowd(const ServerProcess& server, const std::vector<Account>& customers, const std::string& body,
          Ledger& ledger)
        : ledger_(ledger) {
        for (const Account& customer : customers)
            threads_.emplace_back([&server, &customer, &body, &ledger] {
                try {
                    buy(server, customer, body, ledger);
                } catch (const std::exception& e) {
                    ledger.wonder({0, {}, e.what()});
                }
            });
    }
    ~Crowd() {
        ledger_.give_up = true;
        go_home();
    }
    Crowd(const Crowd&) = delete;
    /// Each gets the answer to the order under way.
    void go_home() {
        ledger_.enough = true;
        for (std::thread& thread : threads_)
            if (thread.joinable()) thread.join();
    }

  private:
    Ledger& ledger_;
    std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE(
    "PostgreSQL crashes and returns 20 times under orders: nothing lost, nothing twice, no restart of ours",
    "[crash][postgresql]") {
    const unsigned seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    Cluster cluster;
    ServerProcess server(CLOUDRETAIL_BINARY, db::Dialect::postgresql,
                         {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
                          "--saga.lease=2s", "--breaker.reset=300ms"});
    server.start();
    const int pid = server.pid();
    const Account vendor = register_account(server.gateway(), "vendor");
    const std::string product = make_product(server.gateway(), vendor, "Laptop", "10.00");
    add_stock(server.gateway(), vendor, product, stock);
    std::vector<Account> customers;
    for (int i = 0; i < buyers; ++i) customers.push_back(register_account(server.gateway()));
    const std::string body = order_body(product, 1);

    Ledger ledger;
    Crowd crowd(server, customers, body, ledger);
    bool flowed = true;
    for (int round = 0; round < restarts && flowed; ++round) {
        const int before = ledger.acknowledged;
        const int orders = std::uniform_int_distribution<int>(5, 60)(random);
        flowed = eventually(60s, [&] { return ledger.acknowledged >= before + orders; });
        std::this_thread::sleep_for(
            std::chrono::microseconds(std::uniform_int_distribution<int>(0, 3000)(random)));
        cluster.crash();
        cluster.start();
    }
    const int before = ledger.acknowledged;
    CHECK(flowed);
    CHECK(eventually(60s, [&] { return ledger.acknowledged >= before + buyers; }));  // it goes on by itself
    crowd.go_home();

    for (const std::string& surprise : ledger.surprises) {
        INFO(surprise << "\n" << errors_in(server.log()));
        CHECK(false);
    }
    CHECK(ledger.twice == 0);
    CHECK(ledger.refused > 0);  // else no restart met an order, and the test shows nothing
    CHECK(eventually(60s, [&] {
        return server.query("order", "SELECT count(*) FROM orders WHERE status = 'pending'") == "0";
    }));
    const std::string all = std::to_string(ledger.orders.size());
    CHECK(all == std::to_string(ledger.keys));
    CHECK(server.query("order", "SELECT count(*) FROM orders") == all);
    CHECK(server.query("order", "SELECT count(*) FROM orders WHERE status = 'confirmed'") == all);
    HttpClient client = server.gateway();
    CHECK(available_stock(client, product) == stock - static_cast<std::int64_t>(ledger.orders.size()));
    CHECK(eventually(30s, [&] { return at(client.get("/health"), "status") == "ok"; }));
    const Ended checked = server.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
    CHECK(server.pid() == pid);
    CHECK(server.terminate() == 0);
    WARN(restarts << " crashes of PostgreSQL, " << all << " orders, " << ledger.refused
                  << " times asked to come back, none lost, none twice");
}
