// The mails that carry a secret: plain text in plain words. Pure function.
#pragma once

#include "access_store.hpp"
#include "mailing.hpp"
#include "rules.hpp"

namespace cloudretail::user::letters {

/// `shop`: where the store's pages are, without a slash at its end. The secret stands in the link's fragment,
/// which browsers never send.
Letter secret(const User& user, Purpose purpose, const std::string& secret, std::int64_t good_for_ms,
              const std::string& store_name, const std::string& shop);

}  // namespace cloudretail::user::letters
