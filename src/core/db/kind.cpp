// See kind.hpp.
#include <db/kind.hpp>

#include "writer.hpp"

namespace cloudretail::db {

void complete_one(std::string_view module, const std::function<void()>& completion) noexcept {
    complete(module, completion);
}

}  // namespace cloudretail::db
