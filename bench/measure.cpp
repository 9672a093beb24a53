// See measure.hpp.
#include "measure.hpp"

#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bench {

namespace {

/// Fields 4 (parent), 14 to 17 (user, system, and those of children that have ended) of /proc/PID/stat.
struct Stat {
    int parent = 0;
    double user = 0, system = 0, ended = 0;
};

Stat stat_of(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    Stat s;
    if (!std::getline(file, line)) return s;
    std::istringstream rest(line.substr(line.rfind(')') + 2));
    std::string skip;
    rest >> skip >> s.parent;
    for (int i = 0; i < 9; ++i) rest >> skip;
    double children_user = 0, children_system = 0;
    rest >> s.user >> s.system >> children_user >> children_system;
    const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
    return {s.parent, s.user / tick, s.system / tick, (children_user + children_system) / tick};
}

}  // namespace

Cpu cpu_of(int server, int postmaster) {
    const Stat own = stat_of(std::to_string(server));
    Cpu cpu{own.user, own.system, 0};
    if (postmaster == 0) return cpu;
    const Stat first = stat_of(std::to_string(postmaster));
    cpu.database = first.user + first.system + first.ended;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const Stat s = stat_of(name);
        if (s.parent == postmaster) cpu.database += s.user + s.system;
    }
    return cpu;
}

void Tally::begin() {
    counting_ = true;
    from_ = Clock::now();
    cpu_from_ = cpu_of(server_, postmaster_);
}

void Tally::end() {
    counting_ = false;
    to_ = Clock::now();
    cpu_to_ = cpu_of(server_, postmaster_);
}

void Tally::answered(int status, double ms, std::string_view answer) {
    if (status >= 200 && status < 300) {
        latencies_.push_back(ms);
    } else if (status == 503 || status == 429) {
        ++shed_;
    } else if (++wrong_ <= 3) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(std::min<std::size_t>(answer.size(), 600)),
                     answer.data());
    }
}

void Tally::print(const std::string& more_members) {
    std::sort(latencies_.begin(), latencies_.end());
    const double seconds = std::chrono::duration<double>(to_ - from_).count();
    const auto n = static_cast<double>(std::max<std::size_t>(1, latencies_.size()));
    const auto per = [n](double from, double to) { return (to - from) * 1e6 / n; };
    std::printf(
        R"({"served":%zu,"shed":%ld,"wrong":%ld,"unanswered":%ld,"seconds":%.2f,"perSecond":%.1f,)"
        R"("p50ms":%.3f,"p99ms":%.3f,"p999ms":%.3f,"userUs":%.1f,"systemUs":%.1f,"databaseUs":%.1f%s})"
        "\n",
        latencies_.size(), static_cast<long>(shed_), static_cast<long>(wrong_),
        static_cast<long>(unanswered_), seconds, static_cast<double>(latencies_.size()) / seconds,
        quantile(latencies_, 0.5), quantile(latencies_, 0.99), quantile(latencies_, 0.999),
        per(cpu_from_.user, cpu_to_.user), per(cpu_from_.system, cpu_to_.system),
        per(cpu_from_.database, cpu_to_.database), more_members.c_str());
}

double quantile(const std::vector<double>& sorted, double q) {
    if (sorted.empty()) return 0;
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

void raise_file_limit(std::size_t needed) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max >= needed + 32) return;
    std::fprintf(stderr, "%zu connections need more files than the limit of %lu\n", needed,
                 static_cast<unsigned long>(limit.rlim_max));
    std::exit(1);
}

}  // namespace bench
