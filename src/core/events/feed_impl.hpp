// What the feed's readers (feed.cpp) and its streams (feed_stream.cpp) share. Everything but what is constant
// is behind Impl::mutex.
#pragma once

#include <deque>
#include <events/feed.hpp>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "bell.hpp"

namespace cloudretail::events {

using SharedEvent = std::shared_ptr<const Event>;

/// One module's reader.
struct FeedReader {
    explicit FeedReader(boost::asio::io_context& context) : bell(context) {}
    Bell bell;                // background context only
    std::int64_t head = -1;   // last known to be given; background context only
    std::int64_t given = -1;  // handed to the live streams up to here; −1: nothing is known yet
};

struct Feed::Stream::State {
    struct Item {
        std::size_t source;
        SharedEvent event;
    };

    State(std::shared_ptr<Feed::Impl> f, Caller c, TypeFilter t)
        : feed(std::move(f)), caller(std::move(c)), types(std::move(t)) {}
    const std::shared_ptr<Feed::Impl> feed;
    const Caller caller;
    const TypeFilter types;
    // Of the stream's own coroutine:
    bool catching_up = false, reset = false;
    // Behind the mutex:
    Positions seen{};
    std::deque<Item> queue{};
    bool live = false, over = false, slow = false, beat = false;
    std::int64_t said_at_ms = 0;  // steady time of the last part
    std::optional<Then<Unit>> waiting{};

    /// Under the mutex: whoever waits in next() goes on.
    void wake() {
        if (auto waiter = std::exchange(waiting, std::nullopt)) (*waiter)(Outcome<Unit>(Unit{}));
    }
};

struct Feed::Impl : std::enable_shared_from_this<Feed::Impl> {
    Impl(runtime::Runtime& r, const Journal& j, FeedSettings s);
    runtime::Runtime& runtime;
    const Journal& journal;
    const FeedSettings settings;
    Bell ticks;  // background context only
    std::atomic<bool> stopping{false};

    mutable std::mutex mutex;
    std::vector<std::unique_ptr<FeedReader>> readers;  // by source; the list is constant
    std::unordered_map<UserId, std::unordered_set<Stream::State*>> streams;
    std::unordered_set<Stream::State*> of_admins;  // they see everything
    FeedStatistics counts;

    static Task<void> read(std::shared_ptr<Impl> self, std::size_t source);
    static Task<void> look_after(std::shared_ptr<Impl> self);
    Task<void> hand_on(std::size_t source);
    /// True where there is nothing to hand on. Where nobody listens, everything up to the head counts as
    /// such.
    bool skip(std::size_t source);
    std::int64_t first_of(std::size_t source);
    void give(std::size_t source, std::vector<Event> events);
    void offer(std::size_t source, const SharedEvent& event);
    void look_at_streams();

    // feed_stream.cpp, under the mutex
    void add(Stream::State& stream);
    void remove(Stream::State& stream);
    /// All that was handed on has been seen, or nothing is known of it yet.
    [[nodiscard]] bool caught_up(const Stream::State& stream) const;
    void note_given(Stream::State& stream) const;
    FeedPart take(Stream::State& stream);
};

/// Of the steady clock.
std::int64_t steady_ms();

}  // namespace cloudretail::events
