// LIKE patterns; see like.hpp.
#include <base/like.hpp>

namespace cloudretail {

std::string escape_like(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 8);
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace cloudretail
