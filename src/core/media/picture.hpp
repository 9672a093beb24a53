// Pictures for a web page from what people upload: the kind is told by the content alone, size and number of
// pixels are checked in the header before anything is decoded, and what comes out is encoded anew, upright,
// in sRGB and without any metadata. Nothing of the uploaded bytes survives. Any thread; slow: never on an io
// thread. Memory: about eight bytes per pixel of the original (Limits::pixels) while render() runs.
#pragma once

#include <base/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::media {

namespace errors {
inline constexpr ErrorType not_a_picture{"not-a-picture", "The body is no picture that is taken here",
                                         ErrorKind::unsupported_media};
inline constexpr ErrorType picture_too_large{"picture-too-large", "The picture has too many pixels",
                                             ErrorKind::invalid};
inline constexpr ErrorType picture_damaged{"picture-damaged", "The picture cannot be read",
                                           ErrorKind::invalid};
}  // namespace errors

struct Recipe {
    std::int64_t pixels = 25'000'000;              // of the original at most
    std::vector<int> widths{160, 320, 640, 1280};  // ascending; none is wider than the original
    int jpeg_quality = 82, webp_quality = 80;      // 1 to 100
    /// Everything that the result depends on besides the original.
    [[nodiscard]] std::string to_text() const;
};

struct Variant {
    int width = 0, height = 0;
    std::string bytes;
};

struct Rendered {
    std::string_view extension;     // "jpg"; "webp" where something shows through
    std::vector<Variant> variants;  // narrowest first; the last is the picture's own size or the widest
};

/// Errors: not_a_picture (no PNG, JPEG or WebP, or an animation), picture_too_large, picture_damaged.
Result<Rendered> render(std::string_view original, const Recipe& recipe);

/// Opaque pixels, three bytes each, row by row, as a JPEG: for pictures that are drawn by a program.
std::string encode_jpeg(const std::vector<unsigned char>& rgb, int width, int height, int quality);

}  // namespace cloudretail::media
