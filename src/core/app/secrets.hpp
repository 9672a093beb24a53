// The secrets that the server made for itself, as files of the data directory: backups hold them, because
// what is sealed or signed with them is worthless without. Any thread.
#pragma once

#include <string>
#include <vector>

namespace cloudretail::app {

/// Their names, e.g. "jwt_secret". A file directly in the data directory whose name has no dot is one, apart
/// from the lock: databases, sockets and temporary files have dots.
std::vector<std::string> own_secrets(const std::string& data_dir);

}  // namespace cloudretail::app
