// See server_process.hpp.
#include <support/server_process.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;  // NOLINT: POSIX declares it so

namespace cloudretail::test {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds start_time{60'000};  // sanitizers on a busy machine
constexpr milliseconds end_time{30'000};
constexpr milliseconds run_time{120'000};

std::string read_sqlite(const std::string& path, const std::string& sql) {
    sqlite3* connection = nullptr;
    sqlite3_stmt* statement = nullptr;
    std::string first;
    int code = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READONLY, nullptr);
    sqlite3_busy_timeout(connection, 5'000);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement, nullptr);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    if (code == SQLITE_ROW && sqlite3_column_text(statement, 0))
        first = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    const std::string message = sqlite3_errmsg(connection);
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        throw std::runtime_error("SQLite beside the server: " + message);
    return first;
}

int status_of(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/// Reads from both ends until they close or the time is over.
bool read_both(int out, int err, std::string& output, std::string& errors, Clock::time_point end) {
    pollfd waits[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    std::string* const texts[2] = {&output, &errors};
    char chunk[4096];
    while (waits[0].fd >= 0 || waits[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
        if (left <= 0 || ::poll(waits, 2, static_cast<int>(left)) <= 0) return false;
        for (int i = 0; i < 2; ++i) {
            if (waits[i].fd < 0 || waits[i].revents == 0) continue;
            const ssize_t n = ::read(waits[i].fd, chunk, sizeof chunk);
            if (n > 0) texts[i]->append(chunk, static_cast<std::size_t>(n));
            if (n <= 0) waits[i].fd = -1;
        }
    }
    return true;
}

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() {
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    }
    ~Pipe() {
        shut(0);
        shut(1);
    }
    Pipe(const Pipe&) = delete;
    void shut(int end) {
        if (ends[end] >= 0) ::close(ends[end]);
        ends[end] = -1;
    }
    int take(int end) { return std::exchange(ends[end], -1); }
};

}  // namespace

ServerProcess::ServerProcess(std::string binary, db::Dialect dialect, std::vector<std::string> f)
    : flags(std::move(f)), binary_(std::move(binary)) {
    if (dialect == db::Dialect::postgresql) postgresql_.emplace();
}

ServerProcess::~ServerProcess() { kill9(); }

std::vector<std::string> ServerProcess::command(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{binary_};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.push_back("--data-dir=" + data_dir());
    if (postgresql_) {
        all.push_back("--database.url=" + postgresql_->url());
        all.push_back("--database.pool=2");
    }
    all.insert(all.end(), flags.begin(), flags.end());
    return all;
}

int ServerProcess::spawn(const std::vector<std::string>& command, int in, int out, int err) const {
    std::vector<std::string> variables;
    for (char** entry = environ; *entry; ++entry) {
        const std::string text(*entry);
        if (!environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
    }
    for (const auto& [name, value] : environment)
        if (!value.empty()) variables.push_back(name + "=" + value);
    std::vector<char*> argv, envp;
    for (const auto& text : command) argv.push_back(const_cast<char*>(text.c_str()));
    for (const auto& text : variables) envp.push_back(const_cast<char*>(text.c_str()));
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    const int pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork");
    if (pid > 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves no server behind
    ::dup2(in, 0);
    ::dup2(out, 1);
    ::dup2(err, 2);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
}

void ServerProcess::start() {
    if (running()) throw std::runtime_error("the server runs already");
    const int log =
        ::open((folder_.path() / "server.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    Pipe output;
    pid_ = spawn(command({"serve", "--gateway.port=0", "--ui.port=0", "--management.port=0",
                          "--mail.per_second=1000"}),
                 nothing, output.ends[1], log);
    ::close(log);
    ::close(nothing);
    output.shut(1);
    if (output_ >= 0) ::close(output_);
    output_ = output.take(0);
    wait_until_ready(output_);
}

/// The first line it prints: "ready gateway=http://127.0.0.1:1 ui=http://127.0.0.1:2
/// management=http://127.0.0.1:3".
void ServerProcess::wait_until_ready(int output) {
    const auto end = Clock::now() + start_time;
    std::string text;
    while (text.find('\n') == std::string::npos) {
        pollfd wait{output, POLLIN, 0};
        const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
        if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0)
            fail("the server is not ready in time");
        char chunk[1024];
        const ssize_t n = ::read(output, chunk, sizeof chunk);
        if (n <= 0) fail("the server did not start");
        text.append(chunk, static_cast<std::size_t>(n));
    }
    std::istringstream words(text.substr(0, text.find('\n')));
    std::string word;
    words >> word;
    if (word != "ready") fail("the first line is not the ready line");
    while (words >> word) {
        const auto equals = word.find('=');
        ports_[word.substr(0, equals)] =
            static_cast<std::uint16_t>(std::stoi(word.substr(word.rfind(':') + 1)));
    }
}

void ServerProcess::signal(int number) const {
    if (running()) ::kill(pid_, number);
}

void ServerProcess::kill9() {
    if (!running()) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    if (output_ >= 0) ::close(output_);
    output_ = -1;
}

int ServerProcess::terminate() {
    signal(SIGTERM);
    // Its standard output closes when it ends; then it can be waited for.
    std::string rest, none;
    if (!read_both(output_, -1, rest, none, Clock::now() + end_time)) {
        kill9();
        fail("the server did not end in time");
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    ::close(output_);
    output_ = -1;
    return status_of(status);
}

HttpClient ServerProcess::client(const std::string& listener) const {
    return HttpClient("127.0.0.1", ports_.at(listener));
}

Ended ServerProcess::run(const std::vector<std::string>& arguments, const std::string& input) const {
    Pipe in, out, err;
    const int pid = spawn(command(arguments), in.ends[0], out.ends[1], err.ends[1]);
    in.shut(0);
    out.shut(1);
    err.shut(1);
    std::signal(SIGPIPE, SIG_IGN);  // a program that does not read its input says so itself
    if (::write(in.ends[1], input.data(), input.size()) < 0 && errno != EPIPE)
        throw std::runtime_error("write to the program");
    in.shut(1);
    Ended ended;
    if (!read_both(out.ends[0], err.ends[0], ended.output, ended.errors, Clock::now() + run_time)) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        throw std::runtime_error("the program did not end in time: " + ended.output + ended.errors);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    ended.status = status_of(status);
    return ended;
}

std::string ServerProcess::query(const std::string& module, const std::string& sql) const {
    if (!postgresql_) return read_sqlite(data_dir() + "/" + module + ".db", sql);
    return postgresql_->run("SET search_path = \"" + module + "\"; " + sql);
}

void ServerProcess::change(const std::string& module, const std::string& sql) const {
    if (postgresql_) {
        (void)query(module, sql);
        return;
    }
    sqlite3* connection = nullptr;
    // Checkpoints are the server's alone.
    const std::string all = "PRAGMA busy_timeout=5000; PRAGMA wal_autocheckpoint=0; " + sql;
    int code = sqlite3_open_v2((data_dir() + "/" + module + ".db").c_str(), &connection,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (code == SQLITE_OK) code = sqlite3_exec(connection, all.c_str(), nullptr, nullptr, nullptr);
    const std::string message = sqlite3_errmsg(connection);
    sqlite3_close(connection);
    if (code != SQLITE_OK) throw std::runtime_error("SQLite beside the server: " + message);
}

std::string ServerProcess::log() const {
    std::ifstream file(folder_.path() / "server.log", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void ServerProcess::fail(const std::string& what) const {
    std::string text = log();
    if (text.size() > 3000) text.erase(0, text.size() - 3000);
    throw std::runtime_error(what + "; its log ends:\n" + text);
}

}  // namespace cloudretail::test
