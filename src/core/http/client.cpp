// See client.hpp. All of libcurl happens on the client's thread; others only put requests into the queue and
// wake it.
#include <http/client.hpp>

#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <algorithm>
#include <cstring>
#include <http/curl.hpp>
#include <log/log.hpp>
#include <map>
#include <mutex>
#include <thread>

namespace cloudretail::http {

namespace {

using Failure = ClientAnswer::Failure;

constexpr std::size_t header_bytes = 64 * 1024;  // of an answer, at most
constexpr long kept_connections = 64, connection_age_s = 60;

/// One request under way; its address is libcurl's until it is over.
struct Transfer {
    ClientRequest request;
    Then<ClientAnswer> then;
    const ClientSettings* settings = nullptr;
    ClientAnswer answer{};
    std::size_t headers_seen = 0;
    bool not_allowed = false;  // an address was refused
    bool enough = false;       // broken off by us: the rest of the body is of no interest
    curl_slist *headers = nullptr, *resolve = nullptr;

    Transfer() = default;
    Transfer(const Transfer&) = delete;
    ~Transfer() {
        ::curl_slist_free_all(headers);
        ::curl_slist_free_all(resolve);
    }
};

std::optional<Address> address_of(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped,
                                                boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)));
    }
    if (address->sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    Address::bytes_type bytes{};
    std::memcpy(bytes.data(), v6.sin6_addr.s6_addr, bytes.size());
    return Address(bytes);
}

/// Called with the address that is about to be connected to: no socket is made for one that is not allowed.
extern "C" curl_socket_t open_socket(void* data, curlsocktype purpose, curl_sockaddr* where) {
    auto& transfer = *static_cast<Transfer*>(data);
    const auto address = address_of(&where->addr);
    if (purpose != CURLSOCKTYPE_IPCXN || !address || !transfer.settings->guard.allows(*address)) {
        transfer.not_allowed = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(where->family, where->socktype | SOCK_CLOEXEC, where->protocol);
}

extern "C" std::size_t take_header(char*, std::size_t size, std::size_t count, void* data) {
    auto& transfer = *static_cast<Transfer*>(data);
    const std::size_t length = size * count;
    transfer.headers_seen += length;
    return transfer.headers_seen > header_bytes ? 0 : length;
}

extern "C" std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* data) {
    auto& transfer = *static_cast<Transfer*>(data);
    const std::size_t length = size * count, room = transfer.settings->body_bytes;
    std::string& body = transfer.answer.body;
    body.append(bytes, std::min(length, room - body.size()));
    if (body.size() < room) return length;
    transfer.enough = true;
    return 0;
}

void add_line(curl_slist*& list, const std::string& line) {
    curl_slist* longer = ::curl_slist_append(list, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list = longer;
}

void set_up(CURL* handle, Transfer& t) {
    const auto set = [handle](CURLoption option, auto value) { ::curl_easy_setopt(handle, option, value); };
    const ClientSettings& settings = *t.settings;
    for (const auto& [name, value] : t.request.headers.list()) add_line(t.headers, name + ": " + value);
    add_line(t.headers, "Expect:");
    for (const std::string& entry : settings.resolve) add_line(t.resolve, entry);
    set(CURLOPT_URL, t.request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, settings.plain ? "https,http" : "https");
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");  // also not from the environment
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings.ca_file.empty()) set(CURLOPT_CAINFO, settings.ca_file.c_str());
    set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(CURLOPT_OPENSOCKETDATA, &t);
    set(CURLOPT_RESOLVE, t.resolve);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer is not waited for
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout_ms));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout_ms));
    set(CURLOPT_MAXAGE_CONN, connection_age_s);
    set(CURLOPT_USERAGENT, settings.user_agent.c_str());
    set(CURLOPT_HTTPHEADER, t.headers);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(t.request.body.size()));
    set(CURLOPT_POSTFIELDS, t.request.body.data());
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, &t);
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, &t);
}

Failure failure_of(CURLcode code, const Transfer& transfer) {
    switch (code) {
        case CURLE_OK:
            return Failure::none;
        case CURLE_WRITE_ERROR:
            return transfer.enough ? Failure::none : Failure::no_http;
        case CURLE_COULDNT_RESOLVE_HOST:
            return Failure::no_name;
        case CURLE_OPERATION_TIMEDOUT:
            return Failure::timeout;
        case CURLE_COULDNT_CONNECT:
            return transfer.not_allowed ? Failure::not_allowed : Failure::no_connection;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CIPHER:
            return Failure::no_trust;
        default:
            return Failure::no_http;
    }
}

