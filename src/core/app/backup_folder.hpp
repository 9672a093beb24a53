// The folders of a backup: files that never change once they are there (Module::folders). They are linked
// where the backup lies on the same disk, else copied; names and checksums stand in "<folder>.sha256", which
// sha256sum can check too. Blocking.
#pragma once

#include <app/manifest.hpp>
#include <atomic>
#include <optional>

namespace cloudretail::app {

/// nullopt where there is no such folder yet. Hidden files are left out. Throws std::runtime_error.
std::optional<Manifest::Folder> back_up_folder(const std::string& data_dir, const std::string& backup,
                                               const std::string& name, const std::atomic<bool>& stopping);
/// Throws std::runtime_error naming the first file that is not as the list says.
void check_folder(const std::string& backup, const Manifest::Folder& folder);
/// Copies: what is restored shares nothing with the backup.
void restore_folder(const std::string& backup, const Manifest::Folder& folder, const std::string& data_dir);

}  // namespace cloudretail::app
