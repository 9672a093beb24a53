// The statements that the server runs for a list or a search, without anything around them: straight through
// SQLite's C interface or libpq, prepared once. What the server is held against.
#pragma once

#include <memory>
#include <string>

namespace bench {

struct Question {
    std::string text, category;
    long min_price = 0;
};

class RawCatalogue {
  public:
    virtual ~RawCatalogue() = default;
    /// Reads all rows of all statements. Exits with a message when one fails.
    virtual void ask(const std::string& kind, const Question& question) = 0;
};

/// On product's SQLite file, or on a PostgreSQL URL; for one thread.
std::unique_ptr<RawCatalogue> raw_catalogue(const std::string& database);

}  // namespace bench
