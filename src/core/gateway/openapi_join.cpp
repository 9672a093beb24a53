// See openapi_join.hpp.
#include "openapi_join.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cloudretail::gateway {

namespace {

using Members = std::vector<std::pair<std::string_view, json::View>>;

/// What the fragments hold, in the order of the fragments.
struct Parts {
    Members head;  // openapi, info, servers, …: of the core fragment alone
    std::vector<json::View> tags;
    Members paths;
    std::map<std::string_view, Members> components;
    std::vector<std::string>& faults;

    void add(Members& to, std::string_view fragment, std::string_view name, json::View value) {
        const bool taken = std::any_of(to.begin(), to.end(), [&](const auto& m) { return m.first == name; });
        if (taken) faults.push_back(std::string(fragment) + ": " + std::string(name) + " is there twice");
        if (!taken) to.emplace_back(name, value);
    }
    void take(std::string_view fragment, bool is_core, json::View root) {
        if (!root.is_object()) faults.push_back(std::string(fragment) + ": is not an object");
        root.each_member([&](std::string_view name, json::View value) {
            if (name == "tags") {
                for (std::size_t i = 0; i < value.size(); ++i) tags.push_back(value.at(i));
            } else if (name == "paths") {
                value.each_member(
                    [&](std::string_view path, json::View item) { add(paths, fragment, path, item); });
            } else if (name == "components") {
                value.each_member([&](std::string_view kind, json::View list) {
                    list.each_member(
                        [&](std::string_view n, json::View v) { add(components[kind], fragment, n, v); });
                });
            } else if (is_core) {
                head.emplace_back(name, value);
            } else {
                faults.push_back(std::string(fragment) +
                                 ": only tags, paths and components may stand here, not " +
                                 std::string(name));
            }
        });
    }
};

void write_members(json::Writer& w, std::string_view name, const Members& members) {
    w.key(name).begin_object();
    for (const auto& [key, value] : members) w.key(key).raw(value.dump());
    w.end_object();
}

void write_security(json::Writer& w, bool required, bool by_key) {
    w.key("security").begin_array();
    if (!required) w.begin_object().end_object();
    const auto scheme = [&w](const char* name) {
        w.begin_object().key(name).begin_array().end_array().end_object();
    };
    scheme("bearer");
    scheme("session");
    if (by_key) scheme("apiKey");
    w.end_array();
}

/// The scheme of API keys says which scopes there are.
void write_key_scheme(json::Writer& w, const OpenApi& contract, json::View scheme) {
    w.begin_object();
    scheme.each_member([&](std::string_view name, json::View value) {
        if (name != "description") {
            w.key(name).raw(value.dump());
            return;
        }
        std::string text(value.text().value_or(""));
        text += "\n\nScopes:\n";
        for (const ScopeRule& scope : contract.scopes()) {
            text += "- `" + scope.name + "`: " + scope.meaning;
            if (scope.access == Access::vendor) text += " (vendors and administrators)";
            if (scope.access == Access::admin) text += " (administrators)";
            text += "\n";
        }
        w.member(name, text);
    });
    w.end_object();
}

void write_schemes(json::Writer& w, const OpenApi& contract, json::View schemes) {
    w.begin_object();
    schemes.each_member([&](std::string_view name, json::View scheme) {
        w.key(name);
        if (name == "apiKey") {
            write_key_scheme(w, contract, scheme);
        } else {
            w.raw(scheme.dump());
        }
    });
    w.end_object();
}

/// Does the operation declare a parameter "in" there, of this name (empty: any)?
bool declares(const OpenApi& contract, json::View operation, std::string_view in, std::string_view name) {
    const json::View parameters = operation["parameters"];
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const json::View parameter = contract.resolve(parameters.at(i));
        if (parameter["in"].text() == in && (name.empty() || parameter["name"].text() == name)) return true;
    }
    return false;
}

/// The headers that an answer of this status carries, as far as the operation's parameters tell them.
std::vector<std::string_view> headers_of(const OpenApi& contract, json::View operation,
                                         std::string_view status) {
    std::vector<std::string_view> names{"X-Request-Id"};
    if (status == "429" || status == "503") names.emplace_back("Retry-After");
    if (!status.starts_with('2')) return names;
    const auto in_header = [&](std::string_view name) {
        return declares(contract, operation, "header", name);
    };
    if (status == "200" && (in_header("If-None-Match") || in_header("If-Match"))) names.emplace_back("ETag");
    if (status == "201") names.emplace_back("Location");
    if (in_header("Idempotency-Key")) names.emplace_back("Idempotency-Replayed");
    if (declares(contract, operation, "query", "cursor")) names.emplace_back("Link");
    return names;
}

