// A stream of the feed: catching up, going live, taking what is there; see feed.hpp. Thread rule: next() on
// the stream's io thread, everything shared under the feed's mutex.
#include "feed_impl.hpp"

namespace cloudretail::events {

namespace {

constexpr int caught_up_at_once = 200;
constexpr std::size_t taken_at_once = 200;

}  // namespace

Result<std::shared_ptr<Feed::Stream>> Feed::open(Caller caller, TypeFilter types,
                                                 std::optional<Positions> after, bool lost) {
    auto state = std::make_unique<Stream::State>(impl_, std::move(caller), std::move(types));
    state->said_at_ms = steady_ms();
    state->reset = lost;
    const std::lock_guard lock(impl_->mutex);
    const auto of_one = impl_->streams.find(state->caller.id);
    if (of_one != impl_->streams.end() &&
        of_one->second.size() >= static_cast<std::size_t>(impl_->settings.streams_of_one)) {
        Error error(errors::too_many_streams, "Close one of your streams first.");
        error.retry_after_s = 1;
        return error;
    }
    if (impl_->stopping || impl_->counts.open >= impl_->settings.streams) {
        Error error(cloudretail::errors::overloaded, "No more event streams can be served at the moment.");
        error.retry_after_s = 5;
        return error;
    }
    state->catching_up = after && !lost;
    state->live = state->beat = !state->catching_up;  // and says at once where it begins
    state->seen = after && !lost ? std::move(*after) : Positions(impl_->readers.size(), -1);
    if (state->live) impl_->note_given(*state);
    impl_->add(*state);
    return std::make_shared<Stream>(std::move(state));
}

void Feed::Impl::add(Stream::State& stream) {
    streams[stream.caller.id].insert(&stream);
    if (stream.caller.is_admin()) of_admins.insert(&stream);
    ++counts.open;
}

void Feed::Impl::remove(Stream::State& stream) {
    const auto of_one = streams.find(stream.caller.id);
    of_one->second.erase(&stream);
    if (of_one->second.empty()) streams.erase(of_one);
    of_admins.erase(&stream);
    --counts.open;
}

bool Feed::Impl::caught_up(const Stream::State& stream) const {
    for (std::size_t i = 0; i < readers.size(); ++i)
        if (stream.seen[i] < readers[i]->given) return false;
    return true;
}

void Feed::Impl::note_given(Stream::State& stream) const {
    for (std::size_t i = 0; i < readers.size(); ++i)
        stream.seen[i] = std::max(stream.seen[i], readers[i]->given);
}

FeedPart Feed::Impl::take(Stream::State& stream) {
    FeedPart part;
    while (!stream.queue.empty() && part.entries.size() < taken_at_once) {
        Stream::State::Item item = std::move(stream.queue.front());
        stream.queue.pop_front();
        stream.seen[item.source] = item.event->position;
        part.entries.push_back({item.source, *item.event});
        part.cursors.push_back(stream.seen);
    }
    // An empty queue says that everything up to here was sent or is not for this caller.
    if (stream.queue.empty()) note_given(stream);
    counts.sent += static_cast<std::int64_t>(part.entries.size());
    part.next = stream.seen;
    stream.beat = false;
    stream.said_at_ms = steady_ms();
    return part;
}

Feed::Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}

Feed::Stream::~Stream() {
    const std::lock_guard lock(state_->feed->mutex);
    state_->feed->remove(*state_);
}

void Feed::Stream::end() {
    const std::lock_guard lock(state_->feed->mutex);
    state_->over = true;
    state_->wake();
}

Task<std::optional<FeedPart>> Feed::Stream::next() {
    State& s = *state_;
    Impl& feed = *s.feed;
    while (s.catching_up) {
        std::optional<FeedPart> part = co_await catch_up();
        if (part) co_return part;
        const std::lock_guard lock(feed.mutex);
        if (s.over) co_return std::nullopt;
    }
    for (;;) {
        {
            const std::lock_guard lock(feed.mutex);
            if (s.over) co_return std::nullopt;
            const bool reset = std::exchange(s.reset, false);
            if (reset || s.beat || !s.queue.empty()) {
                FeedPart part = feed.take(s);
                part.reset = reset;
                co_return part;
            }
        }
        UniqueFunction<void(Then<Unit>)> wait([&s, &feed](Then<Unit> then) {
            const std::lock_guard lock(feed.mutex);
            s.waiting.emplace(std::move(then));
            if (s.over || s.beat || !s.queue.empty()) s.wake();
        });
        co_await runtime::await_then<Unit>(std::move(wait));
    }
}

/// A part of what was missed; nullopt where there is none (the stream may be live now, or be over).
Task<std::optional<FeedPart>> Feed::Stream::catch_up() {
    State& s = *state_;
    Impl& feed = *s.feed;
    Caller caller = s.caller;
    TypeFilter types = s.types;
    Positions after;
    {
        const std::lock_guard lock(feed.mutex);
        after = s.seen;
    }
    auto read = co_await feed.journal.read(std::move(caller), after, std::move(types), caught_up_at_once);
    const std::lock_guard lock(feed.mutex);
    if (!read) {
        s.reset = true;
        s.seen.assign(s.seen.size(), -1);
        feed.note_given(s);
    } else {
        s.seen = read->next;
    }
    const bool there = read && !read->more && feed.caught_up(s);
    if (!read || there) {
        s.live = true;
        s.catching_up = false;
    }
    if (!read || read->entries.empty()) co_return std::nullopt;
    FeedPart part;
    part.entries = std::move(read->entries);
    part.next = s.seen;
    for (const JournalEntry& entry : part.entries) {
        after[entry.source] = entry.event.position;
        part.cursors.push_back(after);
    }
    part.cursors.back() = s.seen;
    feed.counts.sent += static_cast<std::int64_t>(part.entries.size());
    s.said_at_ms = steady_ms();
    co_return part;
}

}  // namespace cloudretail::events
