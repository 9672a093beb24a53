// See pictures.hpp. Shapes are signed distances: a pixel is covered as far as its centre lies inside.
#include "pictures.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <media/picture.hpp>
#include <vector>

#include "icons.hpp"

namespace cloudretail::demo {

namespace {

constexpr int width = 640, height = 480, quality = 90;
constexpr double scale = 4.2, left = (width - 100 * scale) / 2, top = (height - 100 * scale) / 2;
constexpr double motif_scale = 0.42;
constexpr int coarse = 4;  // pixels of the shadow's grid

struct Colour {
    double r = 0, g = 0, b = 0;
};

Colour mixed(Colour a, Colour b, double t) {
    return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

/// Hue in degrees, the others from 0 to 1.
Colour from_hsl(double hue, double saturation, double lightness) {
    const auto channel = [&](double n) {
        const double k = std::fmod(n + hue / 30 + 24, 12);
        const double a = saturation * std::min(lightness, 1 - lightness);
        return 255 * (lightness - a * std::max(-1.0, std::min({k - 3, 9 - k, 1.0})));
    };
    return {channel(0), channel(8), channel(4)};
}

struct Shape {
    char form = 'c', colour = 'A';
    std::vector<double> n;  // in pixels
};

/// A place of the grid in pixels.
struct Placing {
    double x, y, size;
};

std::vector<double> numbers(std::string_view text) {
    std::vector<double> all;
    while (!text.empty()) {
        double value = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        if (read.ec == std::errc{}) all.push_back(value);
        text.remove_prefix(std::max<std::size_t>(1, static_cast<std::size_t>(read.ptr - text.data())));
    }
    return all;
}

/// How many of a form's numbers, from the front, are places; the others are lengths.
std::size_t places_of(char form, std::size_t all) {
    switch (form) {
        case 'l':
            return 4;
        case 'b':
            return 6;
        case 'p':
            return all;
        default:
            return 2;
    }
}

/// A curve as short lines.
void flatten(const Shape& curve, std::vector<Shape>& into) {
    constexpr int pieces = 14;
    const auto& n = curve.n;
    const auto at = [&](double t, std::size_t i) {
        return (1 - t) * (1 - t) * n[i] + 2 * t * (1 - t) * n[i + 2] + t * t * n[i + 4];
    };
    Shape chain{'s', curve.colour, {n[6]}};
    for (int i = 0; i <= pieces; ++i) {
        chain.n.push_back(at(static_cast<double>(i) / pieces, 0));
        chain.n.push_back(at(static_cast<double>(i) / pieces, 1));
    }
    into.push_back(std::move(chain));
}

void read(std::string_view drawing, Placing placing, std::vector<Shape>& into) {
    while (drawing.size() > 4) {
        const std::string_view text = drawing.substr(0, drawing.find(';'));
        drawing.remove_prefix(std::min(drawing.size(), text.size() + 1));
        Shape shape{text[0], text[2], numbers(text.substr(4))};
        const std::size_t places = places_of(shape.form, shape.n.size());
        for (std::size_t i = 0; i < shape.n.size(); ++i) {
            shape.n[i] *= placing.size;
            if (i < places) shape.n[i] += i % 2 == 0 ? placing.x : placing.y;
        }
        if (shape.form == 'b')
            flatten(shape, into);
        else
            into.push_back(std::move(shape));
    }
}

/// std::hypot guards against numbers that do not occur here, and takes its time.
double length(double x, double y) { return std::sqrt(x * x + y * y); }

double to_line(double x, double y, double ax, double ay, double bx, double by) {
    const double dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
    const double t = square > 0 ? std::clamp(((x - ax) * dx + (y - ay) * dy) / square, 0.0, 1.0) : 0;
    return length(x - ax - t * dx, y - ay - t * dy);
}

double to_polygon(const std::vector<double>& n, double x, double y) {
    double nearest = 1e9;
    bool inside = false;
    const std::size_t corners = n.size() / 2;
    for (std::size_t i = 0, j = corners - 1; i < corners; j = i++) {
        const double ax = n[2 * i], ay = n[2 * i + 1], bx = n[2 * j], by = n[2 * j + 1];
        nearest = std::min(nearest, to_line(x, y, ax, ay, bx, by));
        if ((ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) inside = !inside;
    }
    return inside ? -nearest : nearest;
}

/// Negative inside.
double distance(const Shape& s, double x, double y) {
    const auto& n = s.n;
    switch (s.form) {
        case 'r': {
            const double radius = std::min({n[4], n[2] / 2, n[3] / 2});
            const double dx = std::abs(x - n[0] - n[2] / 2) - n[2] / 2 + radius;
            const double dy = std::abs(y - n[1] - n[3] / 2) - n[3] / 2 + radius;
            return length(std::max(dx, 0.0), std::max(dy, 0.0)) + std::min(std::max(dx, dy), 0.0) - radius;
        }
        case 'c':
            return length(x - n[0], y - n[1]) - n[2];
        case 'e': {
            const double k = length((x - n[0]) / n[2], (y - n[1]) / n[3]);
            return (k - 1) * std::min(n[2], n[3]);
        }
        case 'o':
            return std::abs(length(x - n[0], y - n[1]) - n[2]) - n[3] / 2;
        case 'l':
            return to_line(x, y, n[0], n[1], n[2], n[3]) - n[4] / 2;
        case 's': {
            double nearest = 1e9;
            for (std::size_t i = 1; i + 3 < n.size(); i += 2)
                nearest = std::min(nearest, to_line(x, y, n[i], n[i + 1], n[i + 2], n[i + 3]));
            return nearest - n[0] / 2;
        }
        default:
            return to_polygon(n, x, y);
    }
}

struct Box {
    double x0 = 1e9, y0 = 1e9, x1 = -1e9, y1 = -1e9;
    void add(double x, double y, double around) {
        x0 = std::min(x0, x - around);
        y0 = std::min(y0, y - around);
        x1 = std::max(x1, x + around);
        y1 = std::max(y1, y + around);
    }
};

Box box_of(const Shape& s) {
    const auto& n = s.n;
    Box box;
    if (s.form == 'r') {
        box.add(n[0], n[1], 0);
        box.add(n[0] + n[2], n[1] + n[3], 0);
    } else if (s.form == 'c') {
        box.add(n[0], n[1], n[2]);
    } else if (s.form == 'e') {
        box.add(n[0], n[1], std::max(n[2], n[3]));
    } else if (s.form == 'o') {
        box.add(n[0], n[1], n[2] + n[3]);
    } else if (s.form == 'l') {
        box.add(n[0], n[1], n[4]);
        box.add(n[2], n[3], n[4]);
    } else {
        const std::size_t first = s.form == 's' ? 1 : 0;
        for (std::size_t i = first; i + 1 < n.size(); i += 2) box.add(n[i], n[i + 1], first == 1 ? n[0] : 0);
    }
    return box;
}

/// Calls `paint(x, y, how much)` for every place of a grid that the shape covers.
template <class Paint>
void cover(const Shape& shape, int step, Paint paint) {
    const Box box = box_of(shape);
    const auto from = [step](double v) { return std::max(0, static_cast<int>(v / step) - 1); };
    const auto to = [step](double v, int most) {
        return std::min(most / step, static_cast<int>(v / step) + 2);
    };
    for (int y = from(box.y0); y < to(box.y1, height); ++y) {
        for (int x = from(box.x0); x < to(box.x1, width); ++x) {
            const double d = distance(shape, (x + 0.5) * step, (y + 0.5) * step) / step;
            if (d < 0.5) paint(x, y, std::min(1.0, 0.5 - d));
        }
    }
}

/// The hue of a category's ground.
double ground_of(std::string_view category) {
    constexpr std::array<std::pair<std::string_view, double>, 8> all{{{"Electronics", 218},
                                                                      {"Kitchen", 32},
                                                                      {"Living", 268},
                                                                      {"Garden", 110},
                                                                      {"Books", 46},
                                                                      {"Toys", 335},
                                                                      {"Sports", 182},
                                                                      {"Clothing", 10}}};
    for (const auto& [name, hue] : all)
        if (name == category) return hue;
    return 200;
}

/// Hues that things are made in.
constexpr std::array<double, 8> own_hues{6, 24, 152, 176, 204, 226, 268, 340};

std::uint32_t hash_of(std::string_view text) {
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

class Painting {
  public:
    Painting(std::string_view name, std::string_view category) {
        const std::uint32_t hash = hash_of(name);
        ground_ = ground_of(category) + static_cast<int>(hash % 25) - 12;
        own_ = own_hues[hash / 31 % own_hues.size()];
        const Icon icon = icon_of(name, category);
        read(icon.drawing, {left, top, scale}, shapes_);
        const double inset = 50 - 50 * motif_scale;
        const double lift = icon.drawing.find("44 82 60 82") != std::string_view::npos ? 1 : 6;
        if (!icon.motif.empty())
            read(icon.motif, {left + inset * scale, top + (inset + lift) * scale, scale * motif_scale},
                 shapes_);
    }

    std::string finish() {
        paint_ground();
        for (const Shape& shape : shapes_) paint(shape);
        std::vector<unsigned char> bytes(pixels_.size());
        std::transform(pixels_.begin(), pixels_.end(), bytes.begin(), [](float v) {
            return static_cast<unsigned char>(std::clamp(std::lround(v), 0L, 255L));
        });
        return media::encode_jpeg(bytes, width, height, quality);
    }

  private:
    [[nodiscard]] Colour colour_of(char letter) const {
        switch (letter) {
            case 'A':
                return from_hsl(own_, 0.58, 0.52);
            case 'D':
                return from_hsl(own_, 0.54, 0.37);
            case 'L':
                return from_hsl(own_, 0.62, 0.73);
            case 'W':
                return {248, 248, 246};
            case 'K':
                return {46, 50, 60};
            case 'M':
                return {168, 176, 188};
            case 'G':
                return {94, 158, 92};
            case 'B':
                return {166, 116, 76};
            case 'Y':
                return {242, 196, 84};
            case 'R':
                return {214, 84, 74};
            case 'C':
                return {244, 230, 204};
            case 'O':
                return {224, 130, 66};
            case 'J':
                return {70, 100, 152};
            default:
                return from_hsl(ground_, 0.42, 0.86);
        }
    }

    /// The shape of everything, blurred.
    [[nodiscard]] std::vector<float> shadow() const {
        constexpr int w = width / coarse, h = height / coarse, reach = 5;
        std::vector<float> mask(static_cast<std::size_t>(w) * h), next(mask.size());
        for (const Shape& shape : shapes_) {
            cover(shape, coarse, [&](int x, int y, double much) {
                float& at = mask[static_cast<std::size_t>(y) * w + static_cast<std::size_t>(x)];
                at = std::max(at, static_cast<float>(much));
            });
        }
        for (int pass = 0; pass < 4; ++pass) {
            const bool across = pass % 2 == 0;
            for (int y = 0; y < h; ++y) {
                for (int x = 0; x < w; ++x) {
                    float sum = 0;
                    for (int i = -reach; i <= reach; ++i) {
                        const int sx = std::clamp(across ? x + i : x, 0, w - 1);
                        const int sy = std::clamp(across ? y : y + i, 0, h - 1);
                        sum += mask[static_cast<std::size_t>(sy) * w + static_cast<std::size_t>(sx)];
                    }
                    next[static_cast<std::size_t>(y) * w + static_cast<std::size_t>(x)] =
                        sum / (2 * reach + 1);
                }
            }
            mask.swap(next);
        }
        return mask;
    }

    void paint_ground() {
        constexpr int w = width / coarse, h = height / coarse, drop_x = 2, drop_y = 6;
        const Colour light = from_hsl(ground_, 0.55, 0.95), dark = from_hsl(ground_ + 18, 0.44, 0.76);
        const auto shade = shadow();
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                const double fx = (x - width * 0.46) / (width * 0.62),
                             fy = (y - height * 0.38) / (height * 0.74);
                const double far = std::min(1.0, fx * fx + fy * fy);
                const int sx = std::clamp(x / coarse - drop_x, 0, w - 1),
                          sy = std::clamp(y / coarse - drop_y, 0, h - 1);
                const double dim =
                    1 - 0.42 * shade[static_cast<std::size_t>(sy) * w + static_cast<std::size_t>(sx)];
                const Colour c = mixed(light, dark, far);
                float* to = pixel(x, y);
                to[0] = static_cast<float>(c.r * dim);
                to[1] = static_cast<float>(c.g * dim);
                to[2] = static_cast<float>(c.b * (1 - (1 - dim) * 0.85));
            }
        }
    }

    /// Lit from above.
    void paint(const Shape& shape) {
        const Colour base = colour_of(shape.colour);
        const Box box = box_of(shape);
        const double tall = std::max(1.0, box.y1 - box.y0);
        cover(shape, 1, [&](int x, int y, double much) {
            const double lit = 1.08 - 0.17 * (y - box.y0) / tall;
            const auto m = static_cast<float>(much);
            float* to = pixel(x, y);
            to[0] += (static_cast<float>(base.r * lit) - to[0]) * m;
            to[1] += (static_cast<float>(base.g * lit) - to[1]) * m;
            to[2] += (static_cast<float>(base.b * lit) - to[2]) * m;
        });
    }

    float* pixel(int x, int y) {
        return pixels_.data() + 3 * (static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x));
    }

    double ground_ = 0, own_ = 0;
    std::vector<Shape> shapes_;
    std::vector<float> pixels_ = std::vector<float>(static_cast<std::size_t>(width) * height * 3);
};

}  // namespace

std::string picture_of(std::string_view name, std::string_view category) {
    return Painting(name, category).finish();
}

}  // namespace cloudretail::demo
