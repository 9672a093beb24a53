// QR codes (ISO/IEC 18004) as SVG, made by libqrencode. Pure function.
#pragma once

#include <string>
#include <string_view>

namespace cloudretail::security {

/// A drawing of black modules on white with the quiet zone of 4 modules that scanners need; error correction
/// M. Throws std::runtime_error where the text is too long for a code (over 2331 bytes).
std::string qr_svg(std::string_view text);

}  // namespace cloudretail::security
