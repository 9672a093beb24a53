// Gathering the values: defaults, file, environment, flags, each layer laid over the one before. Loaded once
// at start, read-only afterwards, so any thread may read it.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "values.hpp"

namespace cloudretail::config {
namespace {

constexpr std::string_view environment_prefix = "CLOUDRETAIL_";
constexpr std::streamsize file_limit = 1024 * 1024;

[[noreturn]] void refuse(const std::string& where, std::string_view name, std::string_view what) {
    throw ConfigError(where + ": " + std::string(name) + ": " + std::string(what));
}

/// The content of a small text file. Throws ConfigError("<where>: …").
std::string read_text_file(const std::string& path, const std::string& where) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw ConfigError(where + ": cannot read " + path + ": " + std::strerror(errno));
    std::string content(static_cast<std::size_t>(file_limit) + 1, '\0');
    in.read(content.data(), file_limit + 1);
    if (in.bad()) throw ConfigError(where + ": cannot read " + path);
    if (in.gcount() > file_limit) throw ConfigError(where + ": " + path + " is larger than 1 MiB");
    content.resize(static_cast<std::size_t>(in.gcount()));
    return content;
}

struct Assignment {
    std::string name, value, where;
};

/// INI: [section], key = value, whole-line comments with # or ;. No inline comments, so any value can be
/// written.
std::vector<Assignment> read_ini(const std::string& path) {
    std::vector<Assignment> out;
    std::istringstream lines(read_text_file(path, path));
    std::string raw, section;
    for (int number = 1; std::getline(lines, raw); ++number) {
        const std::string where = path + ":" + std::to_string(number);
        const std::string_view line = trimmed(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            if (line.back() != ']' || line.size() < 3)
                throw ConfigError(where + ": a section is written [name]");
            section = trimmed(line.substr(1, line.size() - 2));
            continue;
        }
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) throw ConfigError(where + ": expected key = value");
        if (section.empty()) throw ConfigError(where + ": a key stands before the first [section]");
        out.push_back({section + "." + std::string(trimmed(line.substr(0, equals))),
                       std::string(trimmed(line.substr(equals + 1))), where});
    }
    return out;
}

std::string environment_name(std::string_view key) {
    std::string name(environment_prefix);
    for (const char c : key)
        name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return name;
}

/// Whether CLOUDRETAIL_<word>_… begins with one of our sections. Others are not ours to judge: Kubernetes
/// sets CLOUDRETAIL_SERVICE_HOST and the like for a service of that name.
bool names_a_section(std::string_view variable) {
    return std::any_of(keys().begin(), keys().end(), [&](const Key& key) {
        return variable.starts_with(environment_name(key.name.substr(0, key.name.find('.') + 1)));
    });
}

std::vector<Assignment> read_environment(const std::map<std::string, std::string>& environment) {
    std::map<std::string, std::string> names;  // variable → key
    for (const Key& key : keys()) {
        names[environment_name(key.name)] = key.name;
        if (key.secret) names[environment_name(key.name) + "_FILE"] = key.name + "_file";
    }
    std::vector<Assignment> out;
    for (const auto& [variable, value] : environment) {
        if (!variable.starts_with(environment_prefix)) continue;
        if (const auto at = names.find(variable); at != names.end()) {
            out.push_back({at->second, value, "environment " + variable});
        } else if (names_a_section(variable)) {
            throw ConfigError("environment " + variable + ": there is no such key");
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           std::string_view("-._~").find(c) != std::string_view::npos;
        if (plain) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', hex[byte >> 4], hex[byte & 0x0f]};
        }
    }
    return out;
}

std::string variable(const std::map<std::string, std::string>& environment, const std::string& name,
                     const std::string& fallback = {}) {
    const auto at = environment.find(name);
    return at == environment.end() || at->second.empty() ? fallback : at->second;
}

