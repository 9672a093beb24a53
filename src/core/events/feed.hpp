// Events to whoever listens, as they happen: one reader per module, woken by the relay, hands each event to
// the streams whose callers may see it. A stream first catches up from the journal behind its cursor, then
// goes live; it neither misses nor repeats an event. Thread-safe. Streams live on their io threads, the
// readers on the background context; what they share is behind one mutex.
#pragma once

#include <events/journal.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <runtime/runtime.hpp>

namespace cloudretail::events {

namespace errors {
inline constexpr ErrorType too_many_streams{"too-many-streams", "Too many event streams are open",
                                            ErrorKind::rate_limited};
}

struct FeedSettings {
    int streams = 1000;       // of all callers
    int streams_of_one = 10;  // of one caller
    int queue = 1000;         // events a slow stream may be behind before it is ended
    std::int64_t heartbeat_ms = 15'000;
    std::int64_t look_ms = 1'000;  // how often callers are looked at: may they still?
    int read_at_once = 500;
    /// Asked on the background context; must not wait.
    std::function<bool(const Caller&)> still_good = [](const Caller&) { return true; };
};

/// Counted by this process since its start.
struct FeedStatistics {
    std::int64_t open = 0;     // streams
    std::int64_t sent = 0;     // events given to streams
    std::int64_t dropped = 0;  // streams ended because they were too slow
};

/// What a stream says next.
struct FeedPart {
    bool reset = false;  // what happened before is not all known: look at the state of things anew
    std::vector<JournalEntry> entries;
    std::vector<Positions> cursors;  // after each entry
    Positions next;                  // after all of it; also where there is no entry (a heartbeat)
};

class Feed {
  public:
    struct Impl;
    class Stream;

    /// The journal outlives the feed. Register with bus.watch before bus.start.
    Feed(runtime::Runtime& runtime, const Journal& journal, FeedSettings settings);
    ~Feed();
    Feed(const Feed&) = delete;

    void start();
    /// Ends all streams and the readers.
    void stop();
    /// A head became known (Bus::watch).
    void advance(const std::string& module, std::int64_t head);

    /// From the cursor on; without one, from now on. `lost`: the client had a cursor that is none of ours, so
    /// the stream begins with a reset. Errors: too_many_streams, overloaded.
    Result<std::shared_ptr<Stream>> open(Caller caller, TypeFilter types, std::optional<Positions> after,
                                         bool lost);
    [[nodiscard]] FeedStatistics statistics() const;

  private:
    std::shared_ptr<Impl> impl_;
};

/// One listener. Its place is free again when it is destroyed.
class Feed::Stream {
  public:
    struct State;
    explicit Stream(std::unique_ptr<State> state);
    ~Stream();
    Stream(const Stream&) = delete;

    /// What is new, or a heartbeat, as soon as there is one of them; nullopt at the end: end() was called,
    /// the caller may no longer listen, or the stream was too slow. One call at a time.
    Task<std::optional<FeedPart>> next();
    /// Any thread.
    void end();

  private:
    Task<std::optional<FeedPart>> catch_up();
    std::unique_ptr<State> state_;
};

}  // namespace cloudretail::events
