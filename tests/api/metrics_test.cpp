// /metrics of a running server: what docs/metrics.md lists is there, what is there is listed, and the text is
// what Prometheus reads.
#include "server.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// Names in backticks in the first column of the table.
std::set<std::string> documented() {
    std::ifstream file(std::string(CLOUDRETAIL_SOURCE_DIR) + "/docs/metrics.md");
    std::set<std::string> names;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `")) continue;
        std::istringstream column(line.substr(1, line.find('|', 1) - 1));
        std::string text, name;
        while (std::getline(column, text, '`') && std::getline(column, name, '`')) names.insert(name);
    }
    return names;
}

bool is_sample(const std::string& line) {
    const auto space = line.rfind(' ');
    if (space == std::string::npos || space + 1 == line.size()) return false;
    std::istringstream number(line.substr(space + 1));
    double value = 0;
    number >> value;
    const auto name = line.substr(0, line.find_first_of("{ "));
    return !number.fail() && std::all_of(name.begin(), name.end(),
                                         [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

/// The store has sold something, so that what is counted by kind is there.
void sell(const ServerProcess& server) {
    HttpClient client = server.gateway();
    const Account vendor = register_account(client, "vendor");
    const Account customer = register_account(client);
    const std::string product = make_product(client, vendor);
    add_stock(client, vendor, product, 5);
    CHECK(place_order(client, customer, order_body(product, 1)).status == 201);
}

}  // namespace

TEST_CASE_ON_BOTH("every metric is documented, and every documented metric is there", "[metrics]") {
    const RunningServer server(dialect);
    sell(server);
    const auto answer = server.management().get("/metrics");
    REQUIRE(answer.status == 200);
    CHECK(answer.header("Content-Type").starts_with("text/plain; version=0.0.4"));
    std::set<std::string> shown;
    std::istringstream lines(answer.body);
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        if (line.starts_with("# TYPE ")) shown.insert(line.substr(7, line.find(' ', 7) - 7));
        CHECK((line.starts_with("# ") || is_sample(line)));
    }
    const auto listed = documented();
    REQUIRE(listed.size() > 40);
    for (const std::string& name : listed) {
        INFO("docs/metrics.md lists " << name);
        CHECK(shown.contains(name));
    }
    for (const std::string& name : shown) {
        INFO("docs/metrics.md does not list " << name);
        CHECK(listed.contains(name));
    }
}

TEST_CASE("the numbers of a store that is well are what one expects", "[metrics]") {
    const RunningServer server;
    sell(server);
    const auto value = [&](const std::string& series) {
        const std::string text = server.management().get("/metrics").body;
        const auto at = text.find("\n" + series + " ");
        return at == std::string::npos ? -1.0 : std::stod(text.substr(at + series.size() + 2));
    };
    CHECK(value(R"(cloudretail_module_up{module="order"})") == 1);
    CHECK(value(R"(cloudretail_breaker_state{breaker="order database"})") == 0);
    CHECK(value(R"(cloudretail_breaker_state{breaker="payment.gateway"})") == 0);
    CHECK(value(R"(cloudretail_breaker_openings_total{breaker="order database readers"})") == 0);
    CHECK(value(R"(cloudretail_db_pool_size{module="user"})") == 4);
    CHECK(value(R"(cloudretail_db_write_queue{module="user"})") == 0);
    CHECK(value("cloudretail_http_requests_in_flight") == 0);
    CHECK(value("cloudretail_password_queue") == 0);
    CHECK(value("process_open_fds") > 10);
    CHECK(value("process_max_fds") >= value("process_open_fds"));
    CHECK(value("process_resident_memory_bytes") > 1'000'000);
    CHECK(value("process_start_time_seconds") > 1'700'000'000);
    CHECK(value("cloudretail_data_directory_writable") == 1);
    CHECK(eventually(std::chrono::seconds(10), [&] {
        return value(R"(cloudretail_relay_published_total{module="order"})") >= 1 &&
               value(R"(cloudretail_outbox_kept{module="order"})") >= 1 &&
               value(R"(cloudretail_relay_unpublished{module="order"})") == 0;
    }));
}
