// Checkout load: closed loop, one thread, epoll. Registers a vendor and customers, makes and stocks products,
// then places orders from C connections for S seconds after a warm-up, and prints one line of JSON with the
// rate, the latencies and the server's CPU time per order.
//   bench_load PORT SERVER_PID CLIENTS SECONDS
#include "http.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int products = 1'000;
constexpr int customers = 64;
constexpr double warm_up_s = 1.0;

std::string must(const bench::Reply& reply, const char* what, const char* member) {
    auto value = bench::member(reply.body, member);
    if (reply.status >= 300 || value.empty()) {
        std::fprintf(stderr, "%s answered %d: %s\n", what, reply.status, reply.body.c_str());
        std::exit(1);
    }
    return value;
}

std::string person(int port, const std::string& name, const char* role) {
    auto body = R"({"email":")" + name +
                R"(@bench.example","password":"Correct horse 9","firstName":"Bench","lastName":"Mark",)" +
                R"("role":")" + role + R"(","gdprConsent":true})";
    return must(bench::call(port, "POST", "/api/users/register", body, ""), "register", "token");
}

/// User + system time of a process in seconds, from /proc.
double cpu_seconds(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    std::istringstream rest(line.substr(line.rfind(')') + 2));
    std::string skip;
    for (int i = 0; i < 11; ++i) rest >> skip;
    double user = 0, system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Connection {
    int fd = -1;
    std::string in, out;
    std::size_t sent = 0;
    Clock::time_point begun;
};

class Load {
  public:
    Load(int port, std::vector<std::string> tokens, std::vector<std::string> ids)
        : port_(port),
          tokens_(std::move(tokens)),
          ids_(std::move(ids)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

    void run(int clients, double seconds, int pid) {
        connections_.resize(static_cast<std::size_t>(clients));
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            auto& c = connections_[i];
            c.fd = bench::dial(port_);
            fcntl(c.fd, F_SETFL, fcntl(c.fd, F_GETFL) | O_NONBLOCK);
            epoll_event event{EPOLLIN, {.u64 = i}};
            epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event);
            next(c, i);
        }
        auto start = Clock::now();
        auto counted_from =
            start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(warm_up_s));
        auto end = counted_from +
                   std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
        double cpu_before = -1;
        while (Clock::now() < end) {
            if (cpu_before < 0 && Clock::now() >= counted_from) {
                cpu_before = cpu_seconds(pid);
                latencies_.clear();
                ok_ = refused_ = 0;
            }
            epoll_event events[256];
            int n = epoll_wait(epoll_, events, 256, 100);
            for (int i = 0; i < n; ++i) readable(connections_[events[i].data.u64], events[i].data.u64);
        }
        report(clients, seconds, cpu_seconds(pid) - cpu_before);
    }

  private:
    void next(Connection& c, std::size_t index) {
        const auto& id = ids_[random_() % ids_.size()];
        auto body =
            R"({"items":[{"productId":")" + id +
            R"(","quantity":1,"price":12.5}],"shippingAddress":{"street":"1 Main St","city":"London","zipCode":"SW1A","country":"UK"}})";
        auto key =
            "Idempotency-Key: bench-" + std::to_string(random_()) + "-" + std::to_string(random_()) + "\r\n";
        c.out = bench::make_request("POST", "/api/orders", body, tokens_[index % tokens_.size()], key);
        c.sent = 0;
        c.begun = Clock::now();
        auto n = write(c.fd, c.out.data(), c.out.size());
        if (n != static_cast<ssize_t>(c.out.size())) {
            std::fprintf(stderr, "a request of %zu bytes did not fit the socket\n", c.out.size());
            std::exit(1);
        }
    }

    void readable(Connection& c, std::size_t index) {
        char buffer[16384];
        auto n = read(c.fd, buffer, sizeof buffer);
        if (n <= 0) {
            std::fprintf(stderr, "the server closed a connection\n");
            std::exit(1);
        }
        c.in.append(buffer, static_cast<std::size_t>(n));
        int status = 0;
        auto whole = bench::answer_length(c.in, status);
        if (whole == 0) return;
        status == 201 ? ++ok_ : ++refused_;
        if (status != 201 && refused_ <= 3) std::fprintf(stderr, "%s\n", c.in.substr(0, whole).c_str());
        latencies_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - c.begun).count());
        c.in.erase(0, whole);
        next(c, index);
    }

    void report(int clients, double seconds, double cpu) {
        std::sort(latencies_.begin(), latencies_.end());
        auto at = [&](double q) {
            return latencies_.empty()
                       ? 0.0
                       : latencies_[static_cast<std::size_t>(q * static_cast<double>(latencies_.size() - 1))];
        };
        std::printf(
            R"({"clients":%d,"orders":%ld,"refused":%ld,"perSecond":%.1f,"p50ms":%.2f,"p99ms":%.2f,"cpuUs":%.1f})"
            "\n",
            clients, ok_, refused_, static_cast<double>(ok_) / seconds, at(0.5), at(0.99),
            ok_ ? cpu * 1e6 / static_cast<double>(ok_) : 0.0);
    }

    int port_;
    std::vector<std::string> tokens_, ids_;
    int epoll_;
    std::vector<Connection> connections_;
    std::vector<double> latencies_;
    long ok_ = 0, refused_ = 0;
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: bench_load PORT SERVER_PID CLIENTS SECONDS\n");
        return 2;
    }
    int port = std::atoi(argv[1]), pid = std::atoi(argv[2]), clients = std::atoi(argv[3]);
    auto unique = std::to_string(std::random_device{}());
    auto vendor = person(port, "vendor" + unique, "vendor");
    std::vector<std::string> tokens, ids;
    for (int i = 0; i < customers; ++i)
        tokens.push_back(person(port, "c" + std::to_string(i) + "-" + unique, "customer"));
    for (int i = 0; i < products; ++i) {
        auto body = R"({"name":"Product )" + std::to_string(i) +
                    R"(","description":"Measured","price":12.5,"category":"bench"})";
        ids.push_back(must(bench::call(port, "POST", "/api/products", body, vendor), "product", "id"));
        auto stock = R"({"productId":")" + ids.back() + R"(","quantity":1000000,"warehouseLocation":"Main"})";
        must(bench::call(port, "POST", "/api/inventory", stock, vendor), "stock", "productId");
    }
    Load(port, std::move(tokens), std::move(ids)).run(clients, std::atof(argv[4]), pid);
}
