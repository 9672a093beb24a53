// Reading and writing JPEG, PNG and WebP by the libraries made for it. Private to core/media.
#pragma once

#include <base/error.hpp>
#include <string>

#include "facts.hpp"
#include "pixels.hpp"

namespace cloudretail::media {

/// The pixels as they are stored. A JPEG is read at an eighth, a quarter or half of its size where that is
/// still `enough` pixels wide and high. Errors: picture_damaged (also where it breaks off).
Result<Pixels> decode(std::string_view file, const Facts& facts, int enough);
std::string encode_jpeg(const Pixels& pixels, int quality);
std::string encode_webp(const Pixels& pixels, int quality);

}  // namespace cloudretail::media
