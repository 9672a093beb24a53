// See contract.hpp.
#include <stdexcept>
#include <support/answer_log.hpp>
#include <support/contract.hpp>

namespace cloudretail::test {

namespace {

constexpr json::Limits limits{.depth = 64, .members = 4096, .elements = 10'000, .number_chars = 32};

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return out;
}

std::vector<std::string> names_in(std::string_view path) {
    std::vector<std::string> names;
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1))
        names.emplace_back(path.substr(open + 1, path.find('}', open) - open - 1));
    return names;
}

std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    const auto slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    return segment;
}

/// How many of the template's segments the path has literally; -1 where it does not fit.
int fit(std::string_view pattern, std::string_view path) {
    int literal = 0;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = next_segment(pattern), sent = next_segment(path);
        if (wanted == sent) {
            ++literal;
        } else if (!wanted.starts_with('{') || sent.empty()) {
            return -1;
        }
    }
    return pattern.empty() && path.empty() ? literal : -1;
}

std::string_view essence(std::string_view content_type) {
    return content_type.substr(0, content_type.find(';'));
}

void check_problem(const HttpResponse& answer, std::vector<std::string>& faults) {
    const json::Document document = answer.json();
    const json::View root = document.root();
    if (root["status"].integer() != answer.status) faults.emplace_back("/status: is not the answer's");
    if (!root["type"].text().value_or("").starts_with("/problems/")) faults.emplace_back("/type: is no slug");
    if (root["requestId"].text() != answer.header("X-Request-Id"))
        faults.emplace_back("/requestId: is not the header's");
    if (answer.status == 401 && answer.header("WWW-Authenticate").empty())
        faults.emplace_back("a 401 without WWW-Authenticate");
    const bool later = answer.status == 429 || answer.status == 503;
    if (later && answer.header("Retry-After").empty()) faults.emplace_back("no Retry-After");
    for (const std::string& word : leaks(answer.body)) faults.push_back("tells " + word);
}

}  // namespace

std::string ContractOperation::target(const std::vector<std::string>& values) const {
    std::string filled = path;
    for (const std::string& value : values) {
        const auto open = filled.find('{');
        if (open == std::string::npos) throw std::runtime_error(id + ": more values than parameters");
        filled.replace(open, filled.find('}') - open + 1, value);
    }
    if (filled.find('{') != std::string::npos) throw std::runtime_error(id + ": a parameter has no value");
    return filled;
}

Contract::Contract(const std::string& served) : document_(json::Document::parse(served, limits).value()) {
    document().operator[]("paths").each_member([&](std::string_view path, json::View item) {
        item.each_member([&](std::string_view method, json::View operation) {
            const auto word = [&](const char* name) {
                return std::string(operation[name].text().value_or(""));
            };
            operations_.push_back({.method = upper(method),
                                   .path = std::string(path),
                                   .id = word("operationId"),
                                   .access = word("x-access"),
                                   .owner = word("x-owner"),
                                   .foreign = static_cast<int>(operation["x-foreign"].integer().value_or(0)),
                                   .viewer = word("x-viewer"),
                                   .scope = word("x-scope"),
                                   .path_parameters = names_in(path),
                                   .definition = operation});
        });
    });
    if (operations_.empty()) throw std::runtime_error("a contract without operations");
}

const ContractOperation* Contract::find(std::string_view id) const {
    for (const ContractOperation& operation : operations_)
        if (operation.id == id) return &operation;
    return nullptr;
}

const ContractOperation* Contract::find(std::string_view method, std::string_view target) const {
    std::string path(target.substr(0, target.find('?')));
    if (path.starts_with("/api/v1/")) path.erase(4, 3);
    const ContractOperation* best = nullptr;
    int best_fit = -1;
    for (const ContractOperation& operation : operations_) {
        const int fits = operation.method == method ? fit(operation.path, path) : -1;
        if (fits > best_fit) {
            best = &operation;
            best_fit = fits;
        }
    }
    return best;
}

json::View Contract::body_schema(const ContractOperation& operation) const {
    return resolved(document(), operation.definition["requestBody"])["content"]["application/json"]["schema"];
}