/// A response as the fragment has it, with its headers; one that is only a $ref has its own.
void write_response(json::Writer& w, const OpenApi& contract, json::View operation, std::string_view status,
                    json::View response) {
    if (response["$ref"].present() || response["headers"].present()) {
        w.raw(response.dump());
        return;
    }
    w.begin_object();
    response.each_member([&](std::string_view name, json::View value) { w.key(name).raw(value.dump()); });
    w.key("headers").begin_object();
    for (const std::string_view name : headers_of(contract, operation, status)) {
        w.key(name).begin_object();
        w.member("$ref", "#/components/headers/" + std::string(name)).end_object();
    }
    w.end_object().end_object();
}

void write_operation(json::Writer& w, const OpenApi& contract, json::View operation) {
    const std::string_view access = operation["x-access"].text().value_or("anyone");
    w.begin_object();
    operation.each_member([&](std::string_view name, json::View value) {
        if (name != "responses") w.key(name).raw(value.dump());
    });
    const std::string_view scope = operation["x-scope"].text().value_or("");
    write_security(w, access != "anyone", !scope.empty());
    const json::View responses = operation["responses"];
    w.key("responses").begin_object();
    responses.each_member([&](std::string_view status, json::View value) {
        w.key(status);
        write_response(w, contract, operation, status, value);
    });
    const auto common = [&](std::string_view status, bool applies) {
        if (!applies || responses[status].present()) return;
        w.key(status).begin_object().member("$ref", "#/components/responses/Problem").end_object();
    };
    common("401", access != "anyone");
    common("403", scope != any_scope);  // at least for an API key without the scope
    common("422", operation["requestBody"].present() || declares(contract, operation, "query", ""));
    common("429", true);
    common("default", true);
    w.end_object().end_object();
}

void write_paths(json::Writer& w, const OpenApi& contract, json::View paths) {
    w.begin_object();
    paths.each_member([&](std::string_view path, json::View item) {
        w.key(path).begin_object();
        item.each_member([&](std::string_view method, json::View operation) {
            w.key(method);
            write_operation(w, contract, operation);
        });
        w.end_object();
    });
    w.end_object();
}

void write_components(json::Writer& w, const OpenApi& contract, json::View components) {
    w.begin_object();
    components.each_member([&](std::string_view kind, json::View list) {
        w.key(kind);
        if (kind == "securitySchemes") {
            write_schemes(w, contract, list);
        } else {
            w.raw(list.dump());
        }
    });
    w.end_object();
}

}  // namespace

std::string join_fragments(std::span<const EmbeddedFile> fragments, std::vector<std::string>& faults) {
    std::vector<json::Document> documents;
    documents.reserve(fragments.size());
    Parts parts{.head = {}, .tags = {}, .paths = {}, .components = {}, .faults = faults};
    bool core_seen = false;
    for (const EmbeddedFile& fragment : fragments) {
        auto document = json::Document::parse(fragment.content, document_limits);
        if (!document) throw ContractError(std::string(fragment.path) + ": " + document.error().detail);
        documents.push_back(std::move(*document));
        const bool is_core = fragment.path == "core.json";
        core_seen = core_seen || is_core;
        parts.take(fragment.path, is_core, documents.back().root());
    }
    if (!core_seen) throw ContractError("core.json is not among the OpenAPI fragments");

    json::Writer w;
    w.begin_object();
    for (const auto& [name, value] : parts.head) w.key(name).raw(value.dump());
    w.key("tags").begin_array();
    for (const json::View tag : parts.tags) w.raw(tag.dump());
    w.end_array();
    write_members(w, "paths", parts.paths);
    w.key("components").begin_object();
    for (const auto& [kind, members] : parts.components) write_members(w, kind, members);
    w.end_object().end_object();
    return w.take();
}

std::string complete_document(const OpenApi& contract, json::View document) {
    json::Writer w;
    w.begin_object();
    document.each_member([&](std::string_view name, json::View value) {
        w.key(name);
        if (name == "paths") {
            write_paths(w, contract, value);
        } else if (name == "components") {
            write_components(w, contract, value);
        } else {
            w.raw(value.dump());
        }
    });
    w.end_object();
    return w.take();
}

}  // namespace cloudretail::gateway
