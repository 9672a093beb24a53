// See codecs.hpp. The libraries report faults by return values here: no jumps over our frames, no exceptions
// through theirs.
#include "codecs.hpp"

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <media/picture.hpp>
#include <memory>
#include <new>
#include <stdexcept>

namespace cloudretail::media {

namespace {

const auto* bytes_of(std::string_view file) { return reinterpret_cast<const unsigned char*>(file.data()); }

Error damaged() { return {errors::picture_damaged, "The picture is broken or breaks off."}; }

struct DestroyJpeg {
    void operator()(void* handle) const { ::tjDestroy(handle); }
};
using Jpeg = std::unique_ptr<void, DestroyJpeg>;

/// Other warnings (stray bytes between segments, say) come with pictures that everybody can see.
bool breaks_off(void* handle) {
    const std::string_view said = ::tjGetErrorStr2(handle);
    return said.find("remature end") != std::string_view::npos;
}

Result<Pixels> decode_jpeg(std::string_view file, const Facts& facts, int enough) {
    const Jpeg jpeg(::tjInitDecompress());
    if (!jpeg) throw std::bad_alloc();
    int eighths = 8;
    for (const int fewer : {4, 2, 1}) {
        const tjscalingfactor factor{fewer, 8};
        if (TJSCALED(facts.width, factor) >= enough && TJSCALED(facts.height, factor) >= enough)
            eighths = fewer;
    }
    const tjscalingfactor factor{eighths, 8};
    const bool cmyk = facts.components == 4;
    Pixels pixels(static_cast<int>(TJSCALED(facts.width, factor)),
                  static_cast<int>(TJSCALED(facts.height, factor)), cmyk ? 4 : 3);
    // A limit on scans: a progressive file of a few kilobytes can otherwise take minutes.
    const int failed = ::tjDecompress2(jpeg.get(), bytes_of(file), file.size(), pixels.bytes.data(),
                                       pixels.width, static_cast<int>(pixels.stride()), pixels.height,
                                       cmyk ? TJPF_CMYK : TJPF_RGB, TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT);
    if (failed != 0 && (::tjGetErrorCode(jpeg.get()) != TJERR_WARNING || breaks_off(jpeg.get())))
        return damaged();
    return cmyk ? from_cmyk(pixels, facts.inverted, facts.profile) : std::move(pixels);
}

/// Whoever counted the pixels must have counted these: asked before there is room for them, because the two
/// do not read a file that contradicts itself alike.
bool are_those(const Facts& facts, std::int64_t width, std::int64_t height) {
    return width == facts.width && height == facts.height;
}

Result<Pixels> decode_png(std::string_view file, const Facts& facts) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, ::png_image_free);
    if (::png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) return damaged();
    if (!are_those(facts, image.width, image.height)) return damaged();
    const bool alpha = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    image.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    Pixels pixels(static_cast<int>(image.width), static_cast<int>(image.height), alpha ? 4 : 3);
    if (::png_image_finish_read(&image, nullptr, pixels.bytes.data(), 0, nullptr) == 0) return damaged();
    return pixels;
}

Result<Pixels> decode_webp(std::string_view file, const Facts& facts) {
    WebPBitstreamFeatures features;
    if (::WebPGetFeatures(bytes_of(file), file.size(), &features) != VP8_STATUS_OK) return damaged();
    if (!are_those(facts, features.width, features.height)) return damaged();
    const bool alpha = features.has_alpha != 0;
    Pixels pixels(features.width, features.height, alpha ? 4 : 3);
    const auto into = alpha ? ::WebPDecodeRGBAInto : ::WebPDecodeRGBInto;
    if (!into(bytes_of(file), file.size(), pixels.bytes.data(), pixels.bytes.size(),
              static_cast<int>(pixels.stride())))
        return damaged();
    return pixels;
}

}  // namespace

Result<Pixels> decode(std::string_view file, const Facts& facts, int enough) {
    switch (facts.kind) {
        case Kind::jpeg:
            return decode_jpeg(file, facts, enough);
        case Kind::png:
            return decode_png(file, facts);
        case Kind::webp:
            return decode_webp(file, facts);
    }
    return damaged();
}

std::string encode_jpeg(const Pixels& pixels, int quality) {
    const Jpeg jpeg(::tjInitCompress());
    if (!jpeg) throw std::bad_alloc();
    unsigned char* out = nullptr;
    unsigned long size = 0;
    const int failed =
        ::tjCompress2(jpeg.get(), pixels.bytes.data(), pixels.width, static_cast<int>(pixels.stride()),
                      pixels.height, TJPF_RGB, &out, &size, TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> freed(out, ::tjFree);
    if (failed != 0)
        throw std::runtime_error(std::string("a JPEG cannot be made: ") + ::tjGetErrorStr2(jpeg.get()));
    return {reinterpret_cast<const char*>(out), size};
}

std::string encode_webp(const Pixels& pixels, int quality) {
    std::uint8_t* out = nullptr;
    const std::size_t size =
        ::WebPEncodeRGBA(pixels.bytes.data(), pixels.width, pixels.height, static_cast<int>(pixels.stride()),
                         static_cast<float>(quality), &out);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> freed(out, ::WebPFree);
    if (size == 0) throw std::runtime_error("a WebP cannot be made");
    return {reinterpret_cast<const char*>(out), size};
}

}  // namespace cloudretail::media
