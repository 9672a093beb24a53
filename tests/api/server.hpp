// What every test of the built server begins with.
#pragma once

#include <support/server_process.hpp>
#include <support/shop.hpp>

namespace cloudretail::test {

/// Flags for tests that are not about limits or the price of a password hash.
inline std::vector<std::string> quick_flags() {
    return {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
            "--auth.password_queue=1000"};
}

/// A server that is ready.
class RunningServer : public ServerProcess {
  public:
    explicit RunningServer(db::Dialect dialect = db::Dialect::sqlite,
                           std::vector<std::string> more = quick_flags())
        : ServerProcess(CLOUDRETAIL_BINARY, dialect, std::move(more)) {
        start();
    }
};

}  // namespace cloudretail::test
