// From an upload to its variants; see picture.hpp.
#include <media/picture.hpp>

#include <algorithm>
#include <stdexcept>

#include "codecs.hpp"
#include "facts.hpp"
#include "pixels.hpp"

namespace cloudretail::media {

namespace {

constexpr int longest_side = 16'383;  // what WebP can hold

/// What changes when the same original gives other bytes: the names of the files depend on it.
constexpr int recipe_version = 1;

Result<> check(const Facts& facts, const Recipe& recipe) {
    if (facts.animated) return Error(errors::not_a_picture, "Animations are not taken.");
    if (facts.width > longest_side || facts.height > longest_side)
        return Error(errors::picture_too_large,
                     "Neither side may be longer than " + std::to_string(longest_side) + " pixels.");
    if (facts.width * facts.height > recipe.pixels)
        return Error(errors::picture_too_large,
                     "At most " + std::to_string(recipe.pixels) + " pixels are taken.");
    return {};
}

int height_for(int width, const Pixels& whole) {
    const std::int64_t height = (std::int64_t{width} * whole.height + whole.width / 2) / whole.width;
    return std::max(1, static_cast<int>(height));
}

}  // namespace

std::string Recipe::to_text() const {
    std::string text = std::to_string(recipe_version) + " jpeg " + std::to_string(jpeg_quality) + " webp " +
                       std::to_string(webp_quality) + " widths";
    for (const int width : widths) text += " " + std::to_string(width);
    return text;
}

Result<Rendered> render(std::string_view original, const Recipe& recipe) {
    const auto facts = facts_of(original);
    if (!facts) return facts.error();
    if (auto fine = check(*facts, recipe); !fine) return fine.error();
    auto decoded = decode(original, *facts, recipe.widths.back());
    if (!decoded) return decoded.error();
    Pixels pixels = turned(without_needless_alpha(std::move(*decoded)), facts->orientation);
    to_srgb(pixels, facts->profile);
    multiply_alpha(pixels);

    const std::int64_t own_width = facts->orientation >= 5 ? facts->height : facts->width;
    std::vector<int> widths;
    for (const int width : recipe.widths)
        if (width < own_width) widths.push_back(width);
    if (widths.size() < recipe.widths.size()) widths.push_back(static_cast<int>(own_width));

    Rendered rendered;
    rendered.extension = pixels.channels == 4 ? "webp" : "jpg";
    for (auto width = widths.rbegin(); width != widths.rend(); ++width) {
        // Each is made from the next larger one.
        if (*width != pixels.width) pixels = reduced(pixels, *width, height_for(*width, pixels));
        Pixels shown = pixels;
        divide_alpha(shown);
        rendered.variants.push_back({shown.width, shown.height,
                                     shown.channels == 4 ? encode_webp(shown, recipe.webp_quality)
                                                         : encode_jpeg(shown, recipe.jpeg_quality)});
    }
    std::reverse(rendered.variants.begin(), rendered.variants.end());
    return rendered;
}

std::string encode_jpeg(const std::vector<unsigned char>& rgb, int width, int height, int quality) {
    Pixels pixels;
    pixels.width = width;
    pixels.height = height;
    pixels.bytes = rgb;
    if (pixels.bytes.size() != pixels.stride() * static_cast<std::size_t>(height))
        throw std::invalid_argument("not as many pixels as the sides say");
    return encode_jpeg(pixels, quality);
}

}  // namespace cloudretail::media
