// SIGKILL in the middle of uploads, again and again: every picture that is shown has its files, every upload
// that was acknowledged is shown, and what was left behind is swept.
#include <support/pictures.hpp>
#include <support/server_process.hpp>
#include <support/shop.hpp>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

using namespace cloudretail;
using namespace cloudretail::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr int rounds = 3, uploaders = 4;

/// Uploads a new picture each time until the server is gone; keeps the addresses that were acknowledged.
void upload_until_it_ends(HttpClient client, const Account& vendor, const std::string& product, int seed,
                          std::vector<std::string>& urls, std::atomic<int>& answered) {
    HttpClient::Headers headers = vendor.headers();
    headers.emplace_back("Content-Type", "image/png");
    for (int i = 0;; ++i) {
        try {
            const auto answer = client.request("POST", "/api/products/" + product + "/images", headers,
                                               png_of(400, 100 + seed + i));
            if (answer.status == 201) urls.push_back(at(answer, "url"));
            ++answered;
        } catch (const std::exception&) {
            return;
        }
    }
}

std::size_t picture_files(const std::string& data_dir) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(data_dir + "/media"))
        count += entry.is_regular_file() && entry.path().extension() == ".jpg" ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE_ON_BOTH("SIGKILL during uploads leaves no picture without its files", "[crash]") {
    ServerProcess server(CLOUDRETAIL_BINARY, dialect,
                         {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
                          "--pictures.per_product=100"});
    server.start();
    const Account vendor = register_account(server.gateway(), "vendor");
    const std::string product = make_product(server.gateway(), vendor);
    std::vector<std::string> acknowledged;
    for (int round = 0; round < rounds; ++round) {
        std::vector<std::vector<std::string>> urls(uploaders);
        std::atomic<int> answered{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < uploaders; ++i) {
            threads.emplace_back([&, i] {
                upload_until_it_ends(server.gateway(), vendor, product, 1000 * round + 100 * i,
                                     urls[static_cast<std::size_t>(i)], answered);
            });
        }
        const bool busy = eventually(20s, [&] { return answered >= 6 + round; });
        server.kill9();
        for (std::thread& thread : threads) thread.join();
        REQUIRE(busy);
        server.start();
        for (const auto& mine : urls) acknowledged.insert(acknowledged.end(), mine.begin(), mine.end());
        for (const std::string& url : acknowledged) CHECK(server.gateway().get(url).status == 200);
        const Ended checked = server.run({"check", "--deep"});
        INFO(checked.output + checked.errors);
        CHECK(checked.status == 0);
    }
    // With no time to stay, what nobody shows goes; what is shown stays.
    server.kill9();
    server.flags.insert(server.flags.end(), {"--pictures.grace=1s", "--pictures.sweep_every=100ms"});
    server.start();
    CHECK(eventually(20s, [&] {
        return server.query("product", "SELECT count(*) FROM media WHERE state <> 'stored'") == "0";
    }));
    const auto rows = server.query("product", "SELECT count(*) FROM media");
    CHECK(picture_files(server.data_dir()) == 3 * static_cast<std::size_t>(std::stoi(rows)));
    CHECK(server.run({"check", "--deep"}).status == 0);
}
