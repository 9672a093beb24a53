// The feed's readers and the look after its streams; see feed.hpp. Thread rule: the loops run on the
// background context.
#include <events/feed.hpp>

#include <boost/asio/post.hpp>
#include <events/outbox.hpp>
#include <log/log.hpp>

#include "feed_impl.hpp"

namespace cloudretail::events {

namespace {

constexpr std::int64_t retry_ms = 1'000;
constexpr std::int64_t forever_ms = 3'600'000;

}  // namespace

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Feed::Impl::Impl(runtime::Runtime& r, const Journal& j, FeedSettings s)
    : runtime(r), journal(j), settings(std::move(s)), ticks(r.background()) {
    for (std::size_t i = 0; i < journal.size(); ++i)
        readers.push_back(std::make_unique<FeedReader>(runtime.background()));
}

Feed::Feed(runtime::Runtime& runtime, const Journal& journal, FeedSettings settings)
    : impl_(std::make_shared<Impl>(runtime, journal, std::move(settings))) {}

Feed::~Feed() { stop(); }

void Feed::start() {
    for (std::size_t i = 0; i < impl_->readers.size(); ++i)
        impl_->runtime.spawn(impl_->runtime.background(), "feed of " + impl_->journal.module(i),
                             [impl = impl_, i] { return Impl::read(impl, i); });
    impl_->runtime.spawn(impl_->runtime.background(), "feed",
                         [impl = impl_] { return Impl::look_after(impl); });
}

void Feed::stop() {
    if (impl_->stopping.exchange(true)) return;
    boost::asio::post(impl_->runtime.background(), [impl = impl_] {
        for (const auto& reader : impl->readers) reader->bell.close();
        impl->ticks.close();
    });
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [user, streams] : impl_->streams)
        for (Stream::State* stream : streams) {
            stream->over = true;
            stream->wake();
        }
}

void Feed::advance(const std::string& module, std::int64_t head) {
    for (std::size_t i = 0; i < impl_->readers.size(); ++i) {
        if (impl_->journal.module(i) != module) continue;
        impl_->readers[i]->head = head;
        impl_->readers[i]->bell.ring();
    }
}

FeedStatistics Feed::statistics() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->counts;
}

Task<void> Feed::Impl::read(std::shared_ptr<Impl> self, std::size_t source) {
    FeedReader& reader = *self->readers[source];
    bool complained = false;
    while (!self->stopping) {
        std::string trouble;
        try {
            co_await self->hand_on(source);
        } catch (const std::exception& e) {
            trouble = e.what();
        }
        if (trouble.empty()) {
            complained = false;
            co_await reader.bell.wait(forever_ms);
            continue;
        }
        if (!complained)
            log::warning("events cannot be read for streams",
                         {{"module", self->journal.module(source)}, {"error", trouble}});
        complained = true;
        co_await reader.bell.pause(retry_ms);
    }
}

/// Where handing on begins when the first head becomes known: at the head, or where a stream is that has
/// caught up by itself before. Under the mutex.
std::int64_t Feed::Impl::first_of(std::size_t source) {
    const std::int64_t head = readers[source]->head;
    std::int64_t first = head;
    for (const auto& [user, of_one] : streams) {
        for (Stream::State* stream : of_one) {
            if (!stream->live) continue;
            if (stream->seen[source] < 0) stream->seen[source] = head;
            first = std::min(first, stream->seen[source]);
        }
    }
    return first;
}

bool Feed::Impl::skip(std::size_t source) {
    const std::lock_guard lock(mutex);
    FeedReader& reader = *readers[source];
    if (reader.given < 0 && reader.head >= 0) reader.given = first_of(source);
    if (streams.empty()) reader.given = std::max(reader.given, reader.head);
    return reader.given >= reader.head;
}

Task<void> Feed::Impl::hand_on(std::size_t source) {
    FeedReader& reader = *readers[source];
    while (!stopping && !skip(source)) {
        auto next = [after = reader.given, limit = settings.read_at_once](db::Session& session) {
            return read_after(session, after, limit);
        };
        std::vector<Event> events = co_await journal.database(source).read(std::move(next));
        if (events.empty()) throw std::runtime_error("events are gone that were numbered");
        give(source, std::move(events));
    }
}

void Feed::Impl::give(std::size_t source, std::vector<Event> events) {
    const std::lock_guard lock(mutex);
    for (Event& event : events) {
        readers[source]->given = event.position;
        offer(source, std::make_shared<const Event>(std::move(event)));
    }
}

/// To all administrators, and to whom the audience names.
void Feed::Impl::offer(std::size_t source, const SharedEvent& event) {
    auto push = [&](Stream::State& stream) {
        const bool wanted = stream.live && !stream.over && event->position > stream.seen[source] &&
                            stream.types.matches(event->type) && may_see(stream.caller, *event);
        if (!wanted) return;
        if (stream.queue.size() >= static_cast<std::size_t>(settings.queue)) {
            stream.over = stream.slow = true;
            stream.queue.clear();
            ++counts.dropped;
        } else {
            stream.queue.push_back({source, event});
        }
        stream.wake();
    };
    for (Stream::State* stream : of_admins) push(*stream);
    for (const UserId user : users_of(event->audience)) {
        const auto found = streams.find(user);
        if (found == streams.end()) continue;
        for (Stream::State* stream : found->second)
            if (!stream->caller.is_admin()) push(*stream);
    }
}

Task<void> Feed::Impl::look_after(std::shared_ptr<Impl> self) {
    while (!self->stopping) {
        self->look_at_streams();
        co_await self->ticks.wait(self->settings.look_ms);
    }
}

void Feed::Impl::look_at_streams() {
    const std::int64_t now = steady_ms();
    const std::lock_guard lock(mutex);
    for (const auto& [user, of_one] : streams) {
        for (Stream::State* stream : of_one) {
            if (!settings.still_good(stream->caller)) stream->over = true;
            if (now - stream->said_at_ms >= settings.heartbeat_ms) stream->beat = true;
            if (stream->over || stream->beat) stream->wake();
        }
    }
}

}  // namespace cloudretail::events
