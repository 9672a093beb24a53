// Forgets words that no product on sale uses any more, so that none is offered in place of a mistyped one.
// Runs on product's writer, a few words at a time; no SQL of its own.
#pragma once

#include <db/database.hpp>
#include <string>

namespace cloudretail::product {

class TermSweep {
  public:
    /// Looks at the next few terms, in a ring; answers how many of them were forgotten, at most `limit`. A
    /// word that another process takes up at the same moment may be forgotten until it is used again.
    std::int64_t run(db::Tx& tx, int limit);

  private:
    std::string after_;
};

}  // namespace cloudretail::product
