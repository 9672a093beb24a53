// See tls_receiver.hpp.
#include <support/tls_receiver.hpp>

#include <support/listener.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <stdexcept>

namespace cloudretail::test {

namespace {

constexpr long day_s = 24L * 3'600;

template <class T>
T* made(T* thing) {
    if (thing == nullptr) throw std::runtime_error("OpenSSL cannot make a certificate");
    return thing;
}

void extend(X509* certificate, int what, const std::string& value) {
    X509_EXTENSION* extension = made(::X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
}

/// For `subject`, signed by `issuer`'s key.
X509* certificate(const std::string& subject, EVP_PKEY* key, const std::string& issuer, EVP_PKEY* signing,
                  int days, bool authority) {
    static std::atomic<long> serial{1};
    X509* x = made(::X509_new());
    const auto name = [](X509_NAME* of, const std::string& text) {
        ::X509_NAME_add_entry_by_txt(of, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
    };
    ::X509_set_version(x, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(x), -10 * day_s);
    ::X509_gmtime_adj(::X509_getm_notAfter(x), days * day_s);
    ::X509_set_pubkey(x, key);
    name(::X509_get_subject_name(x), subject);
    name(::X509_get_issuer_name(x), issuer);
    extend(x, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!authority) extend(x, NID_subject_alt_name, "DNS:" + subject);
    ::X509_sign(x, signing, ::EVP_sha256());
    return x;
}

std::string pem(X509* x) {
    BIO* out = made(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_X509(out, x);
    char* text = nullptr;
    const long size = ::BIO_get_mem_data(out, &text);
    std::string copy(text, static_cast<std::size_t>(size));
    ::BIO_free(out);
    return copy;
}

}  // namespace

struct TlsReceiver::Tls {
    SSL_CTX* context = made(::SSL_CTX_new(::TLS_server_method()));
    EVP_PKEY *authority_key = made(::EVP_EC_gen("P-256")), *key = made(::EVP_EC_gen("P-256"));
    X509 *authority = nullptr, *own = nullptr;

    Tls(const std::string& host, int days) {
        const std::string name = "Authority of " + host;
        authority = certificate(name, authority_key, name, authority_key, 1, true);
        own = certificate(host, key, name, authority_key, days, false);
        ::SSL_CTX_use_certificate(context, own);
        ::SSL_CTX_use_PrivateKey(context, key);
    }
    ~Tls() {
        ::SSL_CTX_free(context);
        ::X509_free(own);
        ::X509_free(authority);
        ::EVP_PKEY_free(key);
        ::EVP_PKEY_free(authority_key);
    }
    Tls(const Tls&) = delete;
};

TlsReceiver::TlsReceiver(const std::string& host, int days) : tls_(std::make_unique<Tls>(host, days)) {
    authority_ = pem(tls_->authority);
    const Listener listener = listen_on("127.0.0.1");
    listener_ = listener.socket;
    port_ = listener.port;
    thread_ = std::thread([this] { serve(); });
}

TlsReceiver::~TlsReceiver() {
    ending_ = true;
    thread_.join();
    ::close(listener_);
}

void TlsReceiver::serve() {
    constexpr int slice_ms = 20;
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    while (!ending_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, slice_ms) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        const timeval patience{5, 0};
        ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        SSL* ssl = ::SSL_new(tls_->context);
        ::SSL_set_fd(ssl, client);
        std::array<char, 8192> bytes{};
        if (::SSL_accept(ssl) == 1 && ::SSL_read(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0) {
            ++requests_;
            ::SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
            ::SSL_shutdown(ssl);
        }
        ::SSL_free(ssl);
        ::close(client);
    }
}

}  // namespace cloudretail::test
