// What the headers of a picture say: found by walking over the file's own structure, every length checked;
// nothing is decoded. Private to core/media; pure functions.
#pragma once

#include <base/error.hpp>
#include <string>
#include <string_view>

namespace cloudretail::media {

enum class Kind { jpeg, png, webp };

struct Facts {
    Kind kind = Kind::jpeg;
    std::int64_t width = 0, height = 0;  // as stored, before it is turned
    int orientation = 1;                 // EXIF, 1 to 8
    std::string profile;                 // ICC, may be empty
    bool animated = false;
    int components = 3;     // JPEG: 4 = a printer's colours
    bool inverted = false;  // JPEG: those of Adobe's programs
};

/// Errors: not_a_picture (no known beginning), picture_damaged (the header breaks off or says nothing).
Result<Facts> facts_of(std::string_view file);

/// The orientation in an EXIF block (a TIFF file); 1 where there is none that makes sense.
int orientation_in(std::string_view tiff);

}  // namespace cloudretail::media
