// Outgoing HTTP: POSTs to addresses that others named. libcurl's multi interface in one thread of its own, so
// that a slow server holds nobody up. What is named may be hostile: only https (and http, where allowed),
// only ports that are allowed, certificates always verified, no proxy, cookie, password or redirect, and
// every address is asked for at the guard at the moment of connecting. Thread-safe.
#pragma once

#include <base/function.hpp>
#include <http/address_guard.hpp>
#include <http/message.hpp>
#include <memory>
#include <string>
#include <vector>

namespace cloudretail::http {

struct ClientSettings {
    AddressGuard guard{};
    bool plain = false;        // http:// besides https://
    std::vector<int> ports{};  // empty = any
    std::string ca_file{};     // PEM; empty = the system's authorities
    std::string user_agent{};
    std::int64_t connect_timeout_ms = 5'000;  // name, connection and TLS
    std::int64_t timeout_ms = 15'000;         // the whole
    std::size_t body_bytes = 1024;            // of an answer that are read; the rest is not waited for
    /// "host:port:address,address" in place of asking name servers.
    std::vector<std::string> resolve{};
};

struct ClientRequest {
    std::string url;
    Fields headers{};
    std::string body{};
};

/// What became of a request.
struct ClientAnswer {
    enum class Failure { none, not_allowed, no_name, no_connection, no_trust, timeout, no_http, stopped };
    Failure failure = Failure::none;
    int status = 0;                  // where there is no failure
    std::string body{};              // its first bytes
    std::int64_t retry_after_s = 0;  // Retry-After, as seconds or as a date; 0 = none
    std::string error{};             // one line for people: which failure; no address
    std::int64_t duration_ms = 0;
};

/// Empty: a client with these settings would ask this URL. Else what is wrong with it, as far as the text
/// tells: what a name leads to is found out when it is connected to.
std::string url_problem(const ClientSettings& settings, std::string_view url);

class Client {
  public:
    explicit Client(ClientSettings settings);
    /// Ends what is under way.
    ~Client();
    Client(const Client&) = delete;
    /// `then` is called once, on the client's thread (or at once, where it has stopped); never with an
    /// exception. How many are under way at a time is the caller's to bound.
    void post(ClientRequest request, Then<ClientAnswer> then);
    /// Ends what is under way (Failure::stopped), takes nothing more, and joins. Idempotent.
    void stop();
    [[nodiscard]] const ClientSettings& settings() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::http
