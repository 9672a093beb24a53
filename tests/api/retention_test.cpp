// No table grows for ever: every table that the migrations make either has a sweep, which the running server
// shows as a series of cloudretail_swept_rows_total, or stands in the list below with what bounds it.
#include "server.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace cloudretail;
using namespace cloudretail::test;

namespace {

/// Module ("core": in every module's database), table, and why it does not grow by itself.
const std::map<std::pair<std::string, std::string>, std::string> bounded{
    {{"core", "relay_state"}, "one row"},
    {{"core", "audit_head"}, "one row"},
    {{"core", "leases"}, "a row per kind of work"},
    {{"core", "sagas"}, "a row per process under way; it goes in the transaction that ends it"},
    {{"core", "writer_marks"}, "a row per process; each writer deletes those a week old when it connects"},
    {{"user", "users"}, "a row per account; erased on request"},
    {{"user", "recovery_codes"}, "ten per second factor; renewing replaces them"},
    {{"user", "letter_requests"}, "each is dealt with and deleted within moments"},
    {{"product", "products"}, "the catalogue"},
    {{"product", "product_search"}, "a row per product"},
    {{"product", "product_images"}, "at most pictures.per_product of each product"},
    {{"product", "media"}, "what no product shows is swept by the job product.pictures"},
    {{"payment", "given_up"}, "emptied by the reconciler"},
    {{"payment", "payment_counters"}, "a row per counter"},
    {{"payment", "payment_payers"}, "a row per payment, for the books"},
    {{"product", "categories"}, "the catalogue"},
    {{"inventory", "stock"}, "a row per product and warehouse"},
    {{"inventory", "movements"}, "the ledger: its sum is the stock, so it is kept"},
    {{"order", "orders"}, "the books: kept, without persons after erasure"},
    {{"order", "order_lines"}, "the books"},
    {{"order", "order_parties"}, "the books: whose order it is"},
    {{"order", "order_counters"}, "a row per counter"},
    {{"order", "fulfilments"}, "the books"},
    {{"order", "timeline"}, "the books"},
    {{"order", "refunds"}, "the books"},
    {{"order", "refund_lines"}, "the books"},
    {{"webhook", "webhooks"}, "webhook.per_owner for each vendor and administrator"},
    {{"webhook", "listeners_stamp"}, "one row"},
    {{"webhook", "attempts"}, "at most 50 of a delivery; they go with it"},
    {{"payment", "payments"}, "the books"},
    {{"payment", "payment_history"}, "the books"},
    {{"payment", "refunds"}, "the books"},
    {{"payment", "simulated_charges"}, "the simulated provider's own books"},
    {{"payment", "simulated_refunds"}, "the simulated provider's own books"},
};

using Table = std::pair<std::string, std::string>;

/// What stands after CREATE TABLE in the migrations, without what they drop or rename again.
std::set<Table> tables() {
    std::set<Table> found;
    const std::filesystem::path root = std::string(CLOUDRETAIL_SOURCE_DIR) + "/migrations";
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.is_regular_file()) files.insert(entry.path());
    for (const auto& path : files) {
        std::ifstream file(path);
        const std::string module = path.parent_path().filename().string();
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            std::string first, second, third, fourth, fifth, sixth;
            words >> first >> second >> third >> fourth >> fifth >> sixth;
            const auto name = [](std::string word) { return word.substr(0, word.find_first_of(" (;")); };
            if (first == "CREATE" && second == "TABLE") found.insert({module, name(third)});
            if (first == "CREATE" && second == "VIRTUAL") found.insert({module, name(fourth)});
            if (first == "DROP" && second == "TABLE") found.erase({module, name(third)});
            if (first == "ALTER" && fourth == "RENAME" && fifth == "TO") {
                found.erase({module, name(third)});
                found.insert({module, name(sixth)});
            }
        }
    }
    return found;
}

/// Module and table of each series.
std::set<Table> swept(const std::string& metrics) {
    std::set<Table> found;
    const std::string begin = "cloudretail_swept_rows_total{module=\"", middle = "\",table=\"";
    for (auto at = metrics.find(begin); at != std::string::npos; at = metrics.find(begin, at + 1)) {
        const auto module = at + begin.size(), end = metrics.find(middle, module);
        const auto table = end + middle.size();
        found.insert(
            {metrics.substr(module, end - module), metrics.substr(table, metrics.find('"', table) - table)});
    }
    return found;
}

}  // namespace

TEST_CASE("every table is swept, or is known to be bounded", "[retention]") {
    const RunningServer server;
    const auto sweeps = swept(server.management().get("/metrics").body);
    const auto all = tables();
    REQUIRE(all.size() > 20);
    REQUIRE(sweeps.size() >= 25);
    for (const auto& [module, table] : all) {
        INFO(module << "'s table " << table
                    << " has neither a sweep (app::Module::sweeps) nor a place in this test's list");
        const bool has_sweep = sweeps.contains({module == "core" ? "order" : module, table});
        CHECK((has_sweep || bounded.contains({module, table})));
    }
    for (const auto& [entry, why] : bounded) {
        INFO(entry.first << "'s table " << entry.second << " is in this test's list and nowhere else");
        CHECK(all.contains(entry));
    }
}
