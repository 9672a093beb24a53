// The verbs that touch data; see verbs.hpp.
#include <app/verbs.hpp>

#include <app/backup.hpp>
#include <app/deep_check.hpp>
#include <app/run_blocking.hpp>
#include <app/upgrade.hpp>
#include <db/migrate.hpp>

#include <sys/stat.h>
#include <algorithm>
#include <filesystem>

namespace cloudretail::app {

namespace {

constexpr std::chrono::seconds command_time{60};
constexpr std::uintmax_t enough_disk = std::uintmax_t{512} * 1024 * 1024;
constexpr std::uintmax_t secret_bytes = 32;

/// Collects lines "ok|bad  <what>  <detail>".
class Findings {
  public:
    void add(bool good, const std::string& what, const std::string& detail) {
        std::string label = what;
        label.resize(std::max<std::size_t>(label.size(), 20), ' ');
        reply_.output += (good ? "ok   " : "bad  ") + label + "  " + detail + "\n";
        if (!good) reply_.status = 1;
    }
    VerbReply take() { return std::move(reply_); }

  private:
    VerbReply reply_;
};

VerbReply migrate(const Workplace& place, const VerbRequest& request) {
    const bool dry_run = request.options.contains("dry-run");
    VerbReply reply;
    if (!dry_run)
        if (const auto folder = back_up_before_migrating(place, all_of(place.parts)); !folder.empty())
            reply.output += "backed up in " + folder + "\n";
    for (const auto& part : place.parts) {
        try {
            const auto names = db::migrate(part->module->database(), dry_run);
            if (!dry_run) part->migrated = true;
            for (const auto& name : names)
                reply.output += part->name + ": " + name + (dry_run ? " is to be applied\n" : " applied\n");
            if (names.empty()) reply.output += part->name + ": up to date\n";
        } catch (const std::exception& e) {
            reply.output += part->name + ": " + e.what() + "\n";
            reply.status = 1;
        }
    }
    return reply;
}

void check_database(Findings& findings, Part& part) {
    auto& database = part.module->database();
    const std::string kind = database.dialect() == db::Dialect::sqlite ? "SQLite" : "PostgreSQL";
    try {
        const auto missing = db::migrate(database, true);
        findings.add(true, part.name + " database",
                     kind + ", " +
                         (missing.empty() ? "tables up to date"
                                          : std::to_string(missing.size()) + " migrations to be applied"));
    } catch (const std::exception& e) {
        findings.add(false, part.name + " database", kind + ": " + e.what());
    }
}

void check_disk(Findings& findings, const std::string& data_dir) {
    std::error_code error;
    const auto space = std::filesystem::space(data_dir, error);
    if (error) return findings.add(false, "disk", error.message());
    const std::uintmax_t mib = space.available / (1024 * 1024);
    findings.add(space.available >= enough_disk, "disk", std::to_string(mib) + " MiB free");
}

void check_key(Findings& findings, const config::Config& config) {
    if (const auto& secret = config.text("auth.jwt_secret"); !secret.empty())
        return findings.add(secret.size() >= secret_bytes, "auth.jwt_secret",
                            std::to_string(secret.size()) + " bytes from the configuration");
    struct stat file {};
    if (::stat((config.text("server.data_dir") + "/jwt_secret").c_str(), &file) != 0)
        return findings.add(true, "auth.jwt_secret", "will be made by the first start");
    const bool closed = (file.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    findings.add(closed && static_cast<std::uintmax_t>(file.st_size) >= secret_bytes, "auth.jwt_secret",
                 std::string("made by us, ") + (closed ? "readable by us alone" : "readable by others"));
}

VerbReply check(const Workplace& place) {
    Findings findings;
    findings.add(true, "configuration", "every value is good");
    for (const auto& part : place.parts) check_database(findings, *part);
    check_disk(findings, place.config.text("server.data_dir"));
    check_key(findings, place.config);
    return findings.take();
}

/// Owns the command while it runs, which may be longer than anybody waits.
Task<Result<std::string>> run_owned(Command command, std::map<std::string, std::string> options) {
    Task<Result<std::string>> running = command.run(std::move(options));
    co_return co_await std::move(running);
}

VerbReply run_command(const Workplace& place, const Command& command, const VerbRequest& request) {
    const auto result = run_blocking<Result<std::string>>(
        place.runtime, place.stopping, command_time,
        [command, options = request.options] { return run_owned(command, options); });
    if (result) return {0, *result + "\n"};
    std::string text =
        "cloudretail: " +
        (result.error().detail.empty() ? std::string(result.error().type->title) : result.error().detail);
    for (const auto& field : result.error().fields) text += " " + field.pointer + ": " + field.detail;
    return {1, text + "\n"};
}

}  // namespace

VerbReply carry_out(const Workplace& place, const VerbRequest& request) {
    if (request.verb == "migrate") return migrate(place, request);
    if (request.verb == "backup") return backup(place, request);
    if (request.verb == "demo") return load_demo(place, request);
    if (request.verb == "restore") return note_restore(place, request);
    if (request.verb == "audit verify") return verify_audit(place);
    if (request.verb == "check")
        return request.options.contains("deep") ? deep_check(place, request) : check(place);
    for (const auto& part : place.parts)
        for (const Command& command : part->module->commands())
            if (command.name == request.verb) return run_command(place, command, request);
    return {2, "cloudretail: there is no verb " + request.verb + "\n"};
}

}  // namespace cloudretail::app
