// A file inside the binary. cmake/Embed.cmake generates the lists: cloudretail::embedded::static_files(),
// migrations() and openapi_fragments(), each in <embedded/…hpp> sorted by path.
// Thread rule: constant data.
#pragma once

#include <string_view>

namespace cloudretail {

struct EmbeddedFile {
    std::string_view path;     ///< relative to the embedded folder, with '/', e.g. "order/0001_init.sql"
    std::string_view content;  ///< the bytes; a zero byte follows them
};

}  // namespace cloudretail
