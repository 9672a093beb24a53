// What a catalogue of any size costs: fills a store by an import, asks it in a closed loop with queries that
// no cache knows, and runs the same statements without the server (raw_catalogue.hpp).
//   bench_catalogue fill PORT SERVER_PID PRODUCTS      imports, takes the export back; prints seconds and CPU
//   bench_catalogue ask PORT SERVER_PID CLIENTS SECONDS KIND
//   bench_catalogue raw DATABASE SECONDS KIND          DATABASE: product's file, or the URL of PostgreSQL
//   bench_catalogue recall PORT PRODUCTS QUERIES
// KIND: list filter stock category search words prefix; for ask also mistyped suggest detail.
#include "http.hpp"

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <latch>
#include <mutex>
#include <sstream>
#include <support/invented_names.hpp>
#include <thread>

#include "raw_catalogue.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using cloudretail::test::InventedNames;

constexpr unsigned seed = 1;

/// A kept-alive connection, blocking.
class Connection {
  public:
    explicit Connection(int port) : fd_(bench::dial(port)) {}
    ~Connection() { close(fd_); }
    Connection(const Connection&) = delete;
    bench::Reply ask(const std::string& request) {
        for (std::size_t sent = 0; sent < request.size();) {
            const auto n = write(fd_, request.data() + sent, request.size() - sent);
            if (n <= 0) std::exit(1);
            sent += static_cast<std::size_t>(n);
        }
        bench::Reply reply;
        for (;;) {
            const std::size_t whole = bench::answer_length(in_, reply.status);
            if (whole > 0) {
                reply.body = in_.substr(0, whole);
                in_.erase(0, whole);
                return reply;
            }
            char buffer[65536];
            const auto n = read(fd_, buffer, sizeof buffer);
            if (n <= 0) std::exit(1);
            in_.append(buffer, static_cast<std::size_t>(n));
        }
    }

  private:
    int fd_;
    std::string in_;
};

std::string encoded(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == ' ' ? "%20" : std::string(1, c);
    return out;
}

/// The questions of one kind. Each is asked with a price bound of its own, so that no cache knows it.
class Questions {
  public:
    Questions(std::string kind, unsigned salt) : kind_(std::move(kind)), names_(seed), random_(salt) {
        for (int i = 0; i < 2'000; ++i) items_.push_back(names_.next());
    }
    struct Question : bench::Question {
        std::string path;
    };
    Question next() {
        const auto& item = items_[random_() % items_.size()];
        Question q;
        q.min_price = static_cast<long>(random_() % 5'000);
        char price[32];
        std::snprintf(price, sizeof price, "%ld.%02ld", q.min_price / 100, q.min_price % 100);
        const std::string bound = std::string("&minPrice=") + price;
        if (kind_ == "list") q.path = "/api/products?limit=20" + bound;
        if (kind_ == "filter") q.path = "/api/products?limit=20&sort=price&inStock=false" + bound;
        if (kind_ == "stock") q.path = "/api/products?limit=20&sort=price&inStock=true" + bound;
        if (kind_ == "category") {
            q.category = "category-" + std::to_string(random_() % 40);
            q.path = "/api/products?limit=20&sort=price&category=" + q.category + bound;
        }
        if (kind_ == "search") q.text = word(item.name, 1 + random_() % 3);
        if (kind_ == "words") q.text = word(item.name, 1) + " " + word(item.name, 3);
        if (kind_ == "prefix") q.text = word(item.name, random_() % 4).substr(0, 3 + random_() % 2);
        if (kind_ == "mistyped") q.text = names_.mistyped(word(item.name, 0) + " " + word(item.name, 3));
        if (!q.text.empty()) q.path = "/api/products?limit=20&search=" + encoded(q.text) + bound;
        if (kind_ == "suggest")
            q.path = "/api/products/suggest?q=" + encoded(word(item.name, 0).substr(0, 3 + random_() % 3) +
                                                          " " + word(item.name, 1).substr(0, 3));
        return q;
    }

  private:
    static std::string word(const std::string& name, std::size_t at) {
        std::istringstream words(name);
        std::string word;
        for (std::size_t i = 0; i <= at; ++i) words >> word;
        return word;
    }
    std::string kind_;
    InventedNames names_;
    std::mt19937 random_;
    std::vector<InventedNames::Item> items_;
};

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

void report(std::vector<double>& ms, double seconds, double cpu) {
    std::sort(ms.begin(), ms.end());
    const auto at = [&](double q) {
        return ms.empty() ? 0.0 : ms[static_cast<std::size_t>(q * static_cast<double>(ms.size() - 1))];
    };
    std::printf(R"({"asked":%zu,"perSecond":%.1f,"p50ms":%.2f,"p99ms":%.2f,"cpuUs":%.1f})"
                "\n",
                ms.size(), static_cast<double>(ms.size()) / seconds, at(0.5), at(0.99),
                ms.empty() ? 0.0 : cpu * 1e6 / static_cast<double>(ms.size()));
}

std::string register_vendor(int port) {
    const auto unique = std::to_string(std::random_device{}());
    const auto reply =
        bench::call(port, "POST", "/api/users/register",
                    R"({"email":"shelf)" + unique +
                        R"(@bench.example","password":"Correct horse 9","firstName":"B","lastName":"M",)" +
                        R"("role":"vendor","gdprConsent":true})",
                    "");
    return bench::member(reply.body, "token");
}

