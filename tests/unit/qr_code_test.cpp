// QR codes: the drawing, read back into modules, is what libqrencode made, with its quiet zone.
#include <qrencode.h>
#include <catch2/catch.hpp>
#include <security/qr_code.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace cloudretail::security;

namespace {

/// The drawing as rows of modules, quiet zone and all.
std::vector<std::string> modules_of(const std::string& svg) {
    int size = 0;
    const auto box = svg.find("viewBox=\"0 0 ");
    REQUIRE(box != std::string::npos);
    REQUIRE(std::sscanf(svg.c_str() + box, "viewBox=\"0 0 %d", &size) == 1);
    std::vector<std::string> rows(static_cast<std::size_t>(size),
                                  std::string(static_cast<std::size_t>(size), ' '));
    const auto black = svg.find("fill=\"#000\" d=\"");
    REQUIRE(black != std::string::npos);
    const char* at = svg.c_str() + black + 15;
    int x = 0, y = 0, run = 0, back = 0, read = 0;
    while (std::sscanf(at, "M%d %dh%dv1h-%dz%n", &x, &y, &run, &back, &read) == 4) {
        REQUIRE(run == back);
        for (int i = 0; i < run; ++i)
            rows.at(static_cast<std::size_t>(y)).at(static_cast<std::size_t>(x + i)) = '#';
        at += read;
    }
    CHECK(*at == '"');
    return rows;
}

}  // namespace

TEST_CASE("a QR code's drawing shows its modules inside a quiet zone of four") {
    const std::string text =
        "otpauth://totp/CloudRetail:demo%40example.com?secret=MZXW6YTBOIMZXW6YTBOIMZXW6YTBOIAA"
        "&issuer=CloudRetail&algorithm=SHA1&digits=6&period=30";
    const auto rows = modules_of(qr_svg(text));
    QRcode* code = ::QRcode_encodeData(static_cast<int>(text.size()),
                                       reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M);
    REQUIRE(code);
    REQUIRE(rows.size() == static_cast<std::size_t>(code->width) + 8);
    int wrong = 0;
    for (int y = -4; y < code->width + 4; ++y)
        for (int x = -4; x < code->width + 4; ++x) {
            const bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
            const bool black = inside && (code->data[y * code->width + x] & 1);
            wrong += black != (rows[static_cast<std::size_t>(y + 4)][static_cast<std::size_t>(x + 4)] == '#');
        }
    ::QRcode_free(code);
    CHECK(wrong == 0);
    CHECK(rows[4].substr(4, 7) == "#######");  // the corner every reader looks for
    CHECK(rows[5].substr(4, 7) == "#     #");
}

TEST_CASE("a text that fits no QR code is refused") {
    CHECK_NOTHROW(qr_svg(std::string(2331, 'x')));
    CHECK_THROWS_AS(qr_svg(std::string(2332, 'x')), std::runtime_error);
}
