// See text.hpp.
#include "text.hpp"

#include <algorithm>
#include <base/utf8.hpp>
#include <cstdint>
#include <iterator>

namespace cloudretail::product {

namespace {

constexpr std::size_t max_slug_bytes = 80;
constexpr std::size_t max_word_bytes = 64;

/// Takes the first code point off `text`; U+FFFD for a byte that starts none.
char32_t next(std::string_view& text) {
    const std::size_t n = utf8_sequence(text);
    if (n == 0) {
        text.remove_prefix(1);
        return 0xFFFD;
    }
    const auto lead = static_cast<unsigned char>(text[0]);
    char32_t c = n == 1 ? lead : n == 2 ? lead & 0x1FU : n == 3 ? lead & 0x0FU : lead & 0x07U;
    for (std::size_t i = 1; i < n; ++i) c = (c << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(n);
    return c;
}

void append(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0U | (c >> 6U));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0U | (c >> 12U));
        out += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        out += static_cast<char>(0xF0U | (c >> 18U));
        out += static_cast<char>(0x80U | ((c >> 12U) & 0x3FU));
        out += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        out += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

bool between(char32_t c, char32_t low, char32_t high) { return c >= low && c <= high; }

char32_t lower(char32_t c) {
    if (c < 0x80) return between(c, 'A', 'Z') ? c + 32 : c;
    if (between(c, 0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
    if (c == 0x130) return 'i';
    if (c == 0x178) return 0xFF;
    // Latin Extended-A comes in pairs, capital first: even ones here, odd ones there.
    if (between(c, 0x100, 0x137) || between(c, 0x14A, 0x177)) return c | 1U;
    if (between(c, 0x139, 0x148) || between(c, 0x179, 0x17E)) return (c & 1U) != 0 ? c + 1 : c;
    if (between(c, 0x391, 0x3AB) && c != 0x3A2) return c + 32;
    if (c == 0x386) return 0x3AC;
    if (between(c, 0x388, 0x38A)) return c + 37;
    if (c == 0x38C) return 0x3CC;
    if (c == 0x38E || c == 0x38F) return c + 63;
    if (c == 0x3C2) return 0x3C3;  // final sigma compares as sigma
    if (between(c, 0x400, 0x40F)) return c + 80;
    if (between(c, 0x410, 0x42F)) return c + 32;
    return c;
}

/// Ranges of folded Latin letters and what they look like without their accents.
struct Plain {
    char32_t first, last;
    std::string_view text;
};
constexpr Plain plain[] = {
    {0xDF, 0xDF, "ss"},  {0xE0, 0xE5, "a"},    {0xE6, 0xE6, "ae"},   {0xE7, 0xE7, "c"},   {0xE8, 0xEB, "e"},
    {0xEC, 0xEF, "i"},   {0xF0, 0xF0, "d"},    {0xF1, 0xF1, "n"},    {0xF2, 0xF6, "o"},   {0xF8, 0xF8, "o"},
    {0xF9, 0xFC, "u"},   {0xFD, 0xFD, "y"},    {0xFE, 0xFE, "th"},   {0xFF, 0xFF, "y"},   {0x100, 0x105, "a"},
    {0x106, 0x10D, "c"}, {0x10E, 0x111, "d"},  {0x112, 0x11B, "e"},  {0x11C, 0x123, "g"}, {0x124, 0x127, "h"},
    {0x128, 0x131, "i"}, {0x132, 0x133, "ij"}, {0x134, 0x135, "j"},  {0x136, 0x138, "k"}, {0x139, 0x142, "l"},
    {0x143, 0x14B, "n"}, {0x14C, 0x151, "o"},  {0x152, 0x153, "oe"}, {0x154, 0x159, "r"}, {0x15A, 0x161, "s"},
    {0x162, 0x167, "t"}, {0x168, 0x173, "u"},  {0x174, 0x175, "w"},  {0x176, 0x177, "y"}, {0x179, 0x17E, "z"},
};

/// Letters and digits of scripts that are kept as they are; punctuation, symbols and emoji are not.
bool is_other_letter(char32_t c) {
    if (c < 0x180 || c == 0xFFFD) return false;
    if (between(c, 0x2000, 0x2BFF) || between(c, 0x3000, 0x3004) || between(c, 0x3008, 0x3020)) return false;
    if (between(c, 0xD800, 0xF8FF) || between(c, 0xFE00, 0xFE6F) || between(c, 0xFF00, 0xFF0F)) return false;
    return !between(c, 0x1F000, 0x1FAFF) && c < 0xE0000;
}

/// Scripts that put no spaces between words.
bool is_word_alone(char32_t c) {
    return between(c, 0x3041, 0x30FF) || between(c, 0x3400, 0x9FFF) || between(c, 0xF900, 0xFAFF) ||
           between(c, 0x20000, 0x3FFFF);
}

bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019; }

std::string slug_text(char32_t c) {
    std::string out;
    if (between(c, 'a', 'z') || between(c, '0', '9')) {
        out += static_cast<char>(c);
    } else if (is_other_letter(c)) {
        append(out, c);
    } else {
        const auto* it = std::find_if(std::begin(plain), std::end(plain),
                                      [c](const Plain& p) { return between(c, p.first, p.last); });
        if (it != std::end(plain)) out = it->text;
    }
    return out;
}

}  // namespace

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool has_control_characters(std::string_view text, bool multiline) {
    return std::any_of(text.begin(), text.end(), [multiline](char c) {
        if (multiline && (c == '\n' || c == '\t' || c == '\r')) return false;
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
}

std::string fold(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) append(out, lower(next(text)));
    return out;
}

std::string slugify(std::string_view text) {
    std::string out;
    bool gap = false;
    while (!text.empty()) {
        const char32_t c = lower(next(text));
        if (is_apostrophe(c)) continue;  // "men's" is one word
        const std::string piece = slug_text(c);
        if (piece.empty()) {
            gap = true;
            continue;
        }
        const bool hyphen = gap && !out.empty();
        gap = false;
        if (out.size() + piece.size() + (hyphen ? 1 : 0) > max_slug_bytes) break;
        if (hyphen) out += '-';
        out += piece;
    }
    return out;
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out;
    std::string word;
    const auto end_word = [&out, &word] {
        if (!word.empty()) out.push_back(std::move(word));
        word.clear();
    };
    while (!text.empty()) {
        const char32_t c = lower(next(text));
        if (is_apostrophe(c) || between(c, 0x300, 0x36F)) continue;
        const std::string piece = slug_text(c);
        const bool alone = is_word_alone(c);
        if (piece.empty() || alone) end_word();
        if (word.size() + piece.size() <= max_word_bytes) word += piece;
        if (alone) end_word();
    }
    end_word();
    return out;
}

std::size_t letters(std::string_view word) {
    return static_cast<std::size_t>(std::count_if(
        word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace cloudretail::product
