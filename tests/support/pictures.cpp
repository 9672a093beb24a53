// See pictures.hpp.
#include <support/pictures.hpp>

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <stdexcept>
#include <vector>

namespace cloudretail::test {

namespace {

using Raw = std::vector<unsigned char>;

Raw halves(int width, int height, int channels) {
    Raw raw;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool red = x < width / 2;
            raw.push_back(red ? 255 : 0);
            raw.push_back(0);
            raw.push_back(red ? 0 : 255);
            if (channels == 4) raw.push_back(y < height / 2 ? 255 : 0);
        }
    }
    return raw;
}

std::string big_endian(unsigned value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

}  // namespace

std::string png_of(int width, int height, bool alpha, bool sixteen_bits) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    const Raw raw = halves(width, height, alpha ? 4 : 3);
    std::vector<png_uint_16> wide;
    if (sixteen_bits) {
        image.format = PNG_FORMAT_LINEAR_RGB;
        for (const unsigned char byte : raw) wide.push_back(static_cast<png_uint_16>(byte * 257));
    }
    const void* pixels = sixteen_bits ? static_cast<const void*>(wide.data()) : raw.data();
    png_alloc_size_t size = 0;
    ::png_image_write_to_memory(&image, nullptr, &size, 0, pixels, 0, nullptr);
    std::string file(size, '\0');
    if (::png_image_write_to_memory(&image, file.data(), &size, 0, pixels, 0, nullptr) == 0)
        throw std::runtime_error("no PNG");
    file.resize(size);
    return file;
}

std::string jpeg_of(int width, int height, bool printers) {
    Raw raw = halves(width, height, 3);
    if (printers) {
        Raw inks;  // as Adobe's programs write them: inverted, with full black as nothing
        for (std::size_t i = 0; i < raw.size(); i += 3) {
            inks.insert(inks.end(), raw.begin() + static_cast<std::ptrdiff_t>(i),
                        raw.begin() + static_cast<std::ptrdiff_t>(i) + 3);
            inks.push_back(255);
        }
        raw = std::move(inks);
    }
    void* const handle = ::tjInitCompress();
    unsigned char* out = nullptr;
    unsigned long size = 0;
    const int failed = ::tjCompress2(handle, raw.data(), width, 0, height, printers ? TJPF_CMYK : TJPF_RGB,
                                     &out, &size, TJSAMP_444, 95, 0);
    std::string file(reinterpret_cast<const char*>(out), size);
    ::tjFree(out);
    ::tjDestroy(handle);
    if (failed != 0) throw std::runtime_error("no JPEG");
    return file;
}

std::string webp_of(int width, int height, bool alpha) {
    const Raw raw = halves(width, height, 4);
    const Raw opaque = halves(width, height, 3);
    unsigned char* out = nullptr;
    const std::size_t size = alpha ? ::WebPEncodeLosslessRGBA(raw.data(), width, height, 4 * width, &out)
                                   : ::WebPEncodeLosslessRGB(opaque.data(), width, height, 3 * width, &out);
    std::string file(reinterpret_cast<const char*>(out), size);
    ::WebPFree(out);
    return file;
}

std::string with_exif(std::string jpeg, int orientation) {
    using namespace std::string_literals;
    std::string body = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s;
    body += static_cast<char>(orientation);
    body += "\0\0\0\0\0\0\0GPS-SECRET"s;
    const auto length = body.size() + 2;
    const std::string segment =
        "\xff\xe1"s + static_cast<char>(length >> 8) + static_cast<char>(length) + body;
    return jpeg.insert(2, segment);
}

std::string png_bomb(unsigned width, unsigned height) {
    using namespace std::string_literals;
    return "\x89PNG\r\n\x1a\n"s + big_endian(13) + "IHDR" + big_endian(width) + big_endian(height) +
           "\x08\x02\0\0\0"s + big_endian(0) + big_endian(0) + "IDAT" + big_endian(0) + big_endian(0) +
           "IEND" + big_endian(0);
}

std::string moving_webp() {
    using namespace std::string_literals;
    return "RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0ANIM\0\0\0\0"s;
}

std::string Seen::at(int x, int y) const {
    const auto i = static_cast<std::size_t>(4 * (y * width + x));
    const auto value = [&](std::size_t channel) { return static_cast<unsigned char>(rgba.at(i + channel)); };
    if (value(3) < 40) return "clear";
    if (value(0) > 200 && value(1) < 60 && value(2) < 60) return "red";
    if (value(2) > 200 && value(1) < 60 && value(0) < 60) return "blue";
    return "other";
}

Seen look_at(std::string_view file) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
    Seen seen;
    if (unsigned char* pixels = ::WebPDecodeRGBA(bytes, file.size(), &seen.width, &seen.height)) {
        seen.rgba.assign(reinterpret_cast<const char*>(pixels),
                         static_cast<std::size_t>(4 * seen.width * seen.height));
        ::WebPFree(pixels);
        return seen;
    }
    void* const handle = ::tjInitDecompress();
    int sampling = 0, space = 0;
    int failed =
        ::tjDecompressHeader3(handle, bytes, file.size(), &seen.width, &seen.height, &sampling, &space);
    if (failed == 0) {
        seen.rgba.resize(static_cast<std::size_t>(4 * seen.width * seen.height));
        failed =
            ::tjDecompress2(handle, bytes, file.size(), reinterpret_cast<unsigned char*>(seen.rgba.data()),
                            seen.width, 0, seen.height, TJPF_RGBA, 0);
    }
    ::tjDestroy(handle);
    if (failed != 0) throw std::runtime_error("neither JPEG nor WebP");
    return seen;
}

}  // namespace cloudretail::test
