// Who holds personal data: each module registers its share in start(), and the module that knows the persons
// exports and erases them all without knowing who else there is. Thread rule: add while starting, on one
// thread; read afterwards from any.
#pragma once

#include <base/id.hpp>
#include <base/task.hpp>
#include <db/database.hpp>
#include <functional>
#include <string>
#include <vector>

namespace cloudretail::app {

/// One module's share.
struct PersonHolder {
    std::string name;        // the module's: its place in the export
    db::Database* database;  // scrubbed when a person was erased
    /// What is kept about the person, as a JSON object. At most `rows` rows of each kind; "truncated": true
    /// says that there are more.
    std::function<Task<std::string>(UserId person, int rows)> show;
    /// Deletes it, or takes the person out of what the books must keep. Idempotent, also beside itself.
    /// Empty: nothing is left. Else what it waits for, in a few words without personal data: called again
    /// later.
    std::function<Task<std::string>(UserId person)> erase;
};

class Persons {
  public:
    void add(PersonHolder holder) { holders_.push_back(std::move(holder)); }
    /// In the order of the modules: whoever needs another comes after it.
    [[nodiscard]] const std::vector<PersonHolder>& holders() const { return holders_; }

  private:
    std::vector<PersonHolder> holders_;
};

}  // namespace cloudretail::app
