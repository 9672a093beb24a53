// See journal.hpp. Thread rule: coroutines on the caller's executor, reads on the modules' readers.
#include <events/journal.hpp>

#include <algorithm>
#include <charconv>
#include <events/outbox.hpp>

namespace cloudretail::events {

namespace {

/// Where types are chosen, few of what is read may be wanted.
constexpr int looked_at_for_types = 500;

constexpr std::string_view version = "1;";

/// A part of one source, without what the caller does not want.
struct Lane {
    Window window;
    std::size_t taken = 0;
    [[nodiscard]] bool left() const { return taken < window.events.size(); }
    [[nodiscard]] const Event& first() const { return window.events[taken]; }
    /// Up to where everything was taken or is of no interest.
    [[nodiscard]] std::int64_t position() const { return left() ? first().position - 1 : window.until; }
};

/// The lane with the oldest event; in a lane events stay in the order of their positions.
Lane* oldest_of(std::vector<Lane>& lanes) {
    Lane* oldest = nullptr;
    for (Lane& lane : lanes)
        if (lane.left() && (oldest == nullptr || lane.first().at < oldest->first().at)) oldest = &lane;
    return oldest;
}

JournalPart merge(std::vector<Lane> lanes, int limit) {
    JournalPart part;
    while (part.entries.size() < static_cast<std::size_t>(limit)) {
        Lane* oldest = oldest_of(lanes);
        if (oldest == nullptr) break;
        part.entries.push_back({static_cast<std::size_t>(oldest - lanes.data()),
                                std::move(oldest->window.events[oldest->taken])});
        ++oldest->taken;
    }
    for (const Lane& lane : lanes) {
        part.next.push_back(lane.position());
        part.more = part.more || lane.left() || lane.window.more;
    }
    return part;
}

}  // namespace

void Journal::add_source(std::string module, db::Database& database) {
    sources_.push_back({std::move(module), &database});
}

std::string Journal::to_text(const Positions& positions) const {
    std::string text(version);
    for (std::size_t i = 0; i < positions.size(); ++i)
        if (positions[i] >= 0) text += sources_[i].module + " " + std::to_string(positions[i]) + ";";
    return text;
}

std::optional<Positions> Journal::from_text(std::string_view text) const {
    if (!text.starts_with(version)) return std::nullopt;
    text.remove_prefix(version.size());
    Positions positions(sources_.size(), -1);
    while (!text.empty()) {
        const std::size_t space = text.find(' '), end = text.find(';');
        if (space == std::string_view::npos || end == std::string_view::npos || end < space)
            return std::nullopt;
        std::int64_t position = 0;
        const char* last = text.data() + end;
        const auto read = std::from_chars(text.data() + space + 1, last, position);
        if (read.ec != std::errc{} || read.ptr != last || position < 0) return std::nullopt;
        const auto source = std::ranges::find(sources_, text.substr(0, space), &Source::module);
        if (source == sources_.end()) return std::nullopt;
        positions[static_cast<std::size_t>(source - sources_.begin())] = position;
        text.remove_prefix(end + 1);
    }
    return positions;
}

Task<std::optional<JournalPart>> Journal::read(Caller caller, Positions after, TypeFilter types,
                                               int limit) const {
    std::vector<Lane> lanes;
    const int looked_at = types.everything() ? limit : std::max(limit, looked_at_for_types);
    std::optional<UserId> seen_by;
    if (!caller.is_admin()) seen_by = caller.id;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        auto look = [position = after[i], seen_by, looked_at](db::Session& session) {
            return window_after(session, position, seen_by, looked_at);
        };
        Window window = co_await sources_[i].database->snapshot(std::move(look));
        if (!window.kept) co_return std::nullopt;
        std::erase_if(window.events,
                      [&](const Event& e) { return !types.matches(e.type) || !may_see(caller, e); });
        lanes.push_back({std::move(window)});
    }
    co_return merge(std::move(lanes), limit);
}

}  // namespace cloudretail::events
