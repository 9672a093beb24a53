// The data directory and its lock; see data_dir.hpp. The lock is flock(2): it dies with the process, so a
// crash leaves nothing to clean up.
#include <app/data_dir.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace cloudretail::app {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
    throw std::runtime_error("server.data_dir: cannot " + what + " " + path + ": " + std::strerror(errno));
}

long read_pid(int file) {
    char text[32]{};
    if (::pread(file, text, sizeof text - 1, 0) <= 0) return 0;
    return std::strtol(text, nullptr, 10);
}

}  // namespace

DataDir::DataDir(std::string path) : path_(std::move(path)) {
    std::error_code ignored;  // the directory is checked below, whatever this says
    if (const auto parent = std::filesystem::path(path_).parent_path(); !parent.empty())
        std::filesystem::create_directories(parent, ignored);
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) fail("make", path_);
    if (!std::filesystem::is_directory(path_, ignored)) {
        errno = ENOTDIR;
        fail("use", path_);
    }
    if (::access(path_.c_str(), R_OK | W_OK | X_OK) != 0) fail("write in", path_);
}

DataDir::~DataDir() {
    if (lock_ >= 0) ::close(lock_);
}

LockResult DataDir::lock() {
    const std::string file = path_ + "/lock";
    const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0) fail("open", file);
    if (::flock(opened, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            const int error = errno;
            ::close(opened);
            errno = error;
            fail("lock", file);
        }
        LockResult held{false, read_pid(opened)};
        ::close(opened);
        return held;
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(opened, 0) != 0 || ::pwrite(opened, pid.data(), pid.size(), 0) < 0) {
        const int error = errno;
        ::close(opened);
        errno = error;
        fail("write", file);
    }
    lock_ = opened;
    return {true, ::getpid()};
}

}  // namespace cloudretail::app
