// From an upload to variants: what is taken, what is refused, and what is left of the original.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <media/picture.hpp>
#include <support/pictures.hpp>
#include <support/result_text.hpp>

using namespace cloudretail;
using namespace cloudretail::test;
using media::Recipe;
using media::render;

namespace {

std::string slug_of(const Result<media::Rendered>& rendered) {
    return rendered ? "taken" : std::string(rendered.error().type->slug);
}

std::vector<int> widths_of(const media::Rendered& rendered) {
    std::vector<int> widths;
    for (const auto& variant : rendered.variants) widths.push_back(variant.width);
    return widths;
}

const Recipe recipe;

}  // namespace

TEST_CASE("a picture is offered in the recipe's widths and never enlarged", "[media]") {
    using Widths = std::vector<int>;
    const std::vector<std::pair<int, Widths>> cases{{1, {1}},
                                                    {160, {160}},
                                                    {161, {160, 161}},
                                                    {500, {160, 320, 500}},
                                                    {1280, {160, 320, 640, 1280}},
                                                    {2000, {160, 320, 640, 1280}}};
    for (const auto& [width, wanted] : cases) {
        const auto rendered = render(jpeg_of(width, 40), recipe).value();
        CHECK(widths_of(rendered) == wanted);
    }
    const auto rendered = render(png_of(1000, 500), recipe).value();
    for (const auto& variant : rendered.variants) {
        CHECK(variant.height == variant.width / 2);
        const Seen seen = look_at(variant.bytes);
        CHECK(seen.width == variant.width);
        CHECK(seen.height == variant.height);
        CHECK(seen.at(seen.width / 4, seen.height / 2) == "red");
        CHECK(seen.at(seen.width * 3 / 4, seen.height / 2) == "blue");
    }
}

TEST_CASE("PNG, JPEG and WebP of every kind keep their colours", "[media]") {
    const std::vector<std::pair<std::string, std::string>> files{{"png", png_of(40, 20)},
                                                                 {"16-bit png", png_of(40, 20, false, true)},
                                                                 {"jpeg", jpeg_of(40, 20)},
                                                                 {"printer's jpeg", jpeg_of(40, 20, true)},
                                                                 {"webp", webp_of(40, 20)}};
    for (const auto& [name, file] : files) {
        INFO(name);
        const auto rendered = render(file, recipe);
        REQUIRE(slug_of(rendered) == "taken");
        CHECK(rendered->extension == "jpg");
        const Seen seen = look_at(rendered->variants.back().bytes);
        CHECK(seen.at(8, 10) == "red");
        CHECK(seen.at(32, 10) == "blue");
    }
}

TEST_CASE("what shows through stays so, and is not mixed with colours that nobody sees", "[media]") {
    for (const std::string& file : {png_of(400, 200, true), webp_of(400, 200, true)}) {
        const auto rendered = render(file, recipe).value();
        CHECK(rendered.extension == "webp");
        REQUIRE(widths_of(rendered) == std::vector<int>{160, 320, 400});
        const Seen seen = look_at(rendered.variants.front().bytes);
        CHECK(seen.at(40, 20) == "red");
        CHECK(seen.at(40, 38) == "red");
        CHECK(seen.at(40, 60) == "clear");
    }
}

TEST_CASE("a picture stands upright, and nothing of what its file told besides is left", "[media]") {
    // Where the red half of the stored picture comes to lie: left, right, top or bottom.
    const std::vector<std::pair<int, std::string>> cases{{1, "left"},   {2, "right"},  {3, "right"},
                                                         {4, "left"},   {5, "top"},    {6, "top"},
                                                         {7, "bottom"}, {8, "bottom"}, {9, "left"}};
    for (const auto& [orientation, wanted] : cases) {
        INFO("orientation " << orientation);
        const std::string file = with_exif(jpeg_of(60, 30), orientation);
        REQUIRE(file.find("GPS-SECRET") != std::string::npos);
        const auto rendered = render(file, recipe).value();
        const std::string& bytes = rendered.variants.back().bytes;
        CHECK(bytes.find("GPS-SECRET") == std::string::npos);
        CHECK(bytes.find("Exif") == std::string::npos);
        const Seen seen = look_at(bytes);
        const bool lying = wanted == "top" || wanted == "bottom";
        CHECK(seen.width == (lying ? 30 : 60));
        const int x = seen.width / 2, y = seen.height / 2, dx = lying ? 0 : seen.width / 4,
                  dy = lying ? seen.height / 4 : 0;
        const bool first = wanted == "left" || wanted == "top";
        CHECK(seen.at(x - dx, y - dy) == (first ? "red" : "blue"));
        CHECK(seen.at(x + dx, y + dy) == (first ? "blue" : "red"));
    }
}

