// Reading the command line with Boost.Program_options; see command_line.hpp. What the verbs do is in run.cpp.
#include <app/command_line.hpp>

#include <algorithm>
#include <boost/program_options.hpp>
#include <filesystem>
#include <span>

namespace cloudretail::app {

namespace {

namespace options = boost::program_options;

struct Verb {
    std::string name;
    std::vector<std::string> options;  // its own, besides the general ones
    std::string meaning;
    std::string operand{};  // what must follow its name: "DIR"
};

const std::vector<Verb>& verbs() {
    static const std::vector<Verb> all{
        {"serve", {}, "run the server until SIGTERM or SIGINT (the default)"},
        {"migrate", {"dry-run"}, "bring every module's tables up to date; --dry-run lists what is missing"},
        {"admin create",
         {"email", "password-stdin"},
         "make an administrator, or promote an account: --email E [--password-stdin]"},
        {"demo",
         {"products", "if-empty"},
         "fill an empty store with demo data: [--products N], default 208; --if-empty: else do nothing"},
        {"check",
         {"deep", "repair"},
         "configuration, databases, disk, key; --deep: every rule the data must obey; --deep --repair: mends "
         "first what can be computed anew"},
        {"health", {}, "ask the running server whether it is ready (for container health checks)"},
        {"audit verify", {}, "whether every module's audit trail is as it was written"},
        {"backup", {}, "copy all modules, while the server runs, into a folder of its own", "DIR"},
        {"restore",
         {"dry-run"},
         "verify a backup and put it into an empty data directory; --dry-run only verifies",
         "DIR"},
        {"inventory republish",
         {},
         "tell every product's stock again, for a catalogue that was restored alone"},
        {"payments trials",
         {"off"},
         "let customers choose how a simulated payment ends, as in the demo store; --off: no longer"},
        {"openapi", {}, "print the API's OpenAPI document"},
        {"version", {}, "print the version"},
        {"help", {}, "print this"},
    };
    return all;
}

options::options_description make_description() {
    options::options_description all;
    auto add = all.add_options();
    add("config", options::value<std::string>());
    add("data-dir", options::value<std::string>());
    add("help,h", options::bool_switch());
    add("version", options::bool_switch());
    add("dry-run", options::bool_switch());
    add("deep", options::bool_switch());
    add("repair", options::bool_switch());
    add("password-stdin", options::bool_switch());
    add("email", options::value<std::string>());
    add("products", options::value<std::string>());
    add("if-empty", options::bool_switch());
    add("off", options::bool_switch());
    add("words", options::value<std::vector<std::string>>());
    for (const config::Key& key : config::keys()) {
        add(key.name.c_str(), options::value<std::string>());
        if (key.secret) add((key.name + "_file").c_str(), options::value<std::string>());
    }
    return all;
}

/// The verb that these words name, or its fault: "admin" alone is not one. The operand, where the verb takes
/// one, is the last word.
const Verb& find_verb(const std::vector<std::string>& words) {
    const auto joined = [](std::span<const std::string> some) {
        std::string name;
        for (const auto& word : some) name += (name.empty() ? "" : " ") + word;
        return name.empty() ? std::string("serve") : name;
    };
    const std::span<const std::string> all(words);
    for (const Verb& verb : verbs()) {
        if (verb.operand.empty() ? verb.name == joined(all)
                                 : words.size() > 1 && verb.name == joined(all.first(words.size() - 1)))
            return verb;
        if (!verb.operand.empty() && verb.name == joined(all))
            throw UsageError("'" + verb.name + "' needs " + verb.operand);
    }
    throw UsageError("there is no verb '" + joined(all) + "' (cloudretail help lists them)");
}

/// As the process that carries the verb out, which may stand elsewhere, sees it.
std::string absolute_folder(const std::string& path) {
    if (path.empty()) throw UsageError("the name of the folder is empty");
    return std::filesystem::absolute(path).lexically_normal().string();
}

void refuse_foreign_options(const Verb& verb, const std::map<std::string, std::string>& given) {
    for (const auto& option : given)
        if (std::find(verb.options.begin(), verb.options.end(), option.first) == verb.options.end())
            throw UsageError("--" + option.first + " does not belong to '" + verb.name + "'");
}

options::variables_map parse(const std::vector<std::string>& arguments) {
    namespace style = options::command_line_style;
    const auto description = make_description();
    options::positional_options_description positions;
    positions.add("words", -1);
    options::variables_map values;
    try {
        options::command_line_parser parser(arguments);
        parser.options(description).positional(positions);
        parser.style(style::unix_style & ~style::allow_guessing);
        options::store(parser.run(), values);
    } catch (const options::unknown_option& e) {
        throw UsageError("there is no option " + e.get_option_name() + " (cloudretail help lists them)");
    } catch (const options::error& e) {
        throw UsageError(e.what());
    }
    return values;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
    const auto values = parse(arguments);
    const auto text = [&](const std::string& name) { return values[name].as<std::string>(); };
    const auto words =
        values.count("words") ? values["words"].as<std::vector<std::string>>() : std::vector<std::string>();
    CommandLine line;
    for (const char* name : {"dry-run", "deep", "repair", "if-empty", "off", "password-stdin"})
        if (values[name].as<bool>()) line.options[name] = "true";
    for (const char* name : {"email", "products"})
        if (values.count(name)) line.options[name] = text(name);
    if (values["help"].as<bool>()) return {"help", {}};
    if (values["version"].as<bool>()) return {"version", {}};
    const Verb& verb = find_verb(words);
    line.verb = verb.name;
    refuse_foreign_options(verb, line.options);
    if (!verb.operand.empty()) line.options["dir"] = absolute_folder(words.back());
    if (line.options.contains("repair") && !line.options.contains("deep"))
        throw UsageError("--repair goes with 'check --deep'");
    if (line.verb == "admin create" && !line.options.contains("email"))
        throw UsageError("'admin create' needs --email");
    if (values.count("config")) line.config_file = text("config");
    if (values.count("data-dir")) line.settings["server.data_dir"] = text("data-dir");
    for (const config::Key& key : config::keys()) {
        for (const std::string& name : {key.name, key.name + "_file"}) {
            if (!values.count(name)) continue;
            if (!line.settings.emplace(name, text(name)).second)
                throw UsageError("--data-dir and --" + name + " are the same thing");
        }
    }
    return line;
}

std::string help_text() {
    const auto row = [](std::string left, const std::string& right) {
        left.resize(std::max<std::size_t>(left.size() + 2, 30), ' ');
        return "  " + left + right + "\n";
    };
    std::string text =
        "usage: cloudretail [VERB] [--config FILE] [--data-dir DIR] [--section.key=value …]\n\nverbs\n";
    for (const Verb& verb : verbs())
        text += row(verb.name + (verb.operand.empty() ? "" : " " + verb.operand), verb.meaning);
    text += "\noptions of every verb\n";
    text += row("--config FILE", "configuration file; environment and options beat it");
    text += row("--data-dir DIR", "the same as --server.data_dir");
    text += "\nconfiguration keys with their defaults (also CLOUDRETAIL_SECTION_KEY in the environment)\n";
    for (const config::Key& key : config::keys())
        text += row("--" + key.name + "=" + key.fallback,
                    key.meaning + (key.secret ? " Or --" + key.name + "_file." : ""));
    return text;
}

}  // namespace cloudretail::app
