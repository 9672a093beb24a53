// See event_routes.hpp. Sources: HTML Living Standard, "Server-sent events"; CloudEvents 1.0.2.
#include <app/event_routes.hpp>

#include <gateway/page.hpp>

namespace cloudretail::app {

namespace {

using gateway::Access;
using gateway::Call;
using Answer = Task<Result<http::Response>>;

Error wrong(std::string pointer, std::string detail) {
    Error error(errors::validation, "One place of the request is not valid: see errors.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Result<events::TypeFilter> types_of(const Call& call) {
    auto types = events::TypeFilter::parse(call.query("types").value_or(""));
    if (!types)
        return wrong("query/types", "must be at most 32 types, or names with .*, with commas between");
    return std::move(*types);
}

/// Sealed, because positions tell how much happens in the store.
constexpr std::string_view sealed_as = "events cursor";

std::optional<events::Positions> positions_of(const EventSources& from, std::string_view cursor) {
    const auto text = from.box.open(cursor, sealed_as);
    return text ? from.journal.from_text(*text) : std::nullopt;
}

std::string cursor_of(const EventSources& from, const events::Positions& positions) {
    return from.box.seal(from.journal.to_text(positions), sealed_as);
}

/// What one client is told, as text/event-stream.
class Teller {
  public:
    Teller(std::shared_ptr<events::Feed::Stream> stream, const EventSources& from, Caller caller,
           std::int64_t retry_ms)
        : stream_(std::move(stream)),
          from_(from),
          caller_(std::move(caller)),
          opening_("retry: " + std::to_string(retry_ms) + "\n\n") {}

    Task<std::optional<std::string>> next() {
        if (!opening_.empty()) co_return std::exchange(opening_, {});
        std::optional<events::FeedPart> part;
        try {
            part = co_await stream_->next();
        } catch (const Unavailable&) {
            // The client comes back by itself, with the id of what it has seen.
        }
        if (!part) co_return std::nullopt;
        co_return told(*part);
    }
    void end() { stream_->end(); }

  private:
    [[nodiscard]] std::string told(const events::FeedPart& part) const {
        std::string text;
        const auto line = [&text](std::string_view field, std::string_view value) {
            text.append(field).append(": ").append(value).append("\n");
        };
        if (part.reset) {
            line("id", cursor_of(from_, part.entries.empty() ? part.next : part.cursors.front()));
            line("event", "reset");
            line("data", "{}");
            text += "\n";
        }
        for (std::size_t i = 0; i < part.entries.size(); ++i) {
            const auto& [source, event] = part.entries[i];
            line("id", cursor_of(from_, part.cursors[i]));
            line("event", event.type);
            line("data", to_cloud_event(from_.journal.module(source), event, shown_to(caller_, event)));
            text += "\n";
        }
        // Nothing to tell: the connection is kept open, and the client learns how far it is.
        if (text.empty()) {
            text += ":\n";
            line("id", cursor_of(from_, part.next));
            text += "\n";
        }
        return text;
    }

    std::shared_ptr<events::Feed::Stream> stream_;
    const EventSources from_;
    const Caller caller_;
    std::string opening_;
};

Answer stream_events(EventSources from, std::int64_t retry_ms, Call& call) {
    auto types = types_of(call);
    if (!types) co_return types.error();
    std::string_view cursor = call.request.headers.get("Last-Event-ID");
    if (cursor.empty()) cursor = call.query("lastEventId").value_or("");
    std::optional<events::Positions> after;
    if (!cursor.empty()) after = positions_of(from, cursor);
    const bool lost = !cursor.empty() && !after;
    auto stream = from.feed.open(call.caller, std::move(*types), std::move(after), lost);
    if (!stream) co_return stream.error();
    auto teller = std::make_shared<Teller>(std::move(*stream), from, call.caller, retry_ms);
    http::Response response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("X-Accel-Buffering", "no");  // nginx hands on what it gets at once
    response.stream = [teller] { return teller->next(); };
    response.end_stream = [teller] { teller->end(); };
    co_return response;
}

std::string log_json(const EventSources& from, const Caller& caller, const events::JournalPart& part,
                     bool reset) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const auto& [source, event] : part.entries)
        w.raw(to_cloud_event(from.journal.module(source), event, shown_to(caller, event)));
    w.end_array().member("nextCursor", cursor_of(from, part.next));
    w.member("hasMore", part.more).member("reset", reset).end_object();
    return w.take();
}

Answer read_log(EventSources from, Call& call) {
    const events::Journal& journal = from.journal;
    auto types = types_of(call);
    if (!types) co_return types.error();
    const auto page = gateway::read_page(call);
    if (!page) co_return page.error();
    events::Positions after(journal.size(), -1);
    if (const auto cursor = call.query("after")) {
        auto positions = positions_of(from, *cursor);
        if (!positions) co_return wrong("query/after", "is not a cursor of this log");
        after = std::move(*positions);
    }
    auto part = co_await journal.read(call.caller, after, *types, page->limit);
    const bool reset = !part;
    if (reset) {
        after.assign(journal.size(), -1);
        part = co_await journal.read(call.caller, after, *types, page->limit);
    }
    if (!part) throw Unavailable("the oldest events were swept while they were read");
    co_return http::json_response(200, log_json(from, call.caller, *part, reset));
}

}  // namespace

events::FeedSettings feed_settings(const config::Config& config, gateway::Authenticator* authenticator) {
    events::FeedSettings settings;
    settings.streams = static_cast<int>(config.integer("events.streams"));
    settings.streams_of_one = static_cast<int>(config.integer("events.streams_per_user"));
    settings.queue = static_cast<int>(config.integer("events.stream_queue"));
    settings.heartbeat_ms = config.duration_ms("events.heartbeat");
    if (authenticator)
        settings.still_good = [authenticator](const Caller& caller) {
            return authenticator->still_good(caller);
        };
    return settings;
}

std::vector<gateway::Route> event_routes(const EventSources& from, const config::Config& config) {
    const std::int64_t retry_ms = config.duration_ms("events.retry");
    return {
        {http::Method::get, "/api/events", "streamEvents", Access::signed_in,
         [from, retry_ms](Call& call) { return stream_events(from, retry_ms, call); }},
        {http::Method::get, "/api/events/log", "listEvents", Access::vendor,
         [from](Call& call) { return read_log(from, call); }},
    };
}

void register_metrics(metrics::Registry& registry, const events::Feed& feed) {
    registry.gauge("cloudretail_event_streams", "Open event streams", {},
                   [&feed] { return static_cast<double>(feed.statistics().open); });
    registry.counter_from("cloudretail_event_streams_sent_total", "Events sent to streams", {},
                          [&feed] { return static_cast<double>(feed.statistics().sent); });
    registry.counter_from("cloudretail_event_streams_dropped_total",
                          "Streams ended because they were too slow", {},
                          [&feed] { return static_cast<double>(feed.statistics().dropped); });
}

}  // namespace cloudretail::app