json::View Contract::body_example(const ContractOperation& operation) const {
    return resolved(document(),
                    operation.definition["requestBody"])["content"]["application/json"]["example"];
}

std::vector<ContractExample> Contract::body_examples(const ContractOperation& operation) const {
    std::vector<ContractExample> found;
    const json::View content = resolved(document(), operation.definition["requestBody"])["content"];
    content.each_member([&](std::string_view type, json::View media) {
        if (media["example"].present()) found.push_back({std::string(type), "example", media["example"]});
        media["examples"].each_member([&](std::string_view name, json::View example) {
            found.push_back({std::string(type), std::string(name), resolved(document(), example)["value"]});
        });
    });
    return found;
}

bool Contract::body_required(const ContractOperation& operation) const {
    return resolved(document(), operation.definition["requestBody"])["required"].boolean().value_or(false);
}

std::vector<json::View> Contract::query_parameters(const ContractOperation& operation) const {
    std::vector<json::View> found;
    const json::View list = operation.definition["parameters"];
    for (std::size_t i = 0; i < list.size(); ++i) {
        const json::View parameter = resolved(document(), list.at(i));
        if (parameter["in"].text() == "query") found.push_back(parameter);
    }
    return found;
}

std::vector<std::string> Contract::line_faults(json::View schema, std::string_view text) const {
    std::vector<std::string> found;
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        const auto line = json::Document::parse(text.substr(0, end));
        if (!line) return {"a line is no JSON: " + line.error().detail};
        for (auto& fault : schema_faults(document(), schema, line->root())) found.push_back(std::move(fault));
        text.remove_prefix(end + 1);
    }
    if (!text.empty()) found.emplace_back("the last line does not end");
    return found;
}

std::vector<std::string> Contract::faults(const ContractOperation& operation,
                                          const HttpResponse& answer) const {
    AnswerLog::of_this_process().add(operation.id, answer.status);
    const json::View responses = operation.definition["responses"];
    json::View promised = responses[std::to_string(answer.status)];
    if (!promised.present() && answer.status >= 400) promised = responses["default"];
    promised = resolved(document(), promised);
    if (!promised.present()) return {"the document has no " + std::to_string(answer.status)};
    std::vector<std::string> found;
    promised["headers"].each_member([&](std::string_view name, json::View header) {
        const bool wanted = resolved(document(), header)["required"].boolean().value_or(false);
        if (wanted && answer.header(name).empty()) found.push_back("no " + std::string(name));
    });
    const json::View content = promised["content"];
    if (content.size() == 0 && !content.is_object()) {
        if (!answer.body.empty()) found.emplace_back("a body where the document has none");
        return found;
    }
    const std::string_view type = essence(answer.header("Content-Type"));
    const json::View media = content[type];
    if (!media.present()) return {"the document has no content of type " + std::string(type)};
    if (type == "application/x-ndjson") {
        for (auto& fault : line_faults(media["schema"], answer.body)) found.push_back(std::move(fault));
        return found;
    }
    if (!type.ends_with("json")) return found;
    const auto parsed = json::Document::parse(answer.body, limits);
    if (!parsed) return {"no JSON: " + parsed.error().detail};
    const auto of_body = schema_faults(document(), media["schema"], parsed->root());
    found.insert(found.end(), of_body.begin(), of_body.end());
    if (answer.status >= 400 && type == "application/problem+json") check_problem(answer, found);
    return found;
}

std::vector<std::string> leaks(std::string_view text) {
    std::vector<std::string> found;
    for (const char* word : {"SELECT ",
                             "INSERT ",
                             "UPDATE ",
                             "DELETE FROM",
                             "sqlite",
                             "SQLite",
                             "SQLSTATE",
                             "postgres",
                             "libpq",
                             "soci",
                             "rapidjson",
                             "valijson",
                             "std::",
                             ".cpp",
                             ".hpp",
                             ".db\"",
                             "/src/",
                             "/tmp/",
                             "/home/",
                             "/usr/",
                             "terminate",
                             "bad_alloc",
                             "UNIQUE constraint"})
        if (text.find(word) != std::string_view::npos) found.emplace_back(word);
    return found;
}

}  // namespace cloudretail::test