/// One line for people, the same whatever libcurl's version.
const char* text_of(Failure failure) {
    switch (failure) {
        case Failure::none:
            return "";
        case Failure::not_allowed:
            return "the address is not one that may be connected to";
        case Failure::no_name:
            return "the host's name leads to no address";
        case Failure::no_connection:
            return "no connection can be made";
        case Failure::no_trust:
            return "the certificate cannot be trusted, or TLS fails";
        case Failure::timeout:
            return "no answer in time";
        case Failure::no_http:
            return "the answer is not HTTP, or breaks off";
        case Failure::stopped:
            return "the server was stopped meanwhile";
    }
    return "";
}

void end(Transfer& transfer, Failure failure, std::string error = {}) {
    ClientAnswer& answer = transfer.answer;
    answer.failure = failure;
    answer.error = error.empty() ? text_of(failure) : std::move(error);
    if (failure != Failure::none) answer.status = 0;
    transfer.then(std::move(answer));
}

}  // namespace

struct Client::Impl {
    explicit Impl(ClientSettings s) : settings(std::move(s)) {
        start_curl();
        multi = ::curl_multi_init();
        if (multi == nullptr) throw std::bad_alloc();
        ::curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kept_connections);
        thread = std::thread([this] { run(); });
    }
    ~Impl() { ::curl_multi_cleanup(multi); }

    void run();
    void begin(std::unique_ptr<Transfer> transfer);
    void finish(CURL* handle, CURLcode code);
    void end_all();

    const ClientSettings settings;
    CURLM* multi = nullptr;
    std::map<CURL*, std::unique_ptr<Transfer>> active;  // of the thread
    std::mutex mutex;
    std::vector<std::unique_ptr<Transfer>> waiting;  // behind the mutex
    bool stopping = false;                           // behind the mutex
    std::thread thread;
};

void Client::Impl::begin(std::unique_ptr<Transfer> transfer) {
    if (auto problem = url_problem(settings, transfer->request.url); !problem.empty())
        return end(*transfer, Failure::not_allowed, "the URL " + problem);
    CURL* handle = ::curl_easy_init();
    if (handle == nullptr) return end(*transfer, Failure::stopped);
    set_up(handle, *transfer);
    active.emplace(handle, std::move(transfer));
    if (::curl_multi_add_handle(multi, handle) != CURLM_OK) finish(handle, CURLE_FAILED_INIT);
}

void Client::Impl::finish(CURL* handle, CURLcode code) {
    auto node = active.extract(handle);
    Transfer& transfer = *node.mapped();
    long status = 0;
    curl_off_t duration_us = 0, retry_after_s = 0;
    ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    ::curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &duration_us);
    ::curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after_s);
    transfer.answer.status = static_cast<int>(status);
    transfer.answer.retry_after_s = retry_after_s;
    transfer.answer.duration_ms = duration_us / 1'000;
    ::curl_multi_remove_handle(multi, handle);
    ::curl_easy_cleanup(handle);
    end(transfer, failure_of(code, transfer));
}

void Client::Impl::end_all() {
    while (!active.empty()) {
        auto node = active.extract(active.begin());
        ::curl_multi_remove_handle(multi, node.key());
        ::curl_easy_cleanup(node.key());
        end(*node.mapped(), Failure::stopped);
    }
}

void Client::Impl::run() {
    pthread_setname_np(pthread_self(), "http-client");
    constexpr int longest_wait_ms = 1'000;
    for (;;) {
        std::vector<std::unique_ptr<Transfer>> fresh;
        bool last = false;
        {
            const std::lock_guard lock(mutex);
            fresh.swap(waiting);
            last = stopping;
        }
        for (auto& transfer : fresh) last ? end(*transfer, Failure::stopped) : begin(std::move(transfer));
        if (last) break;
        int running = 0;
        ::curl_multi_perform(multi, &running);
        int left = 0;
        while (const CURLMsg* message = ::curl_multi_info_read(multi, &left))
            if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
        ::curl_multi_poll(multi, nullptr, 0, longest_wait_ms, nullptr);
    }
    end_all();
}

Client::Client(ClientSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}

Client::~Client() { stop(); }

void Client::post(ClientRequest request, Then<ClientAnswer> then) {
    auto transfer = std::make_unique<Transfer>();
    transfer->request = std::move(request);
    transfer->then = std::move(then);
    transfer->settings = &impl_->settings;
    {
        const std::lock_guard lock(impl_->mutex);
        if (!impl_->stopping) impl_->waiting.push_back(std::move(transfer));
    }
    if (transfer) return end(*transfer, Failure::stopped);
    ::curl_multi_wakeup(impl_->multi);
}

void Client::stop() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    ::curl_multi_wakeup(impl_->multi);
    if (impl_->thread.joinable()) impl_->thread.join();
}

const ClientSettings& Client::settings() const { return impl_->settings; }

}  // namespace cloudretail::http
