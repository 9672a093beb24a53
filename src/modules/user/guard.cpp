// Checking passwords and counting failures; see guard.hpp.
#include "guard.hpp"

#include <user/api.hpp>

namespace cloudretail::user {

namespace {

Result<Guard::Attempt> allowed(Guard::Attempt attempt, const char* detail) {
    if (attempt.wait_s() == 0) return attempt;
    Error error(errors::too_many_failures, detail);
    error.retry_after_s = attempt.wait_s();
    return error;
}

}  // namespace

Error field_problem(const ErrorType& type, std::string pointer, std::string detail) {
    Error error(type, detail);
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Error signed_out() {
    return Error(cloudretail::errors::unauthenticated, "The account is gone; sign in again.");
}

Result<Guard::Attempt> Guard::password_attempt(std::string_view email, std::string_view address) {
    return allowed(passwords_.attempt(email, address, database_.clock().now()),
                   "Too many failures from here with this account; wait a while.");
}

Result<Guard::Attempt> Guard::code_attempt(UserId user_id) {
    return allowed(codes_.attempt(user_id.to_string(), "", database_.clock().now()),
                   "Too many wrong codes; wait a while, or use a recovery code.");
}

Task<Result<Account>> Guard::confirm_password(UserId user_id, std::string password, std::string address,
                                              std::string pointer) {
    auto look = [user_id](db::Session& session) { return store::find_account(session, user_id); };
    auto account = co_await database_.read(std::move(look));
    if (!account) co_return signed_out();
    auto attempt = password_attempt(account->user.email, address);
    if (!attempt) co_return attempt.error();
    const std::string stored = account->password_hash;
    auto verified = co_await hasher_.verify(stored, password);
    if (!verified) co_return verified.error();
    if (!verified->ok) {
        attempt->failed();
        co_return field_problem(errors::wrong_password, std::move(pointer), "is not the account's password");
    }
    attempt->succeeded();
    co_return std::move(*account);
}

}  // namespace cloudretail::user