std::string csv_of(int products) {
    InventedNames names(seed);
    std::string csv = "sku,name,description,price,category\n";
    for (int i = 0; i < products; ++i) {
        const auto item = names.next();
        char price[32];
        std::snprintf(price, sizeof price, "%ld.%02ld", item.price_minor / 100, item.price_minor % 100);
        csv += "S-" + std::to_string(i) + "," + item.name + "," + item.description + "," + price + "," +
               item.category + "\n";
    }
    return csv;
}

/// The whole answer, which ends with the connection.
std::size_t bytes_of(int port, const std::string& path, const std::string& token) {
    const int fd = bench::dial(port);
    const std::string request = bench::make_request("GET", path, "", token, "Connection: close\r\n");
    if (write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) std::exit(1);
    std::size_t bytes = 0;
    char buffer[65536];
    for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;) bytes += static_cast<std::size_t>(n);
    close(fd);
    return bytes;
}

int fill(int port, int pid, int products) {
    const std::string token = register_vendor(port);
    const std::string csv = csv_of(products);
    std::string request =
        "POST /api/products/import HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token +
        "\r\nContent-Type: text/csv\r\nContent-Length: " + std::to_string(csv.size()) + "\r\n\r\n";
    request += csv;
    Connection connection(port);
    double cpu = cpu_seconds(pid);
    auto begun = Clock::now();
    const auto seconds = [&begun] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
    const auto reply = connection.ask(request);
    const std::string whole = "\"created\":" + std::to_string(products) + ",";
    if (reply.status != 200 || reply.body.find(whole) == std::string::npos) {
        std::fprintf(stderr, "%s\n", reply.body.c_str());
        return 1;
    }
    std::printf(R"({"importSeconds":%.1f,"importCpuSeconds":%.1f,)", seconds(), cpu_seconds(pid) - cpu);
    cpu = cpu_seconds(pid);
    begun = Clock::now();
    const std::size_t bytes = bytes_of(port, "/api/products/export", token);
    std::printf(R"("exportSeconds":%.1f,"exportCpuSeconds":%.1f,"exportBytes":%zu})"
                "\n",
                seconds(), cpu_seconds(pid) - cpu, bytes);
    return 0;
}

