// The events of all modules as one log that a caller reads on from a cursor: what they may see, oldest first,
// each once, none skipped, for as long as events are kept. Positions are dense per module, so a cursor is a
// position in each. Not live: feed.hpp wakes those who wait. Thread-safe after the last add_source.
#pragma once

#include <db/database.hpp>
#include <events/audience.hpp>
#include <events/cloud_event.hpp>
#include <events/event.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::events {

/// By source, in the order they were added: everything up to there was seen. −1: not begun, from the oldest
/// kept event on.
using Positions = std::vector<std::int64_t>;

struct JournalEntry {
    std::size_t source;
    Event event;
};

struct JournalPart {
    std::vector<JournalEntry> entries;
    Positions next;     // after the entries, and what nobody was to see between them
    bool more = false;  // there was more already when this was read
};

class Journal {
  public:
    void add_source(std::string module, db::Database& database);
    [[nodiscard]] std::size_t size() const { return sources_.size(); }
    [[nodiscard]] const std::string& module(std::size_t source) const { return sources_[source].module; }
    [[nodiscard]] db::Database& database(std::size_t source) const { return *sources_[source].database; }

    /// As a cursor for clients, and back; nullopt for what is none. A module it does not name begins at −1.
    [[nodiscard]] std::string to_text(const Positions& positions) const;
    [[nodiscard]] std::optional<Positions> from_text(std::string_view text) const;

    /// What the caller may see after `after`, at most `limit` (and possibly none although there is more).
    /// nullopt where `after` is of events that are no longer kept, or never were. Throws Unavailable.
    Task<std::optional<JournalPart>> read(Caller caller, Positions after, TypeFilter types, int limit) const;

  private:
    struct Source {
        std::string module;
        db::Database* database;
    };
    std::vector<Source> sources_;
};

}  // namespace cloudretail::events
