// A mail as text: RFC 5322 header and body, MIME, UTF-8. What comes from outside can not become a header. Not
// the sending (sender.hpp). Thread rule: pure functions.
#pragma once

#include <base/clock.hpp>
#include <base/error.hpp>
#include <string>
#include <string_view>

namespace cloudretail::mail {

/// Who sends: a name, which may be empty, and an address.
struct Mailbox {
    std::string name, address;
};

/// Reads `shop@example.com` or `The Shop <shop@example.com>`; throws std::invalid_argument that says what is
/// wrong.
Mailbox parse_mailbox(std::string_view text);

/// Local part, one @, domain: printable ASCII without anything that has a meaning in a header or in SMTP.
bool is_address(std::string_view text);

struct Message {
    Mailbox from;
    std::string to;       // is_address
    std::string subject;  // control characters become blanks
    std::string text;     // lines end with \n
    /// The same for every try of the same mail, so that a receiver can tell a repetition: Message-ID and file
    /// name. Characters other than letters, digits, '.' and '-' become '.'.
    std::string id;
    Timestamp at{};
};

/// `id` as it stands in the Message-ID and in the file's name.
std::string safe_id(std::string_view id);

/// The whole mail, lines ended by CRLF: Date, From, To, Subject (RFC 2047 where needed), Message-ID,
/// Auto-Submitted (RFC 3834), text/plain in quoted-printable. `to` must be an address (CR_ASSERT).
std::string render(const Message& message);

/// RFC 2045 6.7, of lines ended by \n; lines of at most 76 characters, ended by CRLF.
std::string quoted_printable(std::string_view text);

/// RFC 2047: unchanged where it is short and plain, else encoded words, folded.
std::string header_text(std::string_view text);

}  // namespace cloudretail::mail
