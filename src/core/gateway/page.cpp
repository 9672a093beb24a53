// See page.hpp. ETags are compared as RFC 9110 says: weakly for If-None-Match, strongly for If-Match.
#include <algorithm>
#include <array>
#include <base/percent.hpp>
#include <charconv>
#include <cstdint>
#include <gateway/page.hpp>
#include <gateway/validate.hpp>
#include <optional>

namespace cloudretail::gateway {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url, as far as whole bytes came of it.
std::optional<std::string> decode(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const std::size_t value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<char>(bits >> count & 0xff));
        }
    }
    return out;
}

std::string encode(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffff;
        for (count += 8; count >= 6; count -= 6) out.push_back(alphabet[bits >> (count - 6) & 63]);
    }
    if (count > 0) out.push_back(alphabet[bits << (6 - count) & 63]);
    return out;
}

constexpr int furthest_page = 1'000'000'000;

int positive(std::optional<std::string_view> text, int fallback, int max) {
    if (!text || text->empty()) return fallback;
    std::int64_t value = 0;
    for (const char c : *text) {
        if (c < '0' || c > '9' || value > max) return fallback;
        value = value * 10 + (c - '0');
    }
    return static_cast<int>(std::clamp<std::int64_t>(value, 1, max));
}

/// The same list elsewhere: all parameters but page and cursor, and `where` in their place.
std::string link(const Call& call, std::string_view where, std::string_view relation) {
    std::string text = "<" + call.request.target.substr(0, call.request.target.find('?')) + "?";
    for (const auto& [name, value] : call.request.query) {
        if (name == "page" || name == "cursor") continue;
        text.append(percent_encode(name)).append("=").append(percent_encode(value)).append("&");
    }
    return text.append(where).append(">; rel=\"").append(relation).append("\"");
}

/// RFC 8288: next by cursor; from a page by number also back.
std::string links(const Call& call, const PageRequest& page, std::int64_t total_pages,
                  std::string_view cursor) {
    std::string text;
    const auto add = [&](const std::string& where, std::string_view relation) {
        text.append(text.empty() ? "" : ", ").append(link(call, where, relation));
    };
    if (!cursor.empty()) add("cursor=" + std::string(cursor), "next");
    if (page.cursor.empty() && page.page > 1) {
        const std::int64_t before =
            std::max<std::int64_t>(1, std::min<std::int64_t>(page.page - 1, total_pages));
        add("page=" + std::to_string(before), "prev");
        add("page=1", "first");
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Does the list of a header hold the ETag? Our ETags have no comma inside, so splitting at commas is exact
/// for them.
bool list_holds(std::string_view list, std::string_view etag, bool strong) {
    const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    if (strong && etag.starts_with("W/")) return false;
    while (true) {
        const std::size_t comma = list.find(',');
        const std::string_view tag = trimmed(list.substr(0, comma));
        if (strong ? tag == etag : !tag.empty() && opaque(tag) == opaque(etag)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

std::optional<Cursor> decode_cursor(std::string_view text) {
    const std::optional<std::string> plain = decode(text);
    if (!plain || !is_clean_text(*plain)) return std::nullopt;
    Cursor cursor;
    const char* const end = plain->data() + plain->size();
    const auto [rest, error] = std::from_chars(plain->data(), end, cursor.page);
    if (error != std::errc() || rest == end || *rest != ' ') return std::nullopt;
    cursor.keyset.assign(rest + 1, end);
    if (cursor.page < 2 || cursor.page > furthest_page || encode_cursor(cursor) != text) return std::nullopt;
    return cursor;
}

std::string encode_cursor(const Cursor& cursor) {
    return cursor.keyset.empty() ? std::string() : encode(std::to_string(cursor.page) + " " + cursor.keyset);
}

Result<PageRequest> read_page(const Call& call) {
    PageRequest page;
    page.page = positive(call.query("page"), 1, 1'000'000);
    page.limit = positive(call.query("limit"), 20, 100);
    const auto cursor = call.query("cursor");
    if (!cursor) return page;
    Error error(errors::validation, "One place of the request is not valid: see errors.");
    if (call.query("page")) {
        error.fields.push_back({"query/page", "must not be given together with cursor"});
        return error;
    }
    auto place = decode_cursor(*cursor);
    if (!place) {
        error.fields.push_back({"query/cursor", "is not a cursor of this list"});
        return error;
    }
    page.page = place->page;
    page.cursor = std::move(place->keyset);
    return page;
}

http::Response render_page(const Call& call, const PageRequest& page, const std::vector<std::string>& items,
                           std::int64_t total, std::string_view next_keyset, std::string_view members) {
    std::size_t size = 160 + members.size();
    for (const std::string& item : items) size += item.size() + 1;
    json::Writer w;
    w.reserve(size);
    w.begin_object().key("items").begin_array();
    for (const std::string& item : items) w.raw(item);
    w.end_array();
    w.member("page", page.page).member("limit", page.limit).member("total", total);
    const std::int64_t total_pages = (total + page.limit - 1) / page.limit;
    w.member("totalPages", total_pages);
    const std::string cursor = encode_cursor({page.page + 1, std::string(next_keyset)});
    w.key("nextCursor");
    cursor.empty() ? w.null() : w.value(cursor);
    w.end_object();
    std::string body = w.take();
    if (!members.empty()) body.insert(body.size() - 1, "," + std::string(members));
    http::Response response = http::json_response(200, std::move(body));
    std::string link_field = links(call, page, total_pages, cursor);
    if (!link_field.empty()) response.headers.add("Link", std::move(link_field));
    return response;
}

http::Response render_resource(const Call& call, int status, std::string body, std::string_view etag) {
    const std::string_view known = call.request.headers.get("If-None-Match");
    const bool reading =
        call.request.method == http::Method::get || call.request.method == http::Method::head;
    if (reading && status == 200 && !known.empty() &&
        (trimmed(known) == "*" || list_holds(known, etag, false))) {
        http::Response not_modified;
        not_modified.status = 304;
        not_modified.headers.add("ETag", std::string(etag));
        return not_modified;
    }
    http::Response response = http::json_response(status, std::move(body));
    if (!etag.empty()) response.headers.add("ETag", std::string(etag));
    return response;
}

Result<> check_if_match(std::string_view if_match, std::string_view etag) {
    if (trimmed(if_match).empty() || trimmed(if_match) == "*" || list_holds(if_match, etag, true)) return {};
    return Error(errors::stale, "It was changed since it was read; read it again.");
}

Result<db::StoredAnswer> keep_refusal(db::Tx& tx, const db::IdempotencyKey& key, const Error& error,
                                      const ProblemContext& context) {
    if (!key.present()) return error;
    auto problem = problem_response(error, context);
    db::StoredAnswer answer;
    answer.status = problem.status;
    answer.body = std::move(problem.body);
    db::keep(tx, key, answer);
    return answer;
}

http::Response render_stored(db::StoredAnswer answer) {
    http::Response response;
    response.status = answer.status;
    response.body = std::move(answer.body);
    if (!response.body.empty()) {
        response.headers.add("Content-Type",
                             answer.status < 400 ? "application/json" : "application/problem+json");
    }
    if (!answer.location.empty()) response.headers.add("Location", std::move(answer.location));
    if (!answer.etag.empty()) response.headers.add("ETag", std::move(answer.etag));
    if (answer.replayed) response.headers.add("Idempotency-Replayed", "true");
    return response;
}

}  // namespace cloudretail::gateway
