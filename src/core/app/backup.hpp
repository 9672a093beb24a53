// Copies of all modules that belong together, made while the shop sells: the writers of all modules stand
// still for a moment, a snapshot of each is opened, they go on, and the copies are made from the snapshots.
// The folder holds a file per module, the key that seals second factors where we made it, and the manifest.
// Mail, media and the key that signs tokens are not in it. Thread rule: a thread that may block.
#pragma once

#include <app/manifest.hpp>
#include <app/verbs.hpp>

#include <span>

namespace cloudretail::app {

/// Fills `folder`, which must be new or empty, from `parts`, whose databases are open. Several processes on
/// one PostgreSQL: modules that share a database share a snapshot, so the copy is consistent per database.
/// Throws std::runtime_error or Unavailable, and then leaves nothing.
Manifest make_backup(const Workplace& place, std::span<Part* const> parts, const std::string& folder);

/// The verb `backup DIR`: leaves a line in every module's audit trail, then makes the backup.
VerbReply backup(const Workplace& place, const VerbRequest& request);

/// The end of the verb `restore DIR`: every module does what it must after one, and leaves a line in its
/// audit trail. Option "of": the backup's time.
VerbReply note_restore(const Workplace& place, const VerbRequest& request);

}  // namespace cloudretail::app
