// A product's pictures as plain data, and their JSON. Pure functions.
#pragma once

#include <base/id.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::product {

using ImageId = Id<"image">;

/// A picture on the shelf: named after what it was made from, in several widths, the last of them its own.
struct Medium {
    std::string hash, extension;
    int width = 0, height = 0;  // of the widest
    std::vector<int> widths;    // ascending
};

struct Image {
    ImageId id;
    Medium medium;
    std::string alt;
};

/// "160 320 640", and back.
std::string widths_to_text(const std::vector<int>& widths);
std::vector<int> widths_from_text(std::string_view text);

/// `{id, url, width, height, alt, srcset}`; addresses without a host, so that they stay true wherever the
/// store is reached.
std::string render(const Image& image);
std::string render(const std::vector<Image>& images);

/// Where it is served.
std::string url_of(const Medium& medium, int width);

}  // namespace cloudretail::product
