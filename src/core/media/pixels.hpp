// Pixels in memory and what is done with them between reading and writing. Private to core/media.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cloudretail::media {

/// Eight bits a channel, rows without padding: red, green, blue and, where there are four channels, alpha.
struct Pixels {
    int width = 0, height = 0, channels = 3;
    std::vector<std::uint8_t> bytes;

    Pixels() = default;
    Pixels(int w, int h, int c)
        : width(w),
          height(h),
          channels(c),
          bytes(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * static_cast<std::size_t>(c)) {}
    [[nodiscard]] std::size_t stride() const {
        return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    }
};

/// Turned as EXIF says (orientation 1 to 8), so that it stands upright without being told.
Pixels turned(Pixels pixels, int orientation);
/// Without alpha where nothing shows through.
Pixels without_needless_alpha(Pixels pixels);
/// Colours times alpha and back: what is averaged must not mix in colours that nobody sees.
void multiply_alpha(Pixels& pixels);
void divide_alpha(Pixels& pixels);
/// Smaller by a cubic filter as wide as the ratio asks; `width` and `height` are at most the source's.
Pixels reduced(const Pixels& source, int width, int height);
/// From the colours of an ICC profile to sRGB; a profile that is none, or is not for these channels, is
/// passed over.
void to_srgb(Pixels& pixels, std::string_view profile);
/// Four channels of a printer's colours (as JPEG keeps them: inverted if `inverted`) to three of sRGB.
Pixels from_cmyk(const Pixels& cmyk, bool inverted, std::string_view profile);

}  // namespace cloudretail::media
