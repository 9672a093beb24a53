// Letters to persons: posted in the transaction of what they tell of, sent after its commit by the pump
// (mail_pump.hpp). Not the sending itself (core/mail). Thread rule: on the transaction's thread.
#pragma once

#include <db/database.hpp>
#include <span>
#include <string>

namespace cloudretail::user {

struct Letter {
    std::string to;       // an account's e-mail
    std::string subject;  // one line
    std::string text;     // plain, UTF-8, lines ended by \n
    /// What it is about, of ids alone ("verify:<token id>"): of letters with the same reference, one is sent.
    std::string reference;
};

namespace mailing {

/// Puts the letter into the queue, in tx. Does nothing where its reference is known already.
void post(db::Tx& tx, const Letter& letter);
/// Likewise, each of several.
void post(db::Tx& tx, std::span<const Letter> letters);

}  // namespace mailing
}  // namespace cloudretail::user
