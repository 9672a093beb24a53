// Backups made while orders come in: each, put into another directory, obeys every rule without anything
// being recovered first, and holds all that was acknowledged before it began. And no byte of a backup can
// change unseen.
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> quick{"--limits.enabled=false", "--auth.password_memory=8MiB",
                                     "--auth.password_passes=1"};

/// Buyers who order while the tap is open; some cancel, some pay with cards whose answer is lost.
class Buyers {
  public:
    static constexpr int count = 4;

    explicit Buyers(ServerProcess& server) : server_(server) {
        const Account vendor = register_account(server.gateway(), "vendor");
        product_ = make_product(server.gateway(), vendor, "Laptop", "10.00");
        add_stock(server.gateway(), vendor, product_, 1'000'000);
        for (int i = 0; i < count; ++i) {
            customers_.push_back(register_account(server.gateway()));
            threads_.emplace_back([this, i] { buy(static_cast<std::size_t>(i)); });
        }
    }
    ~Buyers() {
        set(false, true);
        for (std::thread& thread : threads_) thread.join();
    }
    Buyers(const Buyers&) = delete;

    void open() { set(true, false); }
    /// Returns once the requests under way are answered.
    void close() {
        set(false, false);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return busy_ == 0; });
    }
    [[nodiscard]] int acknowledged() const { return acknowledged_; }
    [[nodiscard]] int refused() const { return refused_; }
    [[nodiscard]] const Account& one() const { return customers_.front(); }

  private:
    void set(bool open, bool over) {
        const std::lock_guard lock(mutex_);
        open_ = open;
        over_ = over;
        changed_.notify_all();
    }

    void buy(std::size_t number) {
        HttpClient client = server_.gateway();
        std::mt19937 random(static_cast<unsigned>(number));
        for (;;) {
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [this] { return open_ || over_; });
                if (over_) return;
                ++busy_;
            }
            try {
                order(client, customers_[number], random() % 8);
            } catch (const std::exception&) {
                ++refused_;
            }
            const std::lock_guard lock(mutex_);
            --busy_;
            changed_.notify_all();
        }
    }

    void order(HttpClient& client, const Account& customer, unsigned kind) {
        const std::string more = kind == 0 ? card("tok_timeout") : kind == 1 ? card("tok_declined") : "";
        const auto answer = place_order(client, customer, order_body(product_, 1, more));
        if (answer.status == 201 || answer.status == 202) {
            ++acknowledged_;
            if (kind == 2)
                client.post("/api/orders/" + at(answer, "id") + "/cancel", "{}", customer.headers());
        } else if (kind != 1 || answer.status != 402) {
            ++refused_;
        }
    }

    ServerProcess& server_;
    std::string product_;
    std::vector<Account> customers_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false, over_ = false;
    int busy_ = 0;
    std::atomic<int> acknowledged_{0}, refused_{0};
};

/// The copy alone, with nothing recovered.
void look_at(const ServerProcess& copy, int acknowledged) {
    const Ended checked = copy.run({"check", "--deep"});
    INFO(checked.output + checked.errors);
    CHECK(checked.status == 0);
    const std::string kept = "SELECT count(*) FROM orders WHERE status <> 'failed'";
    CHECK(std::stoi(copy.query("order", kept)) >= acknowledged);
}

