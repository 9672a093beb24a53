// Colours by Little CMS; see pixels.hpp.
#include "pixels.hpp"

#include <lcms2.h>
#include <memory>

namespace cloudretail::media {

namespace {

struct CloseProfile {
    void operator()(void* profile) const { ::cmsCloseProfile(profile); }
};
struct DeleteTransform {
    void operator()(void* transform) const { ::cmsDeleteTransform(transform); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
using Transform = std::unique_ptr<void, DeleteTransform>;

/// Null where the profile is none, or is for other channels than `space`.
Transform transform_of(std::string_view profile, cmsColorSpaceSignature space, cmsUInt32Number from,
                       cmsUInt32Number to, cmsUInt32Number flags) {
    if (profile.empty()) return nullptr;
    const Profile source(
        ::cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
    if (!source || ::cmsGetColorSpace(source.get()) != space) return nullptr;
    const Profile srgb(::cmsCreate_sRGBProfile());
    return Transform(::cmsCreateTransform(source.get(), from, srgb.get(), to, INTENT_PERCEPTUAL, flags));
}

}  // namespace

void to_srgb(Pixels& pixels, std::string_view profile) {
    const bool alpha = pixels.channels == 4;
    const cmsUInt32Number format = alpha ? TYPE_RGBA_8 : TYPE_RGB_8;
    const Transform transform =
        transform_of(profile, cmsSigRgbData, format, format, alpha ? cmsFLAGS_COPY_ALPHA : 0);
    if (!transform) return;
    const auto pixels_in_all =
        static_cast<cmsUInt32Number>(pixels.width) * static_cast<cmsUInt32Number>(pixels.height);
    ::cmsDoTransform(transform.get(), pixels.bytes.data(), pixels.bytes.data(), pixels_in_all);
}

Pixels from_cmyk(const Pixels& cmyk, bool inverted, std::string_view profile) {
    Pixels out(cmyk.width, cmyk.height, 3);
    const Transform transform =
        transform_of(profile, cmsSigCmykData, inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8, TYPE_RGB_8, 0);
    if (transform) {
        const auto all = static_cast<cmsUInt32Number>(out.width) * static_cast<cmsUInt32Number>(out.height);
        ::cmsDoTransform(transform.get(), cmyk.bytes.data(), out.bytes.data(), all);
        return out;
    }
    for (std::size_t from = 0, to = 0; from < cmyk.bytes.size(); from += 4) {
        const auto light = [&](std::size_t i) {
            return inverted ? cmyk.bytes[from + i] : 255 - cmyk.bytes[from + i];
        };
        for (std::size_t c = 0; c < 3; ++c)
            out.bytes[to++] = static_cast<std::uint8_t>(light(c) * light(3) / 255);
    }
    return out;
}

}  // namespace cloudretail::media
