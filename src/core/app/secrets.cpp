// Finding the secrets; see secrets.hpp.
#include <app/secrets.hpp>

#include <algorithm>
#include <filesystem>

namespace cloudretail::app {

bool is_kept_secret(std::string_view name) { return name == "sealing_secret"; }

std::vector<std::string> own_secrets(const std::string& data_dir) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(data_dir)) {
        const std::string name = entry.path().filename().string();
        // What else lies there is somebody's own.
        if (entry.is_regular_file() && is_kept_secret(name)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace cloudretail::app
