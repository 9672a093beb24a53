// gzip (RFC 1952) of whole bodies in memory. Pure, any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cloudretail::http {

/// `level` 1 (fast) to 9 (small). Null where it does not make the body at least a tenth smaller.
std::shared_ptr<const std::string> gzip(std::string_view body, int level);

}  // namespace cloudretail::http
