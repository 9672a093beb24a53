// See openapi.hpp. All faults are collected and thrown together, so that whoever writes a fragment sees them
// at once.
#include <algorithm>
#include <gateway/openapi.hpp>
#include <map>
#include <set>

#include "openapi_join.hpp"
#include "scopes.hpp"

namespace cloudretail::gateway {

namespace {

using Faults = std::vector<std::string>;

std::optional<http::Method> method_of(std::string_view key) {
    if (key == "get") return http::Method::get;
    if (key == "post") return http::Method::post;
    if (key == "put") return http::Method::put;
    if (key == "patch") return http::Method::patch;
    if (key == "delete") return http::Method::del;
    return std::nullopt;
}

std::optional<Access> access_of(std::string_view text) {
    for (const Access access : {Access::anyone, Access::signed_in, Access::vendor, Access::admin}) {
        if (to_text(access) == text) return access;
    }
    return std::nullopt;
}

std::string name_of(http::Method method, std::string_view path) {
    return std::string(http::to_text(method)) + " " + std::string(path);
}

/// The names in braces of a path.
std::set<std::string_view> names_in(std::string_view path) {
    std::set<std::string_view> names;
    for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        const std::size_t close = path.find('}', open);
        if (close == std::string_view::npos) break;
        names.insert(path.substr(open + 1, close - open - 1));
    }
    return names;
}

/// Every $ref in the document leads somewhere and stands alone.
void check_references(const OpenApi& contract, json::View place, const std::string& where, Faults& faults) {
    if (place["$ref"].present()) {
        if (place.size() != 1) faults.push_back(where + ": $ref must stand alone");
        if (!contract.resolve(place).present()) {
            faults.push_back(where + ": " + std::string(place["$ref"].text().value_or("$ref")) +
                             " leads nowhere");
        }
        return;
    }
    place.each_member([&](std::string_view key, json::View value) {
        check_references(contract, value, where + "/" + std::string(key), faults);
    });
    if (!place.is_array()) return;
    for (std::size_t i = 0; i < place.size(); ++i) {
        check_references(contract, place.at(i), where + "/" + std::to_string(i), faults);
    }
}

/// Reads the parameters: those in the path must be exactly the path's; answers whether Idempotency-Key is
/// one.
bool check_parameters(const OpenApi& contract, json::View operation, const std::string& path,
                      const std::string& where, Faults& faults) {
    std::set<std::string_view> declared;
    bool idempotency_key = false;
    const json::View parameters = operation["parameters"];
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const json::View parameter = contract.resolve(parameters.at(i));
        const std::string_view name = parameter["name"].text().value_or("");
        const std::string_view in = parameter["in"].text().value_or("");
        if (in == "path") declared.insert(name);
        if (in == "header" && name == "Idempotency-Key") idempotency_key = true;
        if (name.empty() || (in != "path" && in != "query" && in != "header")) {
            faults.push_back(where + ": parameter " + std::to_string(i) +
                             " needs a name and in: path, query or header");
        }
    }
    if (declared != names_in(path))
        faults.push_back(where + ": the path parameters declared are not those of the path");
    return idempotency_key;
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> choices) {
    return std::find(choices.begin(), choices.end(), text) != choices.end();
}

/// An operation on a thing says whose it is and what everybody else is answered (openapi.hpp).
void check_ownership(json::View operation, std::string_view path, const std::string& where, Faults& faults) {
    const json::View owner = operation["x-owner"], foreign = operation["x-foreign"];
    const json::View viewer = operation["x-viewer"];
    const std::string_view whose = owner.text().value_or("");
    if (!owner.present()) {
        if (!names_in(path).empty()) faults.push_back(where + ": a path with an id needs x-owner");
        if (foreign.present() || viewer.present())
            faults.push_back(where + ": x-foreign and x-viewer go with x-owner");
        return;
    }
    if (!one_of(whose, {"none", "self", "customer", "vendor", "parties"}))
        faults.push_back(where + ": x-owner must be none, self, customer, vendor or parties");
    const auto status = foreign.integer();
    if (whose == "none" ? foreign.present() : status != 403 && status != 404)
        faults.push_back(where + ": x-foreign must be 403 or 404, and not there when x-owner is none");
    if (viewer.present() && (!one_of(viewer.text().value_or(""), {"customer", "vendor"}) || status != 404))
        faults.push_back(where + ": x-viewer must be customer or vendor, with x-foreign 404");
}

}  // namespace

