// Paging shared by all lists: ?page=&limit= or ?cursor=, answered as {items, page, limit, total, totalPages,
// nextCursor}.
#pragma once

#include <base/json.hpp>
#include <gateway/problem.hpp>
#include <gateway/route.hpp>
#include <string>
#include <vector>

namespace cloudretail::gateway {

struct PageRequest {
    int page = 1;  // by cursor: counted on from where the walk began
    int limit = 20;
    std::string cursor;  // decoded keyset position ("" = none), opaque to clients (base64url)
    /// Rows to skip: those of the pages before; by cursor none.
    [[nodiscard]] std::int64_t offset() const { return cursor.empty() ? std::int64_t{page - 1} * limit : 0; }
};

/// Reads page, limit and cursor. Errors: errors::validation (page with cursor, cursor that is not ours).
Result<PageRequest> read_page(const Call& call);

/// The id behind which the page goes on, in a list whose cursors are ids; nullopt: from the start, or by
/// number. Errors: errors::validation (a cursor of another list).
template <class IdType>
Result<std::optional<IdType>> cursor_id(const PageRequest& page) {
    if (page.cursor.empty()) return std::optional<IdType>();
    if (auto id = IdType::parse(page.cursor)) return std::optional<IdType>(std::move(id));
    Error error(errors::validation, "The cursor is of another list.");
    error.fields.push_back({"query/cursor", "is not a cursor of this list"});
    return error;
}

/// What leads from page to page: the number of the page and the keyset behind which it begins, which is UTF-8
/// without a zero byte.
struct Cursor {
    int page = 1;
    std::string keyset;
};
/// Empty where there is no keyset.
std::string encode_cursor(const Cursor& cursor);
/// nullopt for anything that encode_cursor does not write of a text: what no database takes must not reach
/// one.
std::optional<Cursor> decode_cursor(std::string_view text);

/// The page's JSON from items that are already rendered; `next_keyset` empty = the end. With a Link
/// header: rel="next" by cursor, and from a later page by number rel="prev" and rel="first". `members` are
/// further ones as JSON text without braces.
http::Response render_page(const Call& call, const PageRequest& page, const std::vector<std::string>& items,
                           std::int64_t total, std::string_view next_keyset, std::string_view members = {});

/// A single resource with its ETag; answers 304 to a matching If-None-Match.
http::Response render_resource(const Call& call, int status, std::string body, std::string_view etag);

/// If-Match against the resource's current ETag. Errors: errors::stale.
Result<> check_if_match(std::string_view if_match, std::string_view etag);

/// A refusal by the domain's rules, inside the effect's transaction: kept as a problem under the key, like a
/// success; without a key the error itself.
Result<db::StoredAnswer> keep_refusal(db::Tx& tx, const db::IdempotencyKey& key, const Error& error,
                                      const ProblemContext& context);

/// The stored answer of an idempotency key as a response (with Idempotency-Replayed when replayed).
http::Response render_stored(db::StoredAnswer answer);

}  // namespace cloudretail::gateway