/// The usual names of other systems: DB_HOST and its companions, JWT_SECRET. An empty variable is as if not
/// set.
std::vector<Assignment> read_usual_names(const std::map<std::string, std::string>& environment) {
    std::vector<Assignment> out;
    if (const std::string host = variable(environment, "DB_HOST"); !host.empty()) {
        const std::string port_text = variable(environment, "DB_PORT", "5432");
        const auto port = parse_integer(port_text);
        if (!port || *port < 1 || *port > 65'535)
            throw ConfigError("environment DB_PORT: must be a port number");
        std::string url = "postgresql://" + percent_encoded(variable(environment, "DB_USER", "cloudretail"));
        const std::string password = variable(environment, "DB_PASSWORD");
        if (!password.empty()) url += ":" + percent_encoded(password);
        const bool ipv6 = host.find(':') != std::string::npos;
        url += "@" + (ipv6 ? "[" + host + "]" : percent_encoded(host)) + ":" + port_text;
        url += "/" + percent_encoded(variable(environment, "DB_NAME", "cloudretail"));
        out.push_back({"database.url", url, "environment DB_HOST"});
    }
    if (const std::string secret = variable(environment, "JWT_SECRET"); !secret.empty())
        out.push_back({"auth.jwt_secret", secret, "environment JWT_SECRET"});
    return out;
}

/// Turns `<secret>_file` into the secret: the file's content without the line end at its close.
Assignment resolved(Assignment given) {
    constexpr std::string_view suffix = "_file";
    if (find_key(given.name)) return given;
    const std::string base = given.name.ends_with(suffix)
                                 ? given.name.substr(0, given.name.size() - suffix.size())
                                 : std::string();
    const Key* const key = find_key(base);
    if (!key || !key->secret) refuse(given.where, given.name, "there is no such key");
    const std::string where = given.where + ": " + given.name;
    std::string content = read_text_file(given.value, where);
    content.erase(content.find_last_not_of("\r\n") + 1);
    if (content.empty()) throw ConfigError(where + ": " + given.value + " is empty");
    return {base, std::move(content), given.where};
}

}  // namespace

Config::Config() {
    for (const Key& key : keys()) values_[key.name] = key.fallback;
}

Config Config::load(const std::string& file, const std::map<std::string, std::string>& environment,
                    const std::map<std::string, std::string>& flags) {
    Config config;
    const auto lay = [&config](const std::vector<Assignment>& layer) {
        std::map<std::string, std::string> seen;  // key → where, in this layer
        for (const Assignment& given : layer) {
            const Assignment plain = resolved(given);
            const auto [twin, first] = seen.emplace(plain.name, plain.where);
            if (!first) refuse(given.where, given.name, "is given already (" + twin->second + ")");
            const std::string problem = problem_of(*find_key(plain.name), plain.value);
            if (!problem.empty()) refuse(given.where, given.name, problem);
            config.values_[plain.name] = plain.value;
            config.sources_[plain.name] = plain.where;
        }
    };
    if (!file.empty()) lay(read_ini(file));
    // DB_HOST only fills a gap; JWT_SECRET is the environment's say and beats the file.
    std::vector<Assignment> usual = read_usual_names(environment);
    if (config.is_set("database.url"))
        std::erase_if(usual, [](const Assignment& a) { return a.name == "database.url"; });
    lay(usual);
    lay(read_environment(environment));
    std::vector<Assignment> from_flags;
    for (const auto& [name, value] : flags) from_flags.push_back({name, value, "command line"});
    lay(from_flags);
    return config;
}

const std::string& Config::text(std::string_view key) const {
    const auto at = values_.find(key);
    CR_ASSERT(at != values_.end());
    return at->second;
}

// What load() and set() let in is readable; value() cannot throw here.
std::int64_t Config::integer(std::string_view key) const { return parse_integer(text(key)).value(); }
std::int64_t Config::duration_ms(std::string_view key) const { return parse_duration(text(key)).value(); }
std::int64_t Config::bytes(std::string_view key) const { return parse_size(text(key)).value(); }
bool Config::flag(std::string_view key) const { return parse_boolean(text(key)).value(); }
std::vector<std::string> Config::list(std::string_view key) const { return parse_list(text(key)); }
bool Config::is_set(std::string_view key) const { return sources_.contains(key); }

std::string Config::database_url(std::string_view module) const {
    const std::string& own = text(std::string(module) + ".database_url");
    const std::string& url = own.empty() ? text("database.url") : own;
    if (url != "sqlite:") return url;
    return "sqlite:" + text("server.data_dir") + "/" + std::string(module) + ".db";
}

void Config::set(const std::string& key, const std::string& value) {
    const Key* const known = find_key(key);
    if (!known) refuse("set", key, "there is no such key");
    const std::string problem = problem_of(*known, value);
    if (!problem.empty()) refuse("set", key, problem);
    values_[key] = value;
    sources_[key] = "set";
}

}  // namespace cloudretail::config
