// Turning, alpha and making smaller; see pixels.hpp.
#include "pixels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cloudretail::media {

namespace {

constexpr int weight_bits = 14;

/// From where, and with which weights, one pixel of the smaller side is made.
struct Window {
    int first = 0;
    std::vector<int> weights;  // their sum is 1 << weight_bits
};

/// Catmull-Rom: sharp, with little ringing.
double cubic(double x) {
    x = std::abs(x);
    if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
    if (x < 2) return -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2;
    return 0;
}

std::vector<Window> windows(int from, int to) {
    const double ratio = static_cast<double>(from) / to, reach = 2 * ratio;
    std::vector<Window> all(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * ratio;
        Window& window = all[static_cast<std::size_t>(i)];
        window.first = std::max(0, static_cast<int>(std::floor(centre - reach)));
        const int last = std::min(from - 1, static_cast<int>(std::ceil(centre + reach)));
        std::vector<double> exact;
        double sum = 0;
        for (int n = window.first; n <= last; ++n) {
            exact.push_back(cubic((n + 0.5 - centre) / ratio));
            sum += exact.back();
        }
        int left = 1 << weight_bits;
        for (const double weight : exact) {
            window.weights.push_back(static_cast<int>(std::lround(weight / sum * (1 << weight_bits))));
            left -= window.weights.back();
        }
        window.weights[window.weights.size() / 2] += left;
    }
    return all;
}

std::uint8_t rounded(int sum) {
    return static_cast<std::uint8_t>(std::clamp((sum + (1 << (weight_bits - 1))) >> weight_bits, 0, 255));
}

template <int channels>
Pixels narrowed(const Pixels& source, int width) {
    const auto all = windows(source.width, width);
    Pixels out(width, source.height, channels);
    for (int y = 0; y < source.height; ++y) {
        const std::uint8_t* row = source.bytes.data() + static_cast<std::size_t>(y) * source.stride();
        std::uint8_t* to = out.bytes.data() + static_cast<std::size_t>(y) * out.stride();
        for (const Window& window : all) {
            int sums[channels] = {};
            const std::uint8_t* from = row + window.first * channels;
            for (const int weight : window.weights)
                for (int c = 0; c < channels; ++c) sums[c] += weight * *from++;
            for (const int sum : sums) *to++ = rounded(sum);
        }
    }
    return out;
}

Pixels lowered(const Pixels& source, int height) {
    const auto all = windows(source.height, height);
    Pixels out(source.width, height, source.channels);
    std::vector<int> sums(source.stride());
    for (std::size_t y = 0; y < all.size(); ++y) {
        std::fill(sums.begin(), sums.end(), 0);
        const std::uint8_t* from =
            source.bytes.data() + static_cast<std::size_t>(all[y].first) * source.stride();
        for (const int weight : all[y].weights) {
            for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * from[i];
            from += source.stride();
        }
        std::transform(sums.begin(), sums.end(), out.bytes.data() + y * out.stride(), rounded);
    }
    return out;
}

}  // namespace

Pixels turned(Pixels pixels, int orientation) {
    if (orientation <= 1 || orientation > 8) return pixels;
    const bool lying = orientation >= 5;
    const int w = pixels.width, h = pixels.height;
    Pixels out(lying ? h : w, lying ? w : h, pixels.channels);
    const auto size = static_cast<std::size_t>(pixels.channels);
    for (int y = 0; y < out.height; ++y) {
        for (int x = 0; x < out.width; ++x) {
            // Where the upright picture's pixel lies in the stored one (EXIF 2.3, tag 274).
            const int along = lying ? y : x, across = lying ? x : y;
            const bool mirror_x =
                orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
            const bool mirror_y =
                orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
            const auto from_x = static_cast<std::size_t>(mirror_x ? w - 1 - along : along);
            const auto from_y = static_cast<std::size_t>(mirror_y ? h - 1 - across : across);
            std::memcpy(out.bytes.data() + static_cast<std::size_t>(y) * out.stride() +
                            static_cast<std::size_t>(x) * size,
                        pixels.bytes.data() + from_y * pixels.stride() + from_x * size, size);
        }
    }
    return out;
}

Pixels without_needless_alpha(Pixels pixels) {
    if (pixels.channels != 4) return pixels;
    for (std::size_t i = 3; i < pixels.bytes.size(); i += 4)
        if (pixels.bytes[i] != 255) return pixels;
    Pixels out(pixels.width, pixels.height, 3);
    for (std::size_t from = 0, to = 0; from < pixels.bytes.size(); from += 4, to += 3)
        std::memcpy(out.bytes.data() + to, pixels.bytes.data() + from, 3);
    return out;
}

void multiply_alpha(Pixels& pixels) {
    if (pixels.channels != 4) return;
    for (std::size_t i = 0; i < pixels.bytes.size(); i += 4) {
        const int alpha = pixels.bytes[i + 3];
        for (std::size_t c = i; c < i + 3; ++c)
            pixels.bytes[c] = static_cast<std::uint8_t>((pixels.bytes[c] * alpha + 127) / 255);
    }
}

void divide_alpha(Pixels& pixels) {
    if (pixels.channels != 4) return;
    for (std::size_t i = 0; i < pixels.bytes.size(); i += 4) {
        const int alpha = pixels.bytes[i + 3];
        for (std::size_t c = i; c < i + 3; ++c)
            pixels.bytes[c] = static_cast<std::uint8_t>(
                alpha == 0 ? 0 : std::min(255, (pixels.bytes[c] * 255 + alpha / 2) / alpha));
    }
}

Pixels reduced(const Pixels& source, int width, int height) {
    Pixels narrow = source.channels == 4 ? narrowed<4>(source, width) : narrowed<3>(source, width);
    return narrow.height == height ? narrow : lowered(narrow, height);
}

}  // namespace cloudretail::media
