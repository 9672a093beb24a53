// Which events there are, by the module that publishes them: what an endpoint can ask for. Constant data.
#pragma once

#include <events/cloud_event.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::webhook {

struct Source {
    std::string module;
    std::vector<std::string> types;
};

const std::vector<Source>& sources();

/// "*", "order.*" for a module that there is, or a type that there is.
bool is_pattern(std::string_view text);
/// What an endpoint's patterns choose.
events::TypeFilter filter_of(const std::vector<std::string>& patterns);

}  // namespace cloudretail::webhook
