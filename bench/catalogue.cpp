// What a catalogue of any size costs: fills a store over the API, asks it in a closed loop with queries that
// no cache knows, and runs the same statements straight through SQLite, on the store's own file.
//   bench_catalogue fill PORT PRODUCTS
//   bench_catalogue ask PORT SERVER_PID CLIENTS SECONDS KIND     KIND: list filter category search words
//   prefix bench_catalogue raw PRODUCT_DB SECONDS KIND                        mistyped suggest detail
//   bench_catalogue recall PORT PRODUCTS QUERIES
#include "http.hpp"

#include <sqlite3.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <support/invented_names.hpp>
#include <thread>

#include "search_query.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using cloudretail::test::InventedNames;
namespace product = cloudretail::product;

constexpr unsigned seed = 1;
constexpr int writers = 32;
constexpr int counted = 1'000;  // as product.search_counted

/// A kept-alive connection, blocking.
class Connection {
  public:
    explicit Connection(int port) : fd_(bench::dial(port)) {}
    ~Connection() { close(fd_); }
    Connection(const Connection&) = delete;
    bench::Reply ask(const std::string& request) {
        if (write(fd_, request.data(), request.size()) != static_cast<ssize_t>(request.size())) std::exit(1);
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
    struct Question {
        std::string path, text, category;
        long min_price = 0;
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

int fill(int port, int products) {
    const std::string token = register_vendor(port);
    InventedNames names(seed);
    std::mutex mutex;
    std::atomic<int> left{products}, refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&] {
            Connection connection(port);
            while (left.fetch_sub(1) > 0) {
                InventedNames::Item item;
                {
                    const std::lock_guard lock(mutex);
                    item = names.next();
                }
                char price[32];
                std::snprintf(price, sizeof price, "%ld.%02ld", item.price_minor / 100,
                              item.price_minor % 100);
                const auto reply = connection.ask(bench::make_request(
                    "POST", "/api/products",
                    R"({"name":")" + item.name + R"(","description":")" + item.description + R"(","price":)" +
                        price + R"(,"category":")" + item.category + "\"}",
                    token));
                if (reply.status != 201 && ++refused == 1) std::fprintf(stderr, "%s\n", reply.body.c_str());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    return refused == 0 ? 0 : 1;
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
    const auto end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    const double cpu = cpu_seconds(pid);
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&, i] {
            Connection connection(port);
            Questions questions(kind, std::random_device{}() + static_cast<unsigned>(i));
            std::mt19937 random(static_cast<unsigned>(i));
            std::vector<double> ms;
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
    for (auto& thread : threads) thread.join();
    report(all, seconds, cpu_seconds(pid) - cpu);
    return 0;
}

/// The server's statements, on its own file, without anything around them.
class Raw {
  public:
    explicit Raw(const std::string& path) {
        check(sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr));
        check(sqlite3_exec(db_, "PRAGMA cache_size=-16000", nullptr, nullptr, nullptr));
    }
    void ask(const std::string& kind, const Questions::Question& q) {
        using cloudretail::db::Dialect;
        if (kind == "list" || kind == "filter" || kind == "category") {
            const std::string where = kind == "list"     ? ""
                                      : kind == "filter" ? " AND availability = 'out_of_stock'"
                                                         : " AND category = ?2";
            const std::string order = kind == "list" ? "id DESC" : "price_minor, id";
            run("SELECT " + columns + " FROM products WHERE listed = 1 AND price_minor >= ?1" + where +
                    " ORDER BY " + order + " LIMIT 21",
                {}, q);
            run(facets_begin +
                    "SELECT category, price_minor FROM products WHERE listed = 1 AND price_minor >= ?1" +
                    where + " ORDER BY id DESC" + facets_end,
                {}, q);
            run("SELECT COUNT(*) FROM products WHERE listed = 1 AND price_minor >= ?1" + where, {}, q);
            return;
        }
        const auto query = product::query_of(q.text);
        int found = 0;
        for (const auto& match : product::tier_matches(query, Dialect::sqlite)) {
            if (found >= 21) break;
            if (match.empty()) continue;
            found +=
                run("SELECT p.doc FROM product_search CROSS JOIN products p ON p.doc = product_search.rowid "
                    "WHERE "
                    "product_search MATCH ?3 AND listed = 1 AND price_minor >= ?1 ORDER BY "
                    "product_search.rowid DESC LIMIT 21",
                    match, q);
        }
        run("SELECT " + columns +
                " FROM products WHERE deleted_at IS NULL AND doc IN (SELECT doc FROM products ORDER BY doc "
                "DESC LIMIT 21)",
            {}, q);
        run(facets_begin +
                "SELECT category, price_minor FROM product_search CROSS JOIN products p ON p.doc = "
                "product_search.rowid "
                "WHERE product_search MATCH ?3 AND listed = 1 AND price_minor >= ?1 ORDER BY "
                "product_search.rowid DESC" +
                facets_end,
            product::whole_match(query, Dialect::sqlite), q);
    }

  private:
    int run(const std::string& sql, const std::string& match, const Questions::Question& q) {
        sqlite3_stmt*& s = statements_[sql];
        if (s == nullptr)
            check(sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr));
        const int binds = sqlite3_bind_parameter_count(s);
        if (binds >= 1) sqlite3_bind_int64(s, 1, q.min_price);
        if (binds >= 2) sqlite3_bind_text(s, 2, q.category.c_str(), -1, SQLITE_TRANSIENT);
        if (binds >= 3) sqlite3_bind_text(s, 3, match.c_str(), -1, SQLITE_TRANSIENT);
        int rows = 0;
        while (sqlite3_step(s) == SQLITE_ROW) {
            ++rows;
            for (int i = 0; i < sqlite3_column_count(s); ++i) sqlite3_column_text(s, i);
        }
        check(sqlite3_reset(s));
        return rows;
    }
    void check(int rc) {
        if (rc == SQLITE_OK) return;
        std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db_));
        std::exit(1);
    }
    const std::string columns =
        "id, vendor_id, slug, name, description, price_minor, category, sku, attributes, status, "
        "availability, "
        "version, created_at, updated_at, doc";
    const std::string facets_begin =
        "SELECT g.category, c.name, g.products, g.low, g.high FROM (SELECT f.category, COUNT(*) AS products, "
        "MIN(f.price_minor) AS low, MAX(f.price_minor) AS high FROM (";
    const std::string facets_end =
        " LIMIT " + std::to_string(counted + 1) +
        ") f GROUP BY f.category) g JOIN categories c ON c.slug = g.category ORDER BY "
        "g.products DESC, g.category";
    sqlite3* db_ = nullptr;
    std::map<std::string, sqlite3_stmt*> statements_;
};

/// Two threads, as the server's readers have two cores.
int raw(const std::string& path, double seconds, const std::string& kind) {
    std::mutex mutex;
    std::vector<double> all;
    const auto end =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    const double cpu = cpu_seconds(getpid());
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 2; ++i) {
        threads.emplace_back([&, i] {
            Raw database(path);
            Questions questions(kind, std::random_device{}() + i);
            std::vector<double> ms;
            while (Clock::now() < end) {
                const auto question = questions.next();
                const auto begun = Clock::now();
                database.ask(kind, question);
                ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
            }
            const std::lock_guard lock(mutex);
            all.insert(all.end(), ms.begin(), ms.end());
        });
    }
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
    if (verb == "fill" && argc == 4) return fill(std::atoi(argv[2]), std::atoi(argv[3]));
    if (verb == "ask" && argc == 7)
        return ask(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]), std::atof(argv[5]), argv[6]);
    if (verb == "raw" && argc == 5) return raw(argv[2], std::atof(argv[3]), argv[4]);
    if (verb == "recall" && argc == 5)
        return recall(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
    std::fprintf(stderr,
                 "usage: bench_catalogue fill|ask|raw|recall …; see the head of bench/catalogue.cpp\n");
    return 2;
}
