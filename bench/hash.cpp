// The limit for log-in: argon2id alone, with the parameters of config/cloudretail.ini, on as many threads as
// the server's pool has.
//   bench_hash MEMORY_BYTES PASSES SECONDS
#include <sodium.h>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 4 || sodium_init() < 0) {
        std::fprintf(stderr, "usage: bench_hash MEMORY_BYTES PASSES SECONDS\n");
        return 2;
    }
    const auto memory = static_cast<std::size_t>(std::atoll(argv[1]));
    const auto passes = static_cast<unsigned long long>(std::atoll(argv[2]));
    constexpr const char* password = "Correct horse 9";
    char hash[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str(hash, password, std::strlen(password), passes, memory) != 0) return 1;
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(std::atof(argv[3])));
    std::atomic<long> verified{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
        threads.emplace_back([&] {
            while (Clock::now() < end)
                if (crypto_pwhash_str_verify(hash, password, std::strlen(password)) == 0) ++verified;
        });
    }
    for (auto& thread : threads) thread.join();
    std::printf("{\"perSecond\":%.1f}\n",
                static_cast<double>(verified) / std::chrono::duration<double>(Clock::now() - begin).count());
}
