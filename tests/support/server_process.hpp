// The built server as a process of its own: a temporary data directory, free ports, its log in a file, gone
// at the end. What goes wrong is a std::runtime_error that carries the end of the log. One thread per object;
// the clients it makes are the callers'.
#pragma once

#include <chrono>
#include <db/session.hpp>
#include <map>
#include <string>
#include <support/http_client.hpp>
#include <support/test_database.hpp>
#include <vector>

namespace cloudretail::test {

/// How a run of the program ended.
struct Ended {
    int status = 0;  // exit status; 128 + signal where a signal ended it
    std::string output, errors;
};

class ServerProcess {
  public:
    /// Starts nothing yet. `binary` is CLOUDRETAIL_BINARY. With db::Dialect::postgresql all modules get
    /// schemas in a new database on the server of CLOUDRETAIL_TEST_POSTGRESQL.
    ServerProcess(std::string binary, db::Dialect dialect, std::vector<std::string> flags = {});
    /// Kills it if it runs.
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;

    /// Starts it (again, on the same data) and waits until it says that it is ready.
    void start();
    /// SIGKILL, at once.
    void kill9();
    /// SIGTERM; answers the exit status (0 is right), throws when it does not end within 30 s.
    int terminate();
    void signal(int number) const;
    [[nodiscard]] bool running() const { return pid_ > 0; }
    [[nodiscard]] int pid() const { return pid_; }

    [[nodiscard]] HttpClient gateway() const { return client("gateway"); }
    [[nodiscard]] HttpClient ui() const { return client("ui"); }
    [[nodiscard]] HttpClient management() const { return client("management"); }

    [[nodiscard]] std::uint16_t port(const std::string& listener) const { return ports_.at(listener); }

    /// Runs the program with these arguments and the same data directory and database, beside the server or
    /// without.
    [[nodiscard]] Ended run(const std::vector<std::string>& arguments, const std::string& input = {}) const;
    /// First column of the first row, read beside the server from the module's database.
    [[nodiscard]] std::string query(const std::string& module, const std::string& sql) const;

    /// Runs SQL that changes the module's database. Beside a running server it is a second writer: small
    /// changes only.
    void change(const std::string& module, const std::string& sql) const;

    /// Flags given from the next start on.
    std::vector<std::string> flags;
    /// Name of the data directory inside the temporary folder.
    std::string data_name = "data";
    /// Added to (or, empty, taken from) the environment from the next start on.
    std::map<std::string, std::string> environment;
    [[nodiscard]] std::string data_dir() const { return (folder_.path() / data_name).string(); }
    /// Everything the server wrote on standard error, over all starts.
    [[nodiscard]] std::string log() const;

  private:
    [[nodiscard]] HttpClient client(const std::string& listener) const;
    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& arguments) const;
    [[nodiscard]] int spawn(const std::vector<std::string>& command, int in, int out, int err) const;
    void wait_until_ready(int output);
    [[noreturn]] void fail(const std::string& what) const;

    std::string binary_;
    TemporaryFolder folder_;
    std::optional<PostgresqlPlace> postgresql_;
    int pid_ = -1;
    int output_ = -1;
    std::map<std::string, std::uint16_t> ports_;
};

}  // namespace cloudretail::test
