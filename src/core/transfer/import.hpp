// Taking a file of rows, whatever they are of: reads the body as it comes, checks each row against the
// operation's schema, hands them in batches to the module that owns them, and answers what became of each.
// Bounded memory: a piece of the body, a batch of rows, a number for each key. Decides nothing about what a
// row means. Thread rule: a coroutine of the request; Slots from any thread.
#pragma once

#include <atomic>
#include <base/json.hpp>
#include <config/config.hpp>
#include <functional>
#include <gateway/route.hpp>
#include <transfer/rows.hpp>

namespace cloudretail::transfer {

struct Settings {
    std::size_t max_bytes = 0;      // of a file
    std::size_t max_row_bytes = 0;  // of a row
    std::int64_t max_rows = 0;      // of a file
    std::size_t listed_errors = 0;  // all are counted
    std::size_t batch_rows = 0;     // of a transaction
    int at_once = 1;                // files taken by this process
};
Settings settings_of(const config::Config& config);

/// How many files a module takes at the moment.
class Slots {
  public:
    explicit Slots(int at_once) : free_(at_once) {}
    [[nodiscard]] bool take() {
        if (free_.fetch_sub(1) > 0) return true;
        free_.fetch_add(1);
        return false;
    }
    void give_back() { free_.fetch_add(1); }

  private:
    std::atomic<int> free_;
};

/// A row that satisfied the schema.
struct Row {
    std::int64_t number = 0;
    json::Document document;
    [[nodiscard]] json::View root() const { return document.root(); }
};
using Rows = std::shared_ptr<const std::vector<Row>>;

/// What became of a row. An error's fields point into the row; without fields it is about the whole of it.
enum class Fate { created, updated, unchanged };
using Fates = std::vector<Result<Fate>>;

struct Importing {
    const Settings& settings;
    Slots& slots;
    std::vector<Column> columns;
    /// What tells rows apart, if the row says it: two with the same in one file are a fault of the second.
    std::function<std::string(json::View)> key;
    /// Carries the rows out, all in one transaction; one fate for each. Repeatable.
    std::function<Task<Fates>(Rows)> apply;
};

/// Answers 200 with {rows, created, updated, unchanged, failed, errors[{row, pointer, detail}]}. Errors:
/// unsupported_media, overloaded (Settings::at_once), validation (the header); what read_piece says, with
/// what had been taken by then. Throws what apply throws.
Task<Result<http::Response>> import_rows(gateway::Call* call, const Importing* importing);

}  // namespace cloudretail::transfer