void back_up_again_and_again(db::Dialect dialect, int rounds) {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick);
    server.start();
    const TemporaryFolder folder;
    Buyers buyers(server);
    int pending = 0;
    for (int i = 0; i < rounds; ++i) {
        CAPTURE(i);
        const std::string backup = (folder.path() / std::to_string(i)).string();
        const int before = buyers.acknowledged();
        buyers.open();
        CHECK(eventually(30s, [&] { return buyers.acknowledged() >= before + Buyers::count; }));
        const int acknowledged = buyers.acknowledged();
        const Ended made = server.run({"backup", backup});
        buyers.close();
        INFO(made.output + made.errors);
        REQUIRE(made.status == 0);

        ServerProcess copy(CLOUDRETAIL_BINARY, dialect, quick);
        const Ended restored = copy.run({"restore", backup});
        INFO(restored.output + restored.errors);
        REQUIRE(restored.status == 0);
        look_at(copy, acknowledged);
        const std::string open = "SELECT count(*) FROM orders WHERE status = 'pending'";
        pending += std::stoi(copy.query("order", open));
        if (i + 1 < rounds) continue;
        // The last one goes on selling: what was under way is finished, and who logs in again goes on.
        copy.start();
        CHECK(eventually(60s, [&] { return copy.query("order", open) == "0"; }));
        CHECK(copy.gateway().get("/api/orders", buyers.one().headers()).status == 401);
        const auto again =
            copy.gateway().post("/api/users/login", R"({"email":")" + buyers.one().email +
                                                        R"(","password":")" + demo_password + R"("})");
        CHECK(again.status == 200);
        const std::string bearer = "Bearer " + at(again, "token");
        CHECK(copy.gateway().get("/api/orders", {{"Authorization", bearer}}).status == 200);
        CHECK(copy.terminate() == 0);
        look_at(copy, acknowledged);
    }
    CHECK(buyers.refused() == 0);  // a backup refuses nobody
    CHECK(pending > 0);            // else no backup caught anything under way, and the test shows little
    WARN(rounds << " backups of a running server, " << buyers.acknowledged() << " orders, " << pending
                << " caught half-way");
}

/// Changes one byte of a file, and changes it back at the end.
class Flip {
  public:
    Flip(std::filesystem::path file, std::uintmax_t at, char mask)
        : file_(std::move(file)), at_(at), mask_(mask) {
        turn();
    }
    ~Flip() { turn(); }
    Flip(const Flip&) = delete;

  private:
    void turn() const {
        std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
        char byte = 0;
        stream.seekg(static_cast<std::streamoff>(at_)).get(byte);
        stream.seekp(static_cast<std::streamoff>(at_)).put(static_cast<char>(byte ^ mask_));
    }

    std::filesystem::path file_;
    std::uintmax_t at_;
    char mask_;
};

void flip_bytes(db::Dialect dialect) {
    const unsigned seed = std::random_device()();
    CAPTURE(seed);
    std::mt19937 random(seed);
    ServerProcess server(CLOUDRETAIL_BINARY, dialect, quick);
    server.start();
    make_product(server.gateway(), register_account(server.gateway(), "vendor"));
    const TemporaryFolder folder;
    const std::string backup = (folder.path() / "backup").string();
    REQUIRE(server.run({"backup", backup}).status == 0);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(backup)) files.push_back(entry.path());
    REQUIRE(files.size() == 8);  // six modules, a key, the manifest

    ServerProcess copy(CLOUDRETAIL_BINARY, dialect, quick);
    for (int i = 0; i < 200; ++i) {
        const auto& file = files[random() % files.size()];
        const auto at =
            std::uniform_int_distribution<std::uintmax_t>(0, std::filesystem::file_size(file) - 1)(random);
        CAPTURE(i, file, at);
        const Flip flip(file, at, static_cast<char>(1 + random() % 255));
        // Each tenth really tries to restore, and touches nothing.
        const bool really = i % 10 == 0;
        const Ended ended =
            really ? copy.run({"restore", backup}) : copy.run({"restore", backup, "--dry-run"});
        CHECK(ended.status == 1);
        CHECK(ended.errors.starts_with("cloudretail: "));
        if (really) CHECK_FALSE(std::filesystem::exists(copy.data_dir() + "/user.db"));
    }
    CHECK(copy.run({"restore", backup, "--dry-run"}).status == 0);
    CHECK(copy.run({"restore", backup}).status == 0);
}

}  // namespace

TEST_CASE("50 backups under a load of orders are whole and belong together (SQLite)", "[crash][sqlite]") {
    back_up_again_and_again(db::Dialect::sqlite, 50);
}

TEST_CASE("20 backups under a load of orders are whole and belong together (PostgreSQL)",
          "[crash][postgresql]") {
    back_up_again_and_again(db::Dialect::postgresql, 20);
}

TEST_CASE_ON_BOTH("200 changed bytes of a backup are each found", "[crash]") { flip_bytes(dialect); }
