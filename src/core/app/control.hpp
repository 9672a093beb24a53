// control.sock: how the command line has a verb carried out by the server that holds the data directory, so
// that one process alone ever opens the databases. One JSON line there, one back. Decides nothing: verbs.cpp
// does the work. Thread rule: the server has one thread of its own, which carries out one verb at a time;
// ask() blocks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace cloudretail::app {

/// A verb of the command line with its options ("deep" → "true").
struct VerbRequest {
    std::string verb;  // "admin create"
    std::map<std::string, std::string> options{};
};

/// What to print and how to exit.
struct VerbReply {
    int status = 0;
    std::string output{};  // lines
};

using CarryOut = std::function<VerbReply(const VerbRequest&)>;

class ControlServer {
  public:
    /// Listens on `<data_dir>/control.sock` (mode 0600); a socket left by a crash is replaced, so hold the
    /// lock. Throws std::runtime_error. `carry_out` is called on the server's thread and may throw.
    ControlServer(const std::string& data_dir, CarryOut carry_out);
    /// Waits for the verb that is being carried out.
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Asks the server of `data_dir`. Waits up to 5 s for it to listen (it may be starting), and for the answer
/// as long as the server lives. Throws std::runtime_error.
VerbReply ask(const std::string& data_dir, const VerbRequest& request);

}  // namespace cloudretail::app
