// What the load generator writes down: answers by kind, latencies, and the processor time of the server and,
// apart, of PostgreSQL. Single-threaded.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

inline Clock::duration seconds(double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}
inline double ms_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Processor time in seconds: the server's in user and in system mode, the database's in both.
struct Cpu {
    double user = 0, system = 0, database = 0;
};
/// `server` is a process id; so is `postmaster` (0 = none), whose children count with it.
Cpu cpu_of(int server, int postmaster);

/// Answers that were asked for between begin and end.
class Tally {
  public:
    Tally(int server, int postmaster) : server_(server), postmaster_(postmaster) {}
    /// From here on it counts.
    void begin();
    void end();
    [[nodiscard]] bool counting() const { return counting_; }
    /// 2xx count with their latency; 503 and 429 are shed; everything else is wrong, and the first few are
    /// shown.
    void answered(int status, double ms, std::string_view answer);
    void lost(std::int64_t requests) { unanswered_ += requests; }
    [[nodiscard]] std::int64_t served() const { return static_cast<std::int64_t>(latencies_.size()); }
    /// One line of JSON.
    void print(const std::string& more_members = {});

  private:
    int server_, postmaster_;
    bool counting_ = false;
    Clock::time_point from_, to_;
    Cpu cpu_from_, cpu_to_;
    std::vector<double> latencies_;
    std::int64_t shed_ = 0, wrong_ = 0, unanswered_ = 0;
};

/// The value that the share `q` of the sorted values does not exceed.
double quantile(const std::vector<double>& sorted, double q);
/// As many files as the system lets us have; exits when fewer than `needed`.
void raise_file_limit(std::size_t needed);

}  // namespace bench
