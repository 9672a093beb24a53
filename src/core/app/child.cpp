// fork, exec, wait; see child.hpp. posix_spawn, because the process has threads.
#include <app/child.hpp>

#include <base/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

extern char** environ;  // NOLINT: POSIX declares it so

namespace cloudretail::app {

namespace {

constexpr std::size_t complaint_limit = 4096;
constexpr int look_ms = 100;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> environment(const std::map<std::string, std::string>& added) {
    std::vector<std::string> out;
    for (char** entry = environ; *entry; ++entry) {
        const std::string text(*entry);
        if (!added.contains(text.substr(0, text.find('=')))) out.push_back(text);
    }
    for (const auto& [name, value] : added) out.push_back(name + "=" + value);
    return out;
}

/// A child whose standard error comes to us; it has no other file of ours and no signal blocked.
class Child {
  public:
    Child(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& added) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        errors_ = ends[0];
        posix_spawn_file_actions_t files;
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_adddup2(&files, ends[1], 2);
        ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
        posix_spawnattr_t attributes;
        ::posix_spawnattr_init(&attributes);
        sigset_t none;
        sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        const auto variables = environment(added);
        const int error = ::posix_spawnp(&pid_, arguments[0].c_str(), &files, &attributes,
                                         pointers(arguments).data(), pointers(variables).data());
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
        ::close(ends[1]);
        if (error == 0) return;
        ::close(errors_);
        throw std::runtime_error(arguments[0] + (error == ENOENT
                                                     ? " is not installed (Debian package postgresql-client)"
                                                     : std::string(": ") + std::strerror(error)));
    }
    ~Child() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            wait();
        }
        ::close(errors_);
    }
    Child(const Child&) = delete;

    /// What it complained of, once it has closed its standard error.
    std::string listen(const std::atomic<bool>& stopping) const {
        std::string text;
        char piece[1024];
        for (;;) {
            if (stopping) throw Unavailable("the server is stopping");
            pollfd wait{errors_, POLLIN, 0};
            if (::poll(&wait, 1, look_ms) <= 0) continue;
            const ssize_t n = ::read(errors_, piece, sizeof piece);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return text;
            if (text.size() < complaint_limit) text.append(piece, static_cast<std::size_t>(n));
        }
    }
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
        pid_ = -1;
        return status;
    }

  private:
    pid_t pid_ = -1;
    int errors_ = -1;
};

}  // namespace

void run_program(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& added,
                 const std::atomic<bool>& stopping) {
    Child child(arguments, added);
    const std::string complaint = child.listen(stopping);
    if (child.wait() == 0) return;
    const std::string first = complaint.substr(0, complaint.find('\n'));
    throw std::runtime_error(first.empty() ? arguments[0] + " failed" : first);
}

}  // namespace cloudretail::app
