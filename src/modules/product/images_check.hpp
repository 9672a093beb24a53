// What must hold between the pictures' rows, the products' rows and the files, for `check --deep`.
#pragma once

#include <app/module.hpp>

#include "images_service.hpp"

namespace cloudretail::product {

/// At most `limit` violations of each rule.
Task<std::vector<app::Violation>> check_images(db::Database& database, Images& images, int limit);

}  // namespace cloudretail::product
