// See webhook_receiver.hpp.
#include <support/webhook_receiver.hpp>

#include <support/listener.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace cloudretail::test {

namespace {

constexpr int slice_ms = 20;  // how soon the end is noticed

/// nullopt until the whole request is there.
std::optional<ReceivedCall> parsed(const std::string& bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return std::nullopt;
    ReceivedCall call;
    std::istringstream lines(bytes.substr(0, end));
    std::string line;
    std::getline(lines, line);
    std::istringstream(line) >> call.method >> call.path;
    while (std::getline(lines, line)) {
        if (line.ends_with('\r')) line.pop_back();
        const auto colon = line.find(':');
        std::string name = line.substr(0, colon);
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const auto value = line.find_first_not_of(' ', colon + 1);
        call.headers[name] = value == std::string::npos ? "" : line.substr(value);
    }
    const std::string length = call.header("content-length");
    call.body = bytes.substr(end + 4);
    if (call.body.size() < (length.empty() ? 0 : std::stoul(length))) return std::nullopt;
    return call;
}

std::string base64(const unsigned char* bytes, unsigned size) {
    std::array<unsigned char, 128> text{};
    const int length = ::EVP_EncodeBlock(text.data(), bytes, static_cast<int>(size));
    return {text.begin(), text.begin() + length};
}

std::string from_base64(const std::string& text) {
    std::string bytes(text.size(), '\0');
    const int length =
        ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                          reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return {};
    bytes.resize(static_cast<std::size_t>(length));
    for (std::size_t end = text.size(); end > 0 && text[end - 1] == '='; --end) bytes.pop_back();
    return bytes;
}

}  // namespace

std::string http_answer(int status, const std::string& body, const std::string& more) {
    return "HTTP/1.1 " + std::to_string(status) + " As Told\r\nConnection: close\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool is_signed_with(const ReceivedCall& call, const std::string& secret) {
    const std::string key = from_base64(secret.substr(std::string("whsec_").size()));
    const std::string content =
        call.header("webhook-id") + "." + call.header("webhook-timestamp") + "." + call.body;
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(content.data()), content.size(), mac.data(), &size);
    const std::string ours = "v1," + base64(mac.data(), size);
    std::istringstream signatures(call.header("webhook-signature"));
    for (std::string one; signatures >> one;)
        if (one == ours) return true;
    return false;
}

WebhookReceiver::WebhookReceiver(const char* where) : address_(where) {
    answer_with(200);
    const Listener listener = listen_on(where);
    listener_ = listener.socket;
    port_ = listener.port;
    thread_ = std::thread([this] { serve(); });
}

WebhookReceiver::~WebhookReceiver() {
    ending_ = true;
    thread_.join();
    ::close(listener_);
}

std::string WebhookReceiver::url(const std::string& path) const {
    return "http://" + address_ + ":" + std::to_string(port_) + path;
}

void WebhookReceiver::answer_with(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
}

std::vector<ReceivedCall> WebhookReceiver::calls(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    std::vector<ReceivedCall> some;
    for (const ReceivedCall& call : calls_)
        if (path.empty() || call.path == path) some.push_back(call);
    return some;
}

void WebhookReceiver::serve() {
    std::vector<std::thread> talks;
    while (!ending_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, slice_ms) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        ++connections_;
        talks.emplace_back([this, client] { talk(client); });
    }
    for (auto& talk : talks) talk.join();
}

void WebhookReceiver::talk(int client) {
    std::string bytes;
    bool silent = false;
    while (!ending_) {
        pollfd waiting{client, POLLIN, 0};
        if (::poll(&waiting, 1, slice_ms) <= 0) continue;
        std::array<char, 4096> some{};
        const ssize_t n = ::recv(client, some.data(), some.size(), 0);
        if (n <= 0) break;
        if (silent) continue;
        bytes.append(some.data(), static_cast<std::size_t>(n));
        const auto call = parsed(bytes);
        if (!call) continue;
        Answer answer;
        {
            const std::lock_guard lock(mutex_);
            calls_.push_back(*call);
            answer = answer_;
        }
        const std::string out = answer(*call);
        silent = out.empty();
        if (silent) continue;
        for (std::size_t sent = 0; sent < out.size();) {
            const ssize_t some_sent = ::send(client, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
            if (some_sent <= 0) break;
            sent += static_cast<std::size_t>(some_sent);
        }
        break;
    }
    ::close(client);
}

}  // namespace cloudretail::test
