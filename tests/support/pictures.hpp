// Pictures for tests: whole ones, made by the libraries themselves, and what else may arrive under that name.
// Each is red on its left half and blue on its right.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::test {

std::string png_of(int width, int height, bool alpha = false, bool sixteen_bits = false);
/// `printers`: in four colours.
std::string jpeg_of(int width, int height, bool printers = false);
std::string webp_of(int width, int height, bool alpha = false);

/// With an EXIF block: an orientation, and a place on earth that nobody shall know of ("GPS-SECRET").
std::string with_exif(std::string jpeg, int orientation);
/// A PNG of a few bytes that says it is as large as this.
std::string png_bomb(unsigned width, unsigned height);
/// A WebP that says it moves.
std::string moving_webp();

/// What a JPEG or WebP shows; throws std::runtime_error where it is none.
struct Seen {
    int width = 0, height = 0;
    std::string rgba;
    /// "red", "blue", "clear" (nothing there) or "other".
    [[nodiscard]] std::string at(int x, int y) const;
};
Seen look_at(std::string_view file);

}  // namespace cloudretail::test
