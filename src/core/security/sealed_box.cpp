// Sealing; see sealed_box.hpp. Each context has a key of its own, derived by keyed BLAKE2b: secretbox itself
// binds no context.
#include <security/sealed_box.hpp>
#include <security/security.hpp>

#include <sodium.h>
#include <array>
#include <stdexcept>

namespace cloudretail::security {
namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

using Key = std::array<unsigned char, crypto_secretbox_KEYBYTES>;

Key key_for(std::string_view key, std::string_view context) {
    Key derived;
    ::crypto_generichash(derived.data(), derived.size(), bytes_of(context), context.size(), bytes_of(key),
                         key.size());
    return derived;
}

}  // namespace

SealedBox::SealedBox(std::string_view secret) : key_(crypto_generichash_KEYBYTES, '\0') {
    initialize();
    if (secret.size() < 32) throw std::invalid_argument("a sealing secret must be at least 32 bytes long");
    ::crypto_generichash(bytes_of(key_), key_.size(), bytes_of(secret), secret.size(), nullptr, 0);
}

SealedBox::~SealedBox() { ::sodium_memzero(key_.data(), key_.size()); }

std::string SealedBox::seal(std::string_view plain, std::string_view context) const {
    std::string box(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(), '\0');
    unsigned char* nonce = bytes_of(box);
    ::randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
    Key key = key_for(key_, context);
    ::crypto_secretbox_easy(nonce + crypto_secretbox_NONCEBYTES, bytes_of(plain), plain.size(), nonce,
                            key.data());
    ::sodium_memzero(key.data(), key.size());
    std::string text(sodium_base64_encoded_len(box.size(), variant), '\0');
    ::sodium_bin2base64(text.data(), text.size(), bytes_of(box), box.size(), variant);
    text.pop_back();  // the zero byte
    return text;
}

std::optional<std::string> SealedBox::open(std::string_view sealed, std::string_view context) const {
    std::string box(sealed.size(), '\0');
    std::size_t length = 0;
    if (::sodium_base642bin(bytes_of(box), box.size(), sealed.data(), sealed.size(), nullptr, &length,
                            nullptr, variant) != 0)
        return std::nullopt;
    constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    if (length < overhead) return std::nullopt;
    std::string plain(length - overhead, '\0');
    const unsigned char* nonce = bytes_of(box);
    Key key = key_for(key_, context);
    const int failed = ::crypto_secretbox_open_easy(bytes_of(plain), nonce + crypto_secretbox_NONCEBYTES,
                                                    length - crypto_secretbox_NONCEBYTES, nonce, key.data());
    ::sodium_memzero(key.data(), key.size());
    if (failed != 0) return std::nullopt;
    return plain;
}

}  // namespace cloudretail::security
