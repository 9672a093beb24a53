// QR codes; see qr_code.hpp. One path of horizontal runs: a tenth of the size of a square per module.
#include <security/qr_code.hpp>

#include <qrencode.h>
#include <memory>
#include <stdexcept>

namespace cloudretail::security {
namespace {

constexpr int quiet_zone = 4;

struct Free {
    void operator()(QRcode* code) const { ::QRcode_free(code); }
};

std::string runs_of(const QRcode& code) {
    std::string path;
    for (int y = 0; y < code.width; ++y) {
        const unsigned char* row = code.data + y * code.width;
        for (int x = 0; x < code.width;) {
            int end = x;
            while (end < code.width && (row[end] & 1)) ++end;  // bit 0: black
            if (end > x) {
                const std::string length = std::to_string(end - x);
                path += "M" + std::to_string(x + quiet_zone) + " " + std::to_string(y + quiet_zone) + "h" +
                        length + "v1h-" + length + "z";
            }
            x = end + 1;
        }
    }
    return path;
}

}  // namespace

std::string qr_svg(std::string_view text) {
    const std::string copy(text);
    const std::unique_ptr<QRcode, Free> code(::QRcode_encodeData(
        static_cast<int>(copy.size()), reinterpret_cast<const unsigned char*>(copy.data()), 0, QR_ECLEVEL_M));
    if (!code) throw std::runtime_error("a QR code cannot be made of this text");
    const std::string size = std::to_string(code->width + 2 * quiet_zone);
    return R"(<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="QR code" viewBox="0 0 )" + size +
           " " + size + R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + size + "v" + size +
           R"(H0z"/><path fill="#000" d=")" + runs_of(*code) + R"("/></svg>)";
}

}  // namespace cloudretail::security
