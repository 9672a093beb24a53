// Running another program to its end (pg_dump, pg_restore) without a shell. Thread rule: a thread that may
// block, never an io thread.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

namespace cloudretail::app {

/// Runs `arguments[0]`, found on PATH, with `added` to the environment. Returns when it ended well. Throws
/// std::runtime_error with the first line of its complaint, or with what to install where it is not there;
/// Unavailable when `stopping` turns true, and then it is killed.
void run_program(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& added,
                 const std::atomic<bool>& stopping);

}  // namespace cloudretail::app
