// Mail into files: one .eml per mail, written beside and renamed, so that a file is whole or not there. For
// shops without a mail server, and for tests. Thread-safe.
#pragma once

#include <filesystem>
#include <mail/sender.hpp>
#include <mutex>

namespace cloudretail::mail {

struct FileSettings {
    std::filesystem::path folder;
    std::int64_t retention_ms;
    std::size_t files;  // most that are kept
};

class FileSender final : public Sender {
  public:
    explicit FileSender(FileSettings settings);
    /// Names the file by the mail's time and id: a repetition replaces it.
    Sent send(const Message& message) override;
    void forget(std::string_view address, Timestamp until) override;
    void tidy(Timestamp now) override;

  private:
    FileSettings settings_;
    std::mutex mutex_;
};

}  // namespace cloudretail::mail
