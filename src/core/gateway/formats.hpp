// The `format`s of openapi.json, checked by hand: std::regex never sees input. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cloudretail::gateway {

enum class Format { none, money, uuid, email, date_time, currency };

/// nullopt for a format the house does not know.
std::optional<Format> format_from_text(std::string_view name);

/// What is wrong with `text` as a sentence for FieldError::detail; empty = fine. Money reads a number's
/// token.
std::string format_problem(Format format, std::string_view text);

/// A plain address: local@domain.tld in ASCII, at most 254 characters (RFC 5321 without quoting and
/// literals).
bool is_email(std::string_view text);

}  // namespace cloudretail::gateway
