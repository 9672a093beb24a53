// From the command line to the exit status; see command_line.hpp.
#include <app/command_line.hpp>

#include <app/ask_health.hpp>
#include <app/restore.hpp>

#include <embedded/openapi_fragments.hpp>
#include <gateway/openapi.hpp>

#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <cstdio>
#include <iostream>

extern char** environ;  // NOLINT: POSIX declares it so

namespace cloudretail::app {

namespace {

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> out;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return out;
}

config::Config load(const CommandLine& line) {
    return config::Config::load(line.config_file, environment(), line.settings);
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

/// One line from the terminal, which does not show it.
std::string ask_secret(const std::string& question) {
    termios shown{};
    if (::tcgetattr(STDIN_FILENO, &shown) != 0)
        throw UsageError("no terminal to ask on: use --password-stdin");
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    std::fputs(question.c_str(), stderr);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    std::string answer;
    std::getline(std::cin, answer);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fputs("\n", stderr);
    return answer;
}

/// Replaces the wish for a password by the password. It never stands on the command line, where others can
/// read it.
void read_password(std::map<std::string, std::string>& options) {
    std::string password;
    if (options.erase("password-stdin") > 0) {
        std::getline(std::cin, password);
        if (password.empty()) throw UsageError("--password-stdin: standard input is empty");
    } else if (::isatty(STDIN_FILENO)) {
        password = ask_secret("Password (empty: keep that of the account): ");
        if (!password.empty() && ask_secret("Once more: ") != password)
            throw UsageError("the two passwords are not the same");
    } else {
        throw UsageError("no terminal to ask for the password on: use --password-stdin");
    }
    if (!password.empty()) options["password"] = password;
}

int serve(const CommandLine& line, const ModuleFactory& build) {
    block_signals();
    config::Config config = load(line);
    configure_log(config);
    DataDir directory(config.text("server.data_dir"));
    if (const LockResult lock = directory.lock(); !lock.ours)
        throw std::runtime_error("the data directory " + directory.path() + " is in use by process " +
                                 std::to_string(lock.holder));
    refuse_half_restored(directory);
    Application application(std::move(config), build);
    return application.serve([line] { return load(line); });
}

/// Carries a verb out here, or by the server that holds the data directory.
VerbReply carry_out_anywhere(const CommandLine& line, const ModuleFactory& build) {
    config::Config config = load(line);
    if (!config.is_set("log.level")) config.set("log.level", "warning");
    configure_log(config);
    const VerbRequest request{line.verb, line.options};
    DataDir directory(config.text("server.data_dir"));
    if (!directory.lock().ours) return ask(directory.path(), request);
    refuse_half_restored(directory);
    const bool needs_tables = line.verb != "migrate" && line.verb != "backup" &&
                              (line.verb != "check" || line.options.contains("deep"));
    Application application(std::move(config), build);
    application.open();
    if (line.verb == "demo") {
        application.begin();
    } else if (needs_tables) {
        if (VerbReply migrated = application.carry_out({"migrate", {}}); migrated.status != 0)
            return migrated;
    }
    return application.carry_out(request);
}

/// Never by a server: what it holds is not empty. Verifying alone needs no data directory.
VerbReply restore_here(const CommandLine& line, const ModuleFactory& build) {
    config::Config config = load(line);
    if (!config.is_set("log.level")) config.set("log.level", "warning");
    configure_log(config);
    const std::string& folder = line.options.at("dir");
    if (line.options.contains("dry-run"))
        return {0, "the backup of " + verify_backup(config, folder).at.to_string() + " is whole\n"};
    DataDir directory(config.text("server.data_dir"));
    if (const LockResult lock = directory.lock(); !lock.ours)
        throw std::runtime_error("restore: the data directory " + directory.path() +
                                 " is in use by process " + std::to_string(lock.holder));
    const Manifest manifest = restore(config, folder, directory);
    Application application(std::move(config), build);
    application.open();
    if (VerbReply migrated = application.carry_out({"migrate", {}}); migrated.status != 0) return migrated;
    return application.carry_out({"restore", {{"of", manifest.at.to_string()}}});
}

int run_verb(CommandLine line, const ModuleFactory& build) {
    if (line.verb == "help") {
        print(help_text());
    } else if (line.verb == "version") {
        print("cloudretail " CLOUDRETAIL_VERSION "\n");
    } else if (line.verb == "openapi") {
        print(gateway::OpenApi(embedded::openapi_fragments()).text() + "\n");
    } else if (line.verb == "serve") {
        return serve(line, build);
    } else {
        if (line.verb == "admin create") read_password(line.options);
        const VerbReply reply = line.verb == "restore"  ? restore_here(line, build)
                                : line.verb == "health" ? ask_health(load(line))
                                                        : carry_out_anywhere(line, build);
        if (reply.output.starts_with("cloudretail: ")) {
            std::fputs(reply.output.c_str(), stderr);
        } else {
            print(reply.output);
        }
        return reply.status;
    }
    return 0;
}

int fail(const std::exception& e, int status) {
    std::fprintf(stderr, "cloudretail: %s\n", e.what());
    return status;
}

}  // namespace

int run(int argc, char** argv, const ModuleFactory& build) {
    ::umask(0077);  // databases, secrets and media are nobody else's
    try {
        return run_verb(parse_command_line(std::vector<std::string>(argv + 1, argv + argc)), build);
    } catch (const UsageError& e) {
        return fail(e, 2);
    } catch (const config::ConfigError& e) {
        return fail(e, 2);
    } catch (const std::exception& e) {
        return fail(e, 1);
    }
}

}  // namespace cloudretail::app
