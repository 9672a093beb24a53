// The data directory and its lock: one process alone opens what lies in it. Knows nothing of databases.
// Thread rule: one thread.
#pragma once

#include <string>

namespace cloudretail::app {

/// What was found when the lock was asked for.
struct LockResult {
    bool ours = false;
    long holder = 0;  // process id of whoever has it; 0: not known
};

class DataDir {
  public:
    /// Makes the directory where it is missing (mode 0700). Throws std::runtime_error with the path and the
    /// reason.
    explicit DataDir(std::string path);
    ~DataDir();
    DataDir(const DataDir&) = delete;
    DataDir& operator=(const DataDir&) = delete;

    /// Tries to take `<path>/lock`; never waits. Held until destruction, and freed by the kernel when the
    /// process dies.
    LockResult lock();
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
    int lock_ = -1;
};

}  // namespace cloudretail::app
