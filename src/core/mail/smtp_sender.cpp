// Mail by SMTP; see smtp_sender.hpp. libcurl doubles leading dots and ends the data (RFC 5321 4.5.2) itself.
#include <mail/smtp_sender.hpp>

#include <curl/curl.h>
#include <algorithm>
#include <boost/url/parse.hpp>
#include <cstring>
#include <http/curl.hpp>
#include <stdexcept>

namespace cloudretail::mail {

namespace {

/// What is left to send.
struct Upload {
    std::string_view rest;
};

extern "C" std::size_t read_more(char* buffer, std::size_t size, std::size_t count, void* upload) {
    auto& rest = static_cast<Upload*>(upload)->rest;
    const std::size_t n = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), n);
    rest.remove_prefix(n);
    return n;
}

extern "C" int shall_end(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

extern "C" std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// 5xx is about this mail, 4xx about now; without either nobody answered as a mail server does.
Sent meaning(CURLcode code, long answer) {
    if (code == CURLE_OK) return {};
    const std::string said = "SMTP " + std::to_string(answer);
    if (code != CURLE_LOGIN_DENIED && answer >= 550 && answer <= 554) return {Sent::Kind::refused, said};
    if (code != CURLE_LOGIN_DENIED && answer >= 450 && answer <= 452) return {Sent::Kind::postponed, said};
    return {Sent::Kind::away, ::curl_easy_strerror(code)};
}

}  // namespace

bool SmtpSettings::on_this_machine() const {
    return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

SmtpSettings parse_smtp_url(std::string_view text) {
    auto parsed = boost::urls::parse_uri(text);
    if (!parsed || (parsed->scheme() != "smtp" && parsed->scheme() != "smtps"))
        throw std::invalid_argument("must be file:, smtp://user@host:port or smtps://user@host:port");
    if (parsed->has_password())
        throw std::invalid_argument("must not hold the password: it belongs in mail.password");
    if (parsed->host_address().empty()) throw std::invalid_argument("names no host");
    if (!parsed->encoded_path().empty() && parsed->encoded_path() != "/")
        throw std::invalid_argument("must end after the port");
    SmtpSettings settings;
    settings.tls_from_start = parsed->scheme() == "smtps";
    settings.host = parsed->host_address();
    settings.user = parsed->user();
    settings.port = parsed->has_port()        ? std::string(parsed->port())
                    : settings.tls_from_start ? "465"
                    : settings.user.empty()   ? "25"
                                              : "587";
    return settings;
}

SmtpSender::SmtpSender(SmtpSettings settings, resilience::Breaker& breaker)
    : settings_(std::move(settings)), breaker_(breaker) {
    http::start_curl();
    handle_ = ::curl_easy_init();
    if (handle_ == nullptr) throw std::bad_alloc();
}

SmtpSender::~SmtpSender() { ::curl_easy_cleanup(handle_); }

Sent SmtpSender::send(const Message& message) {
    if (!breaker_.allow()) return {Sent::Kind::away, "the mail server is left alone for a while"};
    Sent sent = try_once(message);
    sent.kind == Sent::Kind::away ? breaker_.failed() : breaker_.succeeded();
    return sent;
}

Sent SmtpSender::try_once(const Message& message) {
    const std::string text = render(message);
    const bool literal = settings_.host.find(':') != std::string::npos;
    const std::string url = std::string(settings_.tls_from_start ? "smtps://" : "smtp://") +
                            (literal ? "[" + settings_.host + "]" : settings_.host) + ":" + settings_.port +
                            "/" + settings_.greeting;
    Upload upload{text};
    curl_slist* recipients = ::curl_slist_append(nullptr, ("<" + message.to + ">").c_str());
    if (recipients == nullptr) throw std::bad_alloc();
    const auto set = [this](CURLoption option, auto value) { ::curl_easy_setopt(handle_, option, value); };
    ::curl_easy_reset(handle_);  // keeps the connection
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.timeout_ms));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout_ms));
    set(CURLOPT_USE_SSL, static_cast<long>(settings_.plain_text ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!settings_.password.empty()) {
        set(CURLOPT_USERNAME, settings_.user.c_str());
        set(CURLOPT_PASSWORD, settings_.password.c_str());
    }
    set(CURLOPT_MAIL_FROM, ("<" + message.from.address + ">").c_str());
    set(CURLOPT_MAIL_RCPT, recipients);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, read_more);
    set(CURLOPT_READDATA, &upload);
    set(CURLOPT_WRITEFUNCTION, drop);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, shall_end);
    set(CURLOPT_XFERINFODATA, &stopping_);
    const CURLcode code = ::curl_easy_perform(handle_);
    long answer = 0;
    ::curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &answer);
    ::curl_slist_free_all(recipients);
    return meaning(code, answer);
}

}  // namespace cloudretail::mail