std::string_view to_text(Access access) {
    switch (access) {
        case Access::anyone:
            return "anyone";
        case Access::signed_in:
            return "signed_in";
        case Access::vendor:
            return "vendor";
        case Access::admin:
            return "admin";
    }
    return "";
}

void throw_faults(std::string_view headline, const std::vector<std::string>& faults) {
    if (faults.empty()) return;
    std::string text(headline);
    for (const std::string& fault : faults) text.append("\n  ").append(fault);
    throw ContractError(text);
}

OpenApi::OpenApi(std::span<const EmbeddedFile> fragments) {
    Faults faults;
    const std::string joined = join_fragments(fragments, faults);
    auto document = json::Document::parse(joined, document_limits);
    if (!document) throw ContractError("the joined document: " + document.error().detail);
    document_ = std::move(*document);

    check_references(*this, document_.root(), "", faults);
    std::set<std::string_view> ids;
    document_.root()["paths"].each_member([&](std::string_view path, json::View item) {
        if (!path.starts_with('/') || path.starts_with("/api/v1/"))
            faults.push_back(std::string(path) + ": not a path");
        item.each_member([&](std::string_view key, json::View operation) {
            const std::string where = std::string(key) + " " + std::string(path);
            const auto method = method_of(key);
            const auto access = access_of(operation["x-access"].text().value_or(""));
            const std::string_view id = operation["operationId"].text().value_or("");
            if (!method) faults.push_back(where + ": only get, post, put, patch and delete may stand here");
            if (!access) faults.push_back(where + ": x-access must be anyone, signed_in, vendor or admin");
            if (id.empty() || !ids.insert(id).second)
                faults.push_back(where + ": needs an operationId of its own");
            if (operation["security"].present()) faults.push_back(where + ": security is made from x-access");
            if (operation["responses"].size() == 0) faults.push_back(where + ": has no responses");
            check_ownership(operation, path, where, faults);
            if (operation["x-scope"].present() && operation["x-scope"].text().value_or("").empty())
                faults.push_back(where + ": x-scope is the name of a scope");
            const bool keyed = check_parameters(*this, operation, std::string(path), where, faults);
            if (!method || !access) return;
            operations_.push_back({.method = *method,
                                   .path = std::string(path),
                                   .operation_id = std::string(id),
                                   .access = *access,
                                   .idempotency_key = keyed,
                                   .scope = std::string(operation["x-scope"].text().value_or("")),
                                   .definition = operation});
        });
    });
    scopes_ = read_scopes(document_.root(), operations_, faults);
    throw_faults("the OpenAPI fragments are not right:", faults);
    text_ = complete_document(*this, document_.root());
}

json::View OpenApi::resolve(json::View place) const {
    constexpr std::string_view prefix = "#/components/";
    for (int hops = 0; hops < 16; ++hops) {
        const auto reference = place["$ref"].text();
        if (!reference) return place;
        if (!reference->starts_with(prefix)) return {};
        const std::string_view rest = reference->substr(prefix.size());
        const std::size_t slash = rest.find('/');
        if (slash == std::string_view::npos) return {};
        place = document_.root()["components"][rest.substr(0, slash)][rest.substr(slash + 1)];
    }
    return {};
}

void OpenApi::check(std::span<const Route> routes) const {
    Faults faults;
    std::map<std::string, const Operation*> open;
    for (const Operation& operation : operations_)
        open[name_of(operation.method, operation.path)] = &operation;
    for (const Route& route : routes) {
        const std::string name = name_of(route.method, route.path);
        const auto found = open.find(name);
        if (found == open.end()) {
            faults.push_back(name + ": the route is not in the document, or there are two");
            continue;
        }
        const Operation& operation = *found->second;
        if (operation.operation_id != route.operation_id) {
            faults.push_back(name + ": operationId is " + operation.operation_id + ", the route says " +
                             route.operation_id);
        }
        if (operation.access != route.access) {
            faults.push_back(name + ": x-access is " + std::string(to_text(operation.access)) +
                             ", the route says " + std::string(to_text(route.access)));
        }
        if (operation.idempotency_key != (route.idempotency != nullptr)) {
            faults.push_back(name + (route.idempotency
                                         ? ": the route takes an Idempotency-Key, the document has none"
                                         : ": the document has an Idempotency-Key, the route takes none"));
        }
        open.erase(found);
    }
    for (const auto& [name, operation] : open)
        faults.push_back(name + ": the document's operation has no route");
    throw_faults("openapi.json and the routes differ:", faults);
}

}  // namespace cloudretail::gateway
