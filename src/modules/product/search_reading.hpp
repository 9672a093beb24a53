// Reads products into the search index behind the requests: those of a store that was upgraded, and those of
// categories that got another name. In batches, each a transaction; stopped anywhere, it goes on at the next
// start. A coroutine of the background context; no SQL of its own.
#pragma once

#include <app/job.hpp>
#include <atomic>
#include <db/database.hpp>

#include "caches.hpp"
#include "search.hpp"

namespace cloudretail::product {

struct Reading {
    db::Database& database;
    Caches& caches;
    const std::atomic<bool>& stopped;
    int batch = 200;  // products of a transaction
};

/// All that there is to read. Throws what the database throws.
Task<void> read_all(Reading reading);

/// The same as a job: tries again until it is done, then fills the dictionary, so that the first mistyped
/// word does not wait for it.
Task<void> keep_reading(Reading reading, Search& search, app::Job& job);

}  // namespace cloudretail::product
