// The command line: verbs, options, any configuration key as --section.key=value. Reading it has no effect;
// run() is the whole program. Thread rule: the main thread.
#pragma once

#include <app/application.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace cloudretail::app {

/// What the command line says.
struct CommandLine {
    std::string verb;                               // "serve", "admin create"
    std::string config_file;                        // may be empty
    std::map<std::string, std::string> settings{};  // configuration keys
    std::map<std::string, std::string> options{};   // of the verb: "deep" → "true", "dir" → "/…"
};

/// A fault of the command line, one sentence. Exit status 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// `arguments` without the program's name. Throws UsageError.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

/// What `help` prints.
std::string help_text();

/// The program: 0 fine, 1 it failed (a line on standard error says why), 2 the command line or the
/// configuration is wrong.
int run(int argc, char** argv, const ModuleFactory& build);

}  // namespace cloudretail::app