Clock::duration length_of(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

int ask(int port, int pid, int clients, double seconds, const std::string& kind) {
    std::vector<std::string> ids;
    if (kind == "detail") {
        Connection connection(port);
        for (int page = 1; page <= 50; ++page) {
            const auto body = connection
                                  .ask(bench::make_request(
                                      "GET", "/api/products?limit=100&page=" + std::to_string(page), "", ""))
                                  .body;
            for (auto at = body.find("{\"id\":\""); at != std::string::npos;
                 at = body.find("{\"id\":\"", at + 1))
                ids.push_back(body.substr(at + 7, 36));
        }
    }
    std::mutex mutex;
    std::vector<double> all;
    std::latch prepared(clients), go(1);  // inventing names takes longer than many an answer
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&, i] {
            Connection connection(port);
            Questions questions(kind, std::random_device{}() + static_cast<unsigned>(i));
            std::mt19937 random(static_cast<unsigned>(i));
            std::vector<double> ms;
            prepared.count_down();
            go.wait();
            const auto end = Clock::now() + length_of(seconds);
            while (Clock::now() < end) {
                const std::string path =
                    ids.empty() ? questions.next().path : "/api/products/" + ids[random() % ids.size()];
                const auto begun = Clock::now();
                const auto reply = connection.ask(bench::make_request("GET", path, "", ""));
                if (reply.status != 200) {
                    std::fprintf(stderr, "%s answered %d\n", path.c_str(), reply.status);
                    std::exit(1);
                }
                ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
            }
            const std::lock_guard lock(mutex);
            all.insert(all.end(), ms.begin(), ms.end());
        });
    }
    prepared.wait();
    const double cpu = cpu_seconds(pid);
    go.count_down();
    for (auto& thread : threads) thread.join();
    report(all, seconds, cpu_seconds(pid) - cpu);
    return 0;
}

/// Two threads, as the server's readers have two cores.
int raw(const std::string& database, double seconds, const std::string& kind) {
    std::mutex mutex;
    std::vector<double> all;
    std::latch prepared(2), go(1);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 2; ++i) {
        threads.emplace_back([&, i] {
            const auto statements = bench::raw_catalogue(database);
            Questions questions(kind, std::random_device{}() + i);
            std::vector<double> ms;
            prepared.count_down();
            go.wait();
            const auto end = Clock::now() + length_of(seconds);
            while (Clock::now() < end) {
                const auto question = questions.next();
                const auto begun = Clock::now();
                statements->ask(kind, question);
                ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
            }
            const std::lock_guard lock(mutex);
            all.insert(all.end(), ms.begin(), ms.end());
        });
    }
    prepared.wait();
    const double cpu = cpu_seconds(getpid());
    go.count_down();
    for (auto& thread : threads) thread.join();
    report(all, seconds, cpu_seconds(getpid()) - cpu);
    return 0;
}

int recall(int port, int products, int queries) {
    InventedNames names(seed);
    std::vector<std::string> all;
    for (int i = 0; i < products; ++i) all.push_back(names.next().name);
    Connection connection(port);
    int found = 0;
    std::vector<double> ms;
    const auto start = Clock::now();
    for (int i = 0; i < queries; ++i) {
        const std::string& name = all[names.below(all.size())];
        const auto begun = Clock::now();
        const auto reply = connection.ask(bench::make_request(
            "GET", "/api/products?limit=10&search=" + encoded(names.mistyped(name)), "", ""));
        ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
        found += reply.body.find("\"name\":\"" + name + "\"") == std::string::npos ? 0 : 1;
    }
    std::printf(R"({"recallAt10":%.4f})"
                "\n",
                static_cast<double>(found) / queries);
    report(ms, std::chrono::duration<double>(Clock::now() - start).count(), 0);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string verb = argc > 1 ? argv[1] : "";
    if (verb == "fill" && argc == 5) return fill(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
    if (verb == "ask" && argc == 7)
        return ask(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]), std::atof(argv[5]), argv[6]);
    if (verb == "raw" && argc == 5) return raw(argv[2], std::atof(argv[3]), argv[4]);
    if (verb == "recall" && argc == 5)
        return recall(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
    std::fprintf(stderr,
                 "usage: bench_catalogue fill|ask|raw|recall …; see the head of bench/catalogue.cpp\n");
    return 2;
}
