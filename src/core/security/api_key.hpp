// The text of API keys: a prefix, randomness, a checksum, in the manner that GitHub documents for its tokens,
// so that scanners find keys that leaked and a mistyped one is refused without asking the database. Pure
// functions.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::security {

inline constexpr std::string_view api_key_prefix = "crk_";

/// crk_, 32 random letters and digits (190 bits), their CRC-32 as six. Keep its hash only.
std::string make_api_key();
/// Has the text the form of one, its checksum included?
bool is_api_key(std::string_view text);
/// What may be shown of a key so that its owner knows it again: its first four random characters. 166 bits
/// stay unknown.
std::string api_key_hint(std::string_view key);

}  // namespace cloudretail::security
