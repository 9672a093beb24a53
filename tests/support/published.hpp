// What a module has published so far, for tests of its events.
#pragma once

#include <events/outbox.hpp>
#include <string>
#include <vector>

namespace cloudretail::test {

/// All events of the outbox in the order they were written; gives them their positions.
inline std::vector<events::Event> published(db::Database& database) {
    database.write_blocking([](db::Tx& tx) {
        events::number_unpublished(tx, 1'000'000);
        return Unit{};
    });
    return database.read_blocking([](db::Session& s) { return events::read_after(s, 0, 1'000'000); });
}

/// "type: audience" of each event about `subject`.
inline std::vector<std::string> audiences(db::Database& database, const std::string& subject) {
    std::vector<std::string> found;
    for (const auto& event : published(database))
        if (event.subject == subject) found.push_back(event.type + ": " + event.audience);
    return found;
}

}  // namespace cloudretail::test
