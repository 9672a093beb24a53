// Mail into files; see file_sender.hpp. A file name begins with the mail's time in ms, zero-padded.
#include <mail/file_sender.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <log/log.hpp>
#include <vector>

namespace cloudretail::mail {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished = ".tmp", finished = ".eml";

std::string file_name(const Message& m) {
    char time[24];
    std::snprintf(time, sizeof time, "%016lld", static_cast<long long>(m.at.ms));
    // A file name has at most 255 bytes.
    return std::string(time) + "-" + safe_id(m.id).substr(0, 200);
}

std::int64_t time_of(const std::string& name) {
    std::int64_t ms = 0;
    std::from_chars(name.data(), name.data() + std::min<std::size_t>(name.size(), 16), ms);
    return ms;
}

/// The address in a file's header.
std::string recipient_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line) && line != "\r";) {
        if (!line.starts_with("To: ")) continue;
        line.erase(line.find_last_not_of("\r\n") + 1);
        return line.substr(4);
    }
    return {};
}

/// False with errno where the disk refuses.
bool write_through(const fs::path& path, std::string_view bytes) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool good = true;
    while (good && !bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    good = good && ::fsync(fd) == 0;
    return ::close(fd) == 0 && good;
}

bool sync_folder(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool good = ::fsync(fd) == 0;
    ::close(fd);
    return good;
}

/// Our files, oldest first.
std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::is_directory(folder)) return files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(finished) || name.ends_with(unfinished)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

FileSender::FileSender(FileSettings settings) : settings_(std::move(settings)) {}

Sent FileSender::send(const Message& message) {
    const std::lock_guard lock(mutex_);
    std::error_code trouble;
    if (fs::create_directories(settings_.folder, trouble))
        fs::permissions(settings_.folder, fs::perms::owner_all, trouble);
    const fs::path whole = settings_.folder / (file_name(message) + std::string(finished));
    const fs::path part = settings_.folder / (file_name(message) + std::string(unfinished));
    if (!write_through(part, render(message)) || ::rename(part.c_str(), whole.c_str()) != 0 ||
        !sync_folder(settings_.folder)) {
        const std::string why = std::generic_category().message(errno);
        fs::remove(part, trouble);
        return {Sent::Kind::away, "the mail folder cannot be written: " + why};
    }
    return {};
}

void FileSender::forget(std::string_view address, Timestamp until) {
    const std::lock_guard lock(mutex_);
    bool any = false;
    for (const auto& path : files_in(settings_.folder)) {
        const auto name = path.filename().string();
        // What a crash left unfinished is nobody's; nothing is being written while we hold the lock.
        const bool theirs =
            name.ends_with(unfinished) || (time_of(name) <= until.ms && recipient_of(path) == address);
        if (theirs) any = fs::remove(path) || any;
    }
    if (any && !sync_folder(settings_.folder))
        throw std::runtime_error("the mail folder cannot be synchronised");
}

void FileSender::tidy(Timestamp now) {
    const std::lock_guard lock(mutex_);
    const auto files = files_in(settings_.folder);
    for (std::size_t i = 0; i < files.size(); ++i) {
        const bool old = time_of(files[i].filename().string()) < now.ms - settings_.retention_ms;
        if (!old && files.size() - i <= settings_.files) return;
        std::error_code trouble;
        if (!fs::remove(files[i], trouble) && trouble)
            log::warning("an old mail file cannot be deleted", {{"error", trouble.message()}});
    }
}

}  // namespace cloudretail::mail
