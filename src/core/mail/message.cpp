// Rendering a mail; see message.hpp.
#include <mail/message.hpp>

#include <sodium.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace cloudretail::mail {

namespace {

constexpr std::size_t longest_address = 254;
constexpr std::size_t line_limit = 76;
constexpr std::size_t plain_subject = 60;
constexpr std::size_t word_bytes =
    42;  // 56 characters of base64 and 12 around them: under the 75 of RFC 2047

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

std::string without_controls(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, is_control, ' ');
    return out;
}

bool is_plain(std::string_view text) {
    return text.find("=?") == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string base64(std::string_view bytes) {
    std::string out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    ::sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                        bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    out.resize(out.find('\0'));
    return out;
}

/// Whole characters only: a continuation byte never begins a word.
std::size_t word_end(std::string_view text, std::size_t from) {
    std::size_t end = std::min(text.size(), from + word_bytes);
    while (end < text.size() && end > from + 1 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return end;
}

std::string date(Timestamp at) {
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = at.ms / 1000;
    std::tm t{};
    ::gmtime_r(&seconds, &t);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d +0000",
                  days[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                  months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min,
                  t.tm_sec);
    return text;
}

std::string from_text(const Mailbox& from) {
    if (from.name.empty()) return from.address;
    std::string name = without_controls(from.name);
    if (!is_plain(name)) return header_text(name) + " <" + from.address + ">";
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\" <" + from.address + ">";
}

}  // namespace

bool is_address(std::string_view text) {
    const auto at = text.find('@');
    if (text.size() > longest_address || at == 0 || at == std::string_view::npos || at + 1 == text.size())
        return false;
    if (text.find('@', at + 1) != std::string_view::npos) return false;
    return std::ranges::all_of(text, [](char c) {
        return c > 0x20 && c < 0x7f && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
    });
}

Mailbox parse_mailbox(std::string_view text) {
    const auto trim = [](std::string_view s) {
        while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
        while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
        return s;
    };
    Mailbox box;
    text = trim(text);
    if (text.ends_with('>')) {
        const auto open = text.rfind('<');
        if (open == std::string_view::npos) throw std::invalid_argument("has a > without a <");
        box.name = without_controls(trim(text.substr(0, open)));
        text = text.substr(open + 1, text.size() - open - 2);
    }
    if (!is_address(text)) throw std::invalid_argument("must be an address, or: Name <address>");
    box.address = std::string(text);
    return box;
}

std::string safe_id(std::string_view id) {
    std::string out(id);
    std::ranges::replace_if(
        out,
        [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '.');
        },
        '.');
    return out;
}

std::string header_text(std::string_view text) {
    const std::string clean = without_controls(text);
    if (clean.size() <= plain_subject && is_plain(clean)) return clean;
    std::string out;
    for (std::size_t from = 0; from < clean.size();) {
        const std::size_t end = word_end(clean, from);
        if (!out.empty()) out += "\r\n ";
        out += "=?UTF-8?B?" + base64(std::string_view(clean).substr(from, end - from)) + "?=";
        from = end;
    }
    return out;
}

std::string quoted_printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool last = i + 1 == text.size() || text[i + 1] == '\n';
        const bool blank = c == ' ' || c == '\t';
        const bool plain = (c >= 0x21 && c < 0x7f && c != '=') || (blank && !last);
        const std::size_t width = plain ? 1 : 3;
        if (column + width > line_limit - 1) {
            out += "=\r\n";
            column = 0;
        }
        if (plain) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'=', digits[byte >> 4], digits[byte & 15]};
        }
        column += width;
    }
    if (column > 0) out += "\r\n";
    return out;
}

std::string render(const Message& m) {
    CR_ASSERT(is_address(m.to) && is_address(m.from.address));
    const std::string domain = m.from.address.substr(m.from.address.find('@') + 1);
    std::string out = "Date: " + date(m.at) + "\r\n";
    out += "From: " + from_text(m.from) + "\r\n";
    out += "To: " + m.to + "\r\n";
    out += "Subject: " + header_text(m.subject) + "\r\n";
    out += "Message-ID: <" + safe_id(m.id) + "@" + domain + ">\r\n";
    out += "Auto-Submitted: auto-generated\r\n";
    out += "MIME-Version: 1.0\r\n";
    out += "Content-Type: text/plain; charset=utf-8\r\n";
    out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    return out + quoted_printable(m.text);
}

}  // namespace cloudretail::mail
