// Walking over JPEG markers, PNG chunks and RIFF chunks; see facts.hpp. Sources: ITU-T T.81 annex B,
// EXIF 2.3, ICC.1 annex B, PNG (W3C) sections 5 and 11, RFC 9649 (WebP).
#include "facts.hpp"

#include <zlib.h>
#include <algorithm>
#include <map>
#include <media/picture.hpp>

namespace cloudretail::media {

namespace {

constexpr std::size_t most_profile = 4 * 1024 * 1024;
constexpr std::string_view exif_mark("Exif\0\0", 6), icc_mark("ICC_PROFILE\0", 12), adobe_mark("Adobe", 5);

Error damaged() { return {errors::picture_damaged, "The picture's header is broken."}; }

/// Numbers of a file, read where they lie; 0 past its end, which no length or size may be.
class Bytes {
  public:
    Bytes(std::string_view bytes, bool little) : bytes_(bytes), little_(little) {}
    [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t size) const {
        if (at > bytes_.size() || size > bytes_.size() - at) return 0;
        std::uint32_t n = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const auto byte = static_cast<unsigned char>(bytes_[at + (little_ ? size - 1 - i : i)]);
            n = n << 8 | byte;
        }
        return n;
    }

  private:
    std::string_view bytes_;
    bool little_;
};

bool is_start_of_frame(std::uint32_t marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/// The pieces of a profile that is spread over several segments, in their order.
std::string joined(const std::map<std::uint32_t, std::string_view>& pieces) {
    std::string profile;
    for (const auto& [number, piece] : pieces) profile += piece;
    return profile.size() <= most_profile ? profile : std::string();
}

Result<Facts> jpeg_facts(std::string_view file) {
    Facts facts;
    const Bytes bytes(file, false);
    std::map<std::uint32_t, std::string_view> profile;
    for (std::size_t at = 2; at + 4 <= file.size();) {
        const std::uint32_t marker = bytes.number(at, 2), length = bytes.number(at + 2, 2);
        if (marker == 0xffff) {  // a fill byte
            ++at;
            continue;
        }
        if (marker < 0xff01 || length < 2 || length > file.size() - at - 2) return damaged();
        const std::string_view body = file.substr(at + 4, length - 2);
        const Bytes inside(body, false);
        if (is_start_of_frame(marker & 0xff)) {
            facts.height = inside.number(1, 2);
            facts.width = inside.number(3, 2);
            facts.components = static_cast<int>(inside.number(5, 1));
        } else if (marker == 0xffe1 && body.starts_with(exif_mark)) {
            facts.orientation = orientation_in(body.substr(exif_mark.size()));
        } else if (marker == 0xffe2 && body.starts_with(icc_mark) && body.size() > icc_mark.size() + 2) {
            profile[inside.number(icc_mark.size(), 1)] = body.substr(icc_mark.size() + 2);
        } else if (marker == 0xffee && body.starts_with(adobe_mark)) {
            facts.inverted = true;
        } else if (marker == 0xffda) {  // the picture itself begins
            facts.profile = joined(profile);
            if (facts.width == 0 || facts.height == 0) return damaged();
            return facts;
        }
        at += 2 + length;
    }
    return damaged();
}

/// What zlib makes of it, up to a bound; empty where it is broken or larger.
std::string inflated(std::string_view packed) {
    std::string out(most_profile, '\0');
    uLongf size = out.size();
    const int status = ::uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                    reinterpret_cast<const Bytef*>(packed.data()), packed.size());
    if (status != Z_OK) return {};
    out.resize(size);
    return out;
}

Result<Facts> png_facts(std::string_view file) {
    Facts facts;
    facts.kind = Kind::png;
    const Bytes bytes(file, false);
    for (std::size_t at = 8; at + 12 <= file.size();) {
        const std::uint32_t length = bytes.number(at, 4);
        const std::string_view type = file.substr(at + 4, 4);
        if (length > file.size() - at - 12 || (at == 8 && type != "IHDR")) return damaged();
        const std::string_view body = file.substr(at + 8, length);
        const Bytes inside(body, false);
        if (type == "IHDR") {
            facts.width = inside.number(0, 4);
            facts.height = inside.number(4, 4);
            if (facts.width == 0 || facts.height == 0) return damaged();
        } else if (type == "acTL") {
            facts.animated = true;
        } else if (type == "eXIf") {
            facts.orientation = orientation_in(body);
        } else if (type == "iCCP") {
            const auto name_end = body.find('\0');
            if (name_end != std::string_view::npos && name_end + 2 <= body.size())
                facts.profile = inflated(body.substr(name_end + 2));
        } else if (type == "IDAT") {
            return facts;
        }
        at += 12 + length;
    }
    return damaged();
}

/// Chunks behind the picture itself count too: EXIF comes last.
Result<Facts> webp_facts(std::string_view file) {
    Facts facts;
    facts.kind = Kind::webp;
    const Bytes bytes(file, true);
    for (std::size_t at = 12; at + 8 <= file.size();) {
        const std::string_view type = file.substr(at, 4);
        const std::uint32_t length = bytes.number(at + 4, 4);
        const bool whole = length <= file.size() - at - 8;
        const std::string_view body = file.substr(at + 8, length);
        const Bytes inside(body, true);
        if (type == "VP8X") {
            facts.width = 1 + inside.number(4, 3);
            facts.height = 1 + inside.number(7, 3);
            facts.animated = (inside.number(0, 1) & 2) != 0;
        } else if (type == "VP8 " && facts.width == 0) {
            facts.width = inside.number(6, 2) & 0x3fff;
            facts.height = inside.number(8, 2) & 0x3fff;
        } else if (type == "VP8L" && facts.width == 0) {
            const std::uint32_t sizes = inside.number(1, 4);
            facts.width = 1 + (sizes & 0x3fff);
            facts.height = 1 + (sizes >> 14 & 0x3fff);
        } else if (type == "ANIM" || type == "ANMF") {
            facts.animated = true;
        } else if (type == "ICCP" && body.size() <= most_profile) {
            facts.profile = body;
        } else if (type == "EXIF") {
            facts.orientation = orientation_in(body.starts_with(exif_mark) ? body.substr(6) : body);
        }
        if (!whole) break;
        at += 8 + length + length % 2;
    }
    if (facts.width == 0 || facts.height == 0) return damaged();
    return facts;
}

}  // namespace

int orientation_in(std::string_view tiff) {
    constexpr std::uint32_t tag = 0x0112, most_entries = 512;
    const bool little = tiff.starts_with("II");
    if (!little && !tiff.starts_with("MM")) return 1;
    const Bytes bytes(tiff, little);
    const std::size_t directory = bytes.number(4, 4);
    const std::uint32_t entries = std::min(bytes.number(directory, 2), most_entries);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + 12 * i;
        if (bytes.number(entry, 2) != tag) continue;
        const auto value = static_cast<int>(bytes.number(entry + 8, 2));
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}

Result<Facts> facts_of(std::string_view file) {
    if (file.starts_with("\xff\xd8\xff")) return jpeg_facts(file);
    if (file.starts_with("\x89PNG\r\n\x1a\n")) return png_facts(file);
    if (file.starts_with("RIFF") && file.substr(std::min<std::size_t>(8, file.size()), 4) == "WEBP")
        return webp_facts(file);
    return Error(errors::not_a_picture, "Only PNG, JPEG and WebP pictures are taken.");
}

}  // namespace cloudretail::media
