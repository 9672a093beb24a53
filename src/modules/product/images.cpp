// See images.hpp.
#include "images.hpp"

#include <base/json.hpp>
#include <charconv>
#include <media/shelf.hpp>

namespace cloudretail::product {

namespace {

std::string srcset_of(const Medium& medium) {
    std::string text;
    for (const int width : medium.widths) {
        text += (text.empty() ? "" : ", ") + url_of(medium, width) + " " + std::to_string(width) + "w";
    }
    return text;
}

void write(json::Writer& w, const Image& image) {
    const Medium& medium = image.medium;
    w.begin_object().member("id", image.id).member("url", url_of(medium, medium.width));
    w.member("width", medium.width).member("height", medium.height).member("alt", image.alt);
    w.member("srcset", srcset_of(medium)).end_object();
}

}  // namespace

std::string widths_to_text(const std::vector<int>& widths) {
    std::string text;
    for (const int width : widths) text += (text.empty() ? "" : " ") + std::to_string(width);
    return text;
}

std::vector<int> widths_from_text(std::string_view text) {
    std::vector<int> widths;
    while (!text.empty()) {
        int width = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), width);
        if (read.ec != std::errc{}) break;
        widths.push_back(width);
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
        while (text.starts_with(' ')) text.remove_prefix(1);
    }
    return widths;
}

std::string render(const Image& image) {
    json::Writer w;
    write(w, image);
    return w.take();
}

std::string render(const std::vector<Image>& images) {
    json::Writer w;
    w.begin_array();
    for (const Image& image : images) write(w, image);
    w.end_array();
    return w.take();
}

std::string url_of(const Medium& medium, int width) {
    return "/media/" + media::file_name(medium.hash, width, medium.extension);
}

}  // namespace cloudretail::product
