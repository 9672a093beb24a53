// Secrets that the server mails, as their addressee finds them: in the queue, or, once sent, in a mail file.
// Thread rule: as the server that is given.
#pragma once

#include <string>
#include <support/server_process.hpp>

namespace cloudretail::test {

/// The secret in the newest mail to `email` that links to `page` ("reset-password", "verify-email"); waits
/// for the mail, throws std::runtime_error when none comes within 10 s.
std::string mailed_secret(const ServerProcess& server, const std::string& email, const std::string& page);

}  // namespace cloudretail::test
