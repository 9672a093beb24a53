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

void write_security(json::Writer& w, bool required) {
    w.key("security").begin_array();
    if (!required) w.begin_object().end_object();
    for (const char* scheme : {"bearer", "session"}) {
        w.begin_object().key(scheme).begin_array().end_array().end_object();
    }
    w.end_array();
}

bool has_query(const OpenApi& contract, json::View operation) {
    const json::View parameters = operation["parameters"];
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (contract.resolve(parameters.at(i))["in"].text() == "query") return true;
    }
    return false;
}

void write_operation(json::Writer& w, const OpenApi& contract, json::View operation) {
    const std::string_view access = operation["x-access"].text().value_or("anyone");
    w.begin_object();
    operation.each_member([&](std::string_view name, json::View value) {
        if (name != "responses") w.key(name).raw(value.dump());
    });
    write_security(w, access != "anyone");
    const json::View responses = operation["responses"];
    w.key("responses").begin_object();
    responses.each_member(
        [&](std::string_view status, json::View value) { w.key(status).raw(value.dump()); });
    const auto common = [&](std::string_view status, bool applies) {
        if (!applies || responses[status].present()) return;
        w.key(status).begin_object().member("$ref", "#/components/responses/Problem").end_object();
    };
    common("401", access != "anyone");
    common("403", access == "vendor" || access == "admin");
    common("422", operation["requestBody"].present() || has_query(contract, operation));
    common("429", true);
    common("default", true);
    w.end_object().end_object();
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
        if (name != "paths") {
            w.key(name).raw(value.dump());
            return;
        }
        w.key("paths").begin_object();
        value.each_member([&](std::string_view path, json::View item) {
            w.key(path).begin_object();
            item.each_member([&](std::string_view method, json::View operation) {
                w.key(method);
                write_operation(w, contract, operation);
            });
            w.end_object();
        });
        w.end_object();
    });
    w.end_object();
    return w.take();
}

}  // namespace cloudretail::gateway
