// See admin_feed.hpp. A cursor names the last row taken of each module: "order=17;user=4".
#include <app/admin_feed.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <log/log.hpp>
#include <map>
#include <optional>

namespace cloudretail::app {

namespace {

/// Pages are for people; who wants all takes the cursor, whose cost does not grow with depth.
constexpr int deepest_page = 100;

using Positions = std::map<std::string, std::string, std::less<>>;

bool is_position(std::string_view text) {
    return !text.empty() && text.size() <= 36 &&
           text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

std::optional<Positions> parse(std::string_view cursor) {
    Positions positions;
    while (!cursor.empty()) {
        const std::size_t end = cursor.find(';');
        const std::string_view entry = cursor.substr(0, end);
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos || !is_position(entry.substr(equals + 1))) return std::nullopt;
        positions.emplace(entry.substr(0, equals), entry.substr(equals + 1));
        cursor = end == std::string_view::npos ? std::string_view() : cursor.substr(end + 1);
    }
    return positions;
}

std::string text_of(const Positions& positions) {
    std::string text;
    for (const auto& [module, position] : positions)
        text.append(text.empty() ? "" : ";").append(module).append("=").append(position);
    return text;
}

Error refusal(const char* field, const char* detail) {
    Error error(errors::validation, "The page asked for does not exist.");
    error.fields.push_back({field, detail});
    return error;
}

/// What one module has to give.
struct Source {
    std::string module;
    FeedPart part;
    std::size_t taken = 0;
    [[nodiscard]] const FeedRow* next() const {
        return taken < part.rows.size() ? &part.rows[taken] : nullptr;
    }
};

/// The module whose next row is the newest; nullptr where none has one.
Source* newest(std::vector<Source>& sources) {
    Source* best = nullptr;
    for (Source& source : sources) {
        const FeedRow* const row = source.next();
        if (row != nullptr && (best == nullptr || row->at.ms > best->next()->at.ms)) best = &source;
    }
    return best;
}

Task<void> read_source(Part* part, FeedReader read, std::string before, int limit, Source* out) {
    auto job = [read = std::move(read), module = part->name, before = std::move(before),
                limit](db::Session& session) { return read(session, module, before, limit); };
    out->part = co_await part->module->database().read(std::move(job));
}

std::string unavailable_member(const std::vector<std::string>& modules) {
    json::Writer w;
    w.begin_array();
    for (const std::string& module : modules) w.value(module);
    w.end_array();
    return "\"unavailable\":" + w.take();
}

}  // namespace

Task<Result<http::Response>> answer_feed(const Parts* parts, gateway::Call* call, FeedReader read,
                                         std::string members) {
    const auto page = gateway::read_page(*call);
    if (!page) co_return page.error();
    if (page->cursor.empty() && page->page > deepest_page)
        co_return refusal("query/page", "must be at most 100: go on with cursor");
    auto positions = parse(page->cursor);
    if (!positions) co_return refusal("query/cursor", "is not a cursor of this list");
    const std::string only(call->query("module").value_or(""));
    const auto skip = static_cast<std::size_t>(page->offset());
    const std::size_t wanted = skip + static_cast<std::size_t>(page->limit);

    std::vector<Source> sources;
    std::vector<std::string> away;
    for (const auto& part : *parts) {
        if (!only.empty() && only != part->name) continue;
        Source source{.module = part->name, .part = {}};
        const auto at = positions->find(part->name);
        bool failed = !part->migrated;
        try {
            std::string before = at == positions->end() ? std::string() : at->second;
            if (!failed)
                co_await read_source(part.get(), read, std::move(before), static_cast<int>(wanted) + 1,
                                     &source);
        } catch (const Unavailable& e) {
            failed = true;
            log::warning("a list leaves a module out", {{"module", part->name}, {"reason", e.what()}});
        }
        if (failed) {
            away.push_back(part->name);
        } else {
            sources.push_back(std::move(source));
        }
    }
    std::int64_t total = 0;
    for (const Source& source : sources) total += source.part.total;
    std::vector<std::string> items;
    std::size_t count = 0;
    for (Source* source = newest(sources); source != nullptr && count < wanted; source = newest(sources)) {
        FeedRow& row = source->part.rows[source->taken++];
        (*positions)[source->module] = row.position;
        if (count++ >= skip) items.push_back(std::move(row.json));
    }
    const std::string next = newest(sources) == nullptr ? std::string() : text_of(*positions);
    if (!members.empty()) members += ",";
    members += unavailable_member(away);
    co_return gateway::render_page(*call, *page, items, total, next, members);
}

Result<LetterId> letter_id(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view digits =
        colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    LetterId id;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.number);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
        return Error(errors::not_found, "No such id.");
    id.module = text.substr(0, colon);
    // Only as we list it: the text becomes the subject of audit entries.
    if (text != id.module + ":" + std::to_string(id.number)) return Error(errors::not_found, "No such id.");
    return id;
}

std::int64_t before_number(const std::string& position) {
    std::int64_t number = std::numeric_limits<std::int64_t>::max();
    std::from_chars(position.data(), position.data() + position.size(), number);
    return number;
}

}  // namespace cloudretail::app
