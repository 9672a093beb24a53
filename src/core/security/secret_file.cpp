// Secrets that the server makes for itself and keeps in its data folder. Start-up only.
#include <log/log.hpp>
#include <security/jwt.hpp>
#include <security/security.hpp>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>

namespace cloudretail::security {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class File {
  public:
    File(const std::string& path, int flags, mode_t mode = 0)
        : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool ok() const { return fd_ >= 0; }

  private:
    int fd_;
};

std::string make_secret() {
    unsigned char random[32];
    ::randombytes_buf(random, sizeof random);
    char text[2 * sizeof random + 1];
    ::sodium_bin2hex(text, sizeof text, random, sizeof random);
    ::sodium_memzero(random, sizeof random);
    return text;
}

/// The file's content without a line end at its close; empty where there is no file.
std::string read_secret(const std::string& path) {
    const File file(path, O_RDONLY);
    if (!file.ok()) {
        if (errno == ENOENT) return {};
        fail("cannot read " + path);
    }
    struct stat status {};
    if (::fstat(file.fd(), &status) != 0) fail("cannot read " + path);
    if ((status.st_mode & 077) != 0) log::warning("a secret file is open to other users", {{"path", path}});
    char buffer[4096];
    const ssize_t n = ::read(file.fd(), buffer, sizeof buffer);
    if (n < 0) fail("cannot read " + path);
    std::string secret(buffer, static_cast<std::size_t>(n));
    ::sodium_memzero(buffer, sizeof buffer);
    secret.erase(secret.find_last_not_of("\r\n") + 1);
    // A cut-off file would otherwise be replaced, and every token signed with it would die in silence.
    if (secret.size() < 32)
        throw std::runtime_error(path + " holds fewer than 32 bytes; restore or remove it");
    return secret;
}

/// Complete and durable before it has its name: written beside it, synced, then linked. A name that exists
/// already (another process was faster) is left as it is.
void store_secret(const std::string& folder, const std::string& path, const std::string& secret) {
    const std::string temporary = path + "." + std::to_string(::getpid());
    {
        const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
        if (!file.ok()) fail("cannot write " + temporary);
        const std::string line = secret + "\n";
        if (::write(file.fd(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
            ::fsync(file.fd()) != 0) {
            const int cause = errno;
            ::unlink(temporary.c_str());
            errno = cause;
            fail("cannot write " + temporary);
        }
    }
    const int linked = ::link(temporary.c_str(), path.c_str());
    const int cause = errno;
    ::unlink(temporary.c_str());
    errno = cause;
    if (linked != 0 && cause != EEXIST) fail("cannot write " + path);
    const File directory(folder, O_RDONLY | O_DIRECTORY);
    if (!directory.ok() || ::fsync(directory.fd()) != 0) fail("cannot sync " + folder);
}

}  // namespace

std::string load_or_make_secret(const std::string& configured, const std::string& data_dir,
                                const std::string& name) {
    if (!configured.empty()) return configured;
    initialize();
    const std::string path = data_dir + "/" + name;
    std::string secret = read_secret(path);
    if (secret.empty()) {
        store_secret(data_dir, path, make_secret());
        secret = read_secret(path);
    }
    return secret;
}

}  // namespace cloudretail::security
