// The pictures' part of the product module's routes.
#pragma once

#include <gateway/route.hpp>

#include "images_service.hpp"

namespace cloudretail::product {

/// What it is given must outlive the routes.
std::vector<gateway::Route> image_routes(Images& images);

}  // namespace cloudretail::product
