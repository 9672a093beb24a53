// Rendering of users; see render.hpp.
#include "render.hpp"

#include <stdexcept>

namespace cloudretail::user {

namespace {

void write(json::Writer& w, const std::vector<Address>& addresses) {
    w.begin_array();
    for (const Address& a : addresses) {
        w.begin_object();
        if (!a.label.empty()) w.member("label", a.label);
        w.member("street", a.street).member("city", a.city);
        if (!a.state.empty()) w.member("state", a.state);
        w.member("zipCode", a.zip_code).member("country", a.country);
        w.member("default", a.is_default).end_object();
    }
    w.end_array();
}

void write(json::Writer& w, const User& u) {
    w.begin_object().member("id", u.id).member("email", u.email);
    w.member("firstName", u.first_name).member("lastName", u.last_name).member("role", to_text(u.role));
    w.member("status", to_text(u.status)).member("vendorRequested", u.vendor_requested);
    w.member("emailVerified", u.email_verified).member("twoFactorEnabled", u.two_factor);
    w.member("phone", u.phone).key("addresses");
    write(w, u.addresses);
    w.member("createdAt", u.created_at).end_object();
}

}  // namespace

std::string to_json(const User& user) {
    json::Writer w;
    write(w, user);
    return w.take();
}

std::string to_json(const Session& s, bool current) {
    json::Writer w;
    w.begin_object().member("id", s.token_id.to_string()).member("device", s.device);
    w.member("createdAt", s.created_at).member("lastSeenAt", s.seen_at).member("expiresAt", s.expires_at);
    w.member("current", current).end_object();
    return w.take();
}

std::string to_json(const ApiKey& key, std::string_view secret) {
    json::Writer w;
    w.begin_object().member("id", key.id.to_string()).member("name", key.name);
    if (!secret.empty()) w.member("key", secret);
    w.member("hint", key.hint).key("scopes").begin_array();
    for (const std::string& scope : key.scopes.names()) w.value(scope);
    w.end_array().member("createdAt", key.created_at).member("expiresAt", key.expires_at);
    w.member("lastUsedAt", key.used_at).end_object();
    return w.take();
}

std::string recovery_codes_json(const std::vector<std::string>& codes) {
    json::Writer w;
    w.begin_object().key("recoveryCodes").begin_array();
    for (const std::string& code : codes) w.value(code);
    w.end_array().end_object();
    return w.take();
}

std::string signed_in_json(const User& user, const Issued& issued, bool with_token) {
    json::Writer w;
    w.begin_object().key("user");
    write(w, user);
    if (with_token) w.member("token", issued.token);
    w.member("expiresIn", issued.expires_in_s).end_object();
    return w.take();
}

std::string etag_of(const User& user) { return "\"" + std::to_string(user.version) + "\""; }

/// All of it but its last use stays as it was made.
std::string etag_of(const ApiKey& key) {
    return "\"" + std::to_string(key.used_at.value_or(Timestamp{}).ms) + "\"";
}

Address address_from(json::View object) {
    auto text = [&](std::string_view name) { return std::string(object[name].text().value_or("")); };
    return {text("label"),
            text("street"),
            text("city"),
            text("state"),
            text("zipCode"),
            text("country"),
            object["default"].boolean().value_or(false)};
}

std::string addresses_to_json(const std::vector<Address>& addresses) {
    json::Writer w;
    write(w, addresses);
    return w.take();
}

std::vector<Address> addresses_from_json(std::string_view text) {
    if (text == "[]") return {};
    auto document = json::Document::parse(text);
    if (!document || !document->root().is_array())
        throw std::runtime_error("a user's addresses are not JSON");
    std::vector<Address> addresses;
    for (std::size_t i = 0; i < document->root().size(); ++i)
        addresses.push_back(address_from(document->root().at(i)));
    return addresses;
}

std::string session_cookie(std::string_view token, std::int64_t max_age_s, bool secure) {
    std::string cookie = "cloudretail_session=";
    cookie += token;
    cookie += "; HttpOnly; SameSite=Lax; Path=/; Max-Age=" + std::to_string(max_age_s);
    if (secure) cookie += "; Secure";
    return cookie;
}

}  // namespace cloudretail::user