TEST_CASE("what is no picture is not taken, whatever it begins with", "[media]") {
    using namespace std::string_literals;
    CHECK(slug_of(render("", recipe)) == "not-a-picture");
    CHECK(slug_of(render("<html><script>alert(1)</script>", recipe)) == "not-a-picture");
    CHECK(slug_of(render("GIF89a\x01\0\x01\0\0\0\0"s, recipe)) == "not-a-picture");
    CHECK(slug_of(render("<svg xmlns='http://www.w3.org/2000/svg'/>", recipe)) == "not-a-picture");
    CHECK(slug_of(render(moving_webp(), recipe)) == "not-a-picture");
    CHECK(slug_of(render("RIFF\x04\0\0\0WEBP"s, recipe)) == "picture-damaged");
    CHECK(slug_of(render("\x89PNG\r\n\x1a\n"s, recipe)) == "picture-damaged");
    CHECK(slug_of(render("\xff\xd8\xff"s, recipe)) == "picture-damaged");
    CHECK(slug_of(render(png_bomb(0, 10), recipe)) == "picture-damaged");
}

TEST_CASE("a page that hides behind a picture does not survive", "[media]") {
    const std::string page = "<html><script>alert(1)</script></html>";
    for (const std::string& file : {png_of(40, 20) + page, jpeg_of(40, 20) + page}) {
        const auto rendered = render(file, recipe).value();
        for (const auto& variant : rendered.variants)
            CHECK(variant.bytes.find("<script") == std::string::npos);
    }
}

TEST_CASE("pixels are counted before anything is decoded", "[media]") {
    CHECK(slug_of(render(png_bomb(65'535, 65'535), recipe)) == "picture-too-large");
    CHECK(slug_of(render(png_bomb(20'000, 1), recipe)) == "picture-too-large");
    CHECK(slug_of(render(png_bomb(0xffffffff, 0xffffffff), recipe)) == "picture-too-large");
    CHECK(slug_of(render(png_bomb(5'000, 5'000), recipe)) == "picture-damaged");  // as many as are taken
    Recipe small;
    small.pixels = 40 * 20;
    CHECK(slug_of(render(jpeg_of(40, 20), small)) == "taken");
    CHECK(slug_of(render(jpeg_of(41, 20), small)) == "picture-too-large");
    CHECK(slug_of(render(webp_of(41, 20), small)) == "picture-too-large");
}

TEST_CASE("a file that says two sizes of itself gets no room for the larger one", "[media]") {
    using namespace std::string_literals;
    // A canvas and an image of 16383 by 16383 pixels, and behind them a canvas of one.
    const std::string large = "VP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0"s;
    const std::string image = "VP8L\x06\0\0\0\x2f\xfe\xbf\xff\x0f\0"s;
    const std::string small = "VP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0"s;
    const std::string chunks = "WEBP" + large + image + small;
    const std::string file = "RIFF" + std::string(1, static_cast<char>(chunks.size())) + "\0\0\0"s + chunks;
    const auto peak_kb = [] {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    const long before = peak_kb();
    CHECK(slug_of(render(file, recipe)) == "picture-damaged");
    CHECK(peak_kb() - before < 200 * 1024);
}

TEST_CASE("a picture that breaks off anywhere is refused, and so is one with any byte changed or it is read",
          "[media]") {
    for (const std::string& file :
         {png_of(64, 48), jpeg_of(64, 48), webp_of(64, 48), with_exif(jpeg_of(64, 48), 6)}) {
        for (std::size_t length = 0; length + 12 < file.size(); length += 1 + file.size() / 97) {
            INFO(length << " of " << file.size() << " bytes");
            CHECK(slug_of(render(std::string_view(file).substr(0, length), recipe)) != "taken");
        }
        for (std::size_t at = 0; at < file.size(); at += 1 + file.size() / 211) {
            std::string changed = file;
            changed[at] = static_cast<char>(changed[at] ^ 0x55);
            const std::string slug = slug_of(render(changed, recipe));
            CHECK((slug == "taken" || slug == "not-a-picture" || slug == "picture-damaged" ||
                   slug == "picture-too-large"));
        }
    }
}

TEST_CASE("the recipe's text tells everything that the result depends on", "[media]") {
    Recipe other;
    CHECK(other.to_text() == recipe.to_text());
    other.jpeg_quality = 50;
    CHECK(other.to_text() != recipe.to_text());
    Recipe narrow;
    narrow.widths = {160, 320};
    CHECK(narrow.to_text() != recipe.to_text());
    CHECK(render(jpeg_of(300, 200), recipe)->variants.back().bytes ==
          render(jpeg_of(300, 200), recipe)->variants.back().bytes);
}
