// The secrets that the server made for itself, as files of the data directory: backups hold those without
// which what is sealed is worthless. Not the key that signs tokens: after a restore it is made anew, so that
// no token that was ended since the backup is good again. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::app {

/// Does this file belong in a backup, and back from one?
bool is_kept_secret(std::string_view name);
/// The names of those that are there.
std::vector<std::string> own_secrets(const std::string& data_dir);

}  // namespace cloudretail::app
