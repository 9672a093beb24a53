// A bounded in-process cache: least recently used goes first, by number and by bytes, in shards with a mutex
// each. It never serves what was read before an invalidation: a value is put with the ticket its miss gave
// out, and an erase or clear in between voids the ticket. It knows nothing of what it holds. Thread-safe; no
// call waits for I/O.
#pragma once

#include <array>
#include <base/clock.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace cloudretail::cache {

struct Limits {
    std::size_t entries;  // of all shards together
    std::size_t bytes;    // what put() was told, plus a fixed cost for each entry
    std::int64_t max_age_ms =
        0;  // 0: as long as nobody erases it. Else for what other processes may write too
};

struct Statistics {
    std::int64_t hits = 0, misses = 0, entries = 0, bytes = 0;
};

/// Value is copied out under the lock: make it cheap to copy (a shared_ptr, a small struct).
template <class Key, class Value, class Hash = std::hash<Key>>
class Cache {
  public:
    /// Says what was valid when a miss was answered.
    struct Ticket {
        std::uint64_t epoch = 0;
    };
    struct Found {
        std::optional<Value> value;
        Ticket ticket;
    };

    Cache(Limits limits, const Clock& clock)
        : entries_(limits.entries / shard_count + 1),
          bytes_(limits.bytes / shard_count + 1),
          max_age_ms_(limits.max_age_ms),
          clock_(clock) {}

    [[nodiscard]] Found find(const Key& key) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        auto it = shard.index.find(key);
        if (it != shard.index.end() && expired(*it->second)) {
            remove(shard, it);
            it = shard.index.end();
        }
        if (it == shard.index.end()) {
            ++shard.misses;
            return {std::nullopt, {shard.epoch}};
        }
        ++shard.hits;
        shard.order.splice(shard.order.begin(), shard.order, it->second);
        return {it->second->value, {shard.epoch}};
    }

    /// Keeps `value`, which takes about `bytes`, unless its shard was invalidated since `ticket`. False: not
    /// kept.
    bool put(const Key& key, Value value, std::size_t bytes, Ticket ticket) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        bytes += entry_cost;
        if (ticket.epoch != shard.epoch || bytes > bytes_) return false;
        if (auto it = shard.index.find(key); it != shard.index.end()) remove(shard, it);
        shard.order.push_front({key, std::move(value), bytes, clock_.now().ms});
        shard.index.emplace(key, shard.order.begin());
        shard.bytes += bytes;
        while (shard.bytes > bytes_ || shard.index.size() > entries_) {
            remove(shard, shard.index.find(shard.order.back().key));
        }
        return true;
    }

    /// Forgets one key, and what is being read for it right now.
    void erase(const Key& key) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        ++shard.epoch;
        if (auto it = shard.index.find(key); it != shard.index.end()) remove(shard, it);
    }

    /// Forgets everything, and what is being read right now.
    void clear() {
        for (Shard& shard : shards_) {
            std::list<Entry> dropped;  // freed outside the lock
            const std::lock_guard lock(shard.mutex);
            ++shard.epoch;
            shard.index.clear();
            shard.order.swap(dropped);
            shard.bytes = 0;
        }
    }

    [[nodiscard]] Statistics statistics() const {
        Statistics sum;
        for (const Shard& shard : shards_) {
            const std::lock_guard lock(shard.mutex);
            sum.hits += shard.hits;
            sum.misses += shard.misses;
            sum.entries += static_cast<std::int64_t>(shard.index.size());
            sum.bytes += static_cast<std::int64_t>(shard.bytes);
        }
        return sum;
    }

  private:
    static constexpr std::size_t shard_count = 16;
    static constexpr std::size_t entry_cost = 128;  // list node, index node, key

    struct Entry {
        Key key;
        Value value;
        std::size_t bytes;
        std::int64_t put_at_ms;
    };
    using Order = std::list<Entry>;
    struct Shard {
        mutable std::mutex mutex;
        Order order;  // most recently used first
        std::unordered_map<Key, typename Order::iterator, Hash> index;
        std::size_t bytes = 0;
        std::uint64_t epoch = 0;
        std::int64_t hits = 0, misses = 0;
    };

    Shard& shard_of(const Key& key) {
        // The upper half of a multiplicative mix: the map inside the shard uses the hash itself.
        const std::uint64_t mixed = static_cast<std::uint64_t>(Hash{}(key)) * 0x9E3779B97F4A7C15ULL;
        return shards_[(mixed >> 32) % shard_count];
    }
    [[nodiscard]] bool expired(const Entry& entry) const {
        return max_age_ms_ > 0 && clock_.now().ms - entry.put_at_ms >= max_age_ms_;
    }
    void remove(Shard& shard, typename decltype(Shard::index)::iterator it) {
        shard.bytes -= it->second->bytes;
        shard.order.erase(it->second);
        shard.index.erase(it);
    }

    std::array<Shard, shard_count> shards_;
    std::size_t entries_;
    std::size_t bytes_;
    std::int64_t max_age_ms_;
    const Clock& clock_;
};

}  // namespace cloudretail::cache
