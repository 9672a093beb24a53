// Text as the catalogue compares and shows it: folding for search and sorting, slugs for addresses. Pure
// functions on UTF-8; no locale, no regular expression.
#pragma once

#include <base/like.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::product {

/// Without white space at both ends.
std::string_view trim(std::string_view text);

/// True where a character below U+0020 (but line feed and tab, where `multiline`) or U+007F stands.
bool has_control_characters(std::string_view text, bool multiline);

/// Lower case of the Latin, Greek and Cyrillic letters; everything else stays. "ÉCLAIR" → "éclair".
std::string fold(std::string_view text);

/// Readable part of an address: folded, Latin letters without their accents, other scripts kept, runs of
/// anything else become one hyphen; at most 80 bytes. "Crème brûlée, 4 pcs" → "creme-brulee-4-pcs". Empty
/// where no letter or digit is left.
std::string slugify(std::string_view text);

/// The words of a text as search compares them, in order: letters and digits folded as in a slug, apostrophes
/// and combining accents left out; a Chinese or Japanese character is a word of its own. A word has at most
/// 64 bytes; what is longer is cut. "Men's T-shirt, crème" → mens, t, shirt, creme.
std::vector<std::string> words(std::string_view text);

/// How many letters a word has, however many bytes.
std::size_t letters(std::string_view word);

}  // namespace cloudretail::product
