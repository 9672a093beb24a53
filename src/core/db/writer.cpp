// The writer's queue and thread; see writer.hpp. What a batch does is in group_commit.cpp.
#include "writer.hpp"

#include <pthread.h>
#include <algorithm>
#include <iterator>
#include <log/log.hpp>

namespace cloudretail::db {
namespace {

/// Without a job for so long, the files are tidied.
constexpr std::chrono::seconds idle{3};
/// Between two tries to truncate the WAL for somebody who waits for it, however busy the writer is.
constexpr std::chrono::milliseconds scrub_pause{500};

}  // namespace

void complete(std::string_view module, const std::function<void()>& completion) noexcept {
    try {
        completion();
    } catch (const std::exception& e) {
        log::error("a database completion threw", {{"module", module}, {"why", e.what()}});
    } catch (...) {
        log::error("a database completion threw", {{"module", module}});
    }
}

Writer::Writer(const Settings& settings, const Clock& clock, resilience::Breaker& breaker, Counters& counters)
    : settings_(settings),
      breaker_(breaker),
      counters_(counters),
      commits_(settings, clock, breaker, counters) {}

Writer::~Writer() { close(); }

void Writer::open(bool must_connect) {
    try {
        commits_.connect();
    } catch (const Fault& fault) {
        if (must_connect) throw;
        log::warning("a database is away", {{"module", settings_.module}, {"why", fault.what()}});
        for (int i = 0; i < settings_.breaker_failures; ++i) breaker_.failed();
    }
    const std::lock_guard lock(mutex_);
    open_ = true;
    if (!settings_.inline_executor) thread_ = std::thread([this] { loop(); });
}

void Writer::submit(std::unique_ptr<Database::Job> job) {
    // The reset time over, one batch is let in: the writer's trial.
    if (breaker_.open()) {
        return refuse(*job, "the database of " + settings_.module + " is away",
                      std::max(1, settings_.breaker_reset_ms / 1000));
    }
    bool notify = false;
    {
        std::unique_lock lock(mutex_);
        if (open_ && settings_.inline_executor) {
            lock.unlock();
            return run_inline(std::move(job));
        }
        if (open_ && queue_.size() < static_cast<std::size_t>(settings_.write_queue)) {
            queue_.push_back(std::move(job));
            notify = waiting_;
            waiting_ = false;
        }
    }
    if (notify) wake_.notify_one();
    if (job) refuse(*job, "too many changes wait for the database of " + settings_.module, 1);
}

void Writer::refuse(Database::Job& job, const std::string& why, int retry_after_s) noexcept {
    ++counters_.refused;
    complete(settings_.module, [&] { job.failed(std::make_exception_ptr(Unavailable(why, retry_after_s))); });
}

void Writer::loop() {
    pthread_setname_np(pthread_self(), ("db-" + settings_.module).substr(0, 15).c_str());
    std::vector<Pending> batch;
    bool tidied = false;
    auto tidied_at = std::chrono::steady_clock::now();
    while (wait(batch, tidied)) {
        const bool due = !scrubbing_.empty() && std::chrono::steady_clock::now() - tidied_at > scrub_pause;
        if (batch.empty() || due) {
            tidied = tidy();
            tidied_at = std::chrono::steady_clock::now();  // however long that took, the pause is for jobs
        }
        if (batch.empty()) continue;
        tidied = false;
        commits_.run(batch, [this](std::span<Pending> jobs) { tell(jobs); });
        batch.clear();
    }
    commits_.close();
    for (auto& then : std::exchange(scrubbing_, {})) give_up(then);
}

/// Waits for jobs, and answers with some; with none when it is time to tidy; false when closed and all is
/// done.
bool Writer::wait(std::vector<Pending>& batch, bool tidied) {
    std::unique_lock lock(mutex_);
    const auto woken = [&] { return !queue_.empty() || !open_ || !scrubs_.empty(); };
    waiting_ = !woken();
    if (tidied) {
        wake_.wait(lock, woken);
    } else {
        wake_.wait_for(lock, scrubbing_.empty() ? idle : scrub_pause, woken);
    }
    waiting_ = false;
    const std::size_t most = static_cast<std::size_t>(std::max(1, settings_.batch));
    while (!queue_.empty() && batch.size() < most) {
        batch.push_back({std::move(queue_.front())});
        queue_.pop_front();
    }
    std::ranges::move(scrubs_, std::back_inserter(scrubbing_));
    scrubs_.clear();
    return open_ || !batch.empty();
}

/// Truncates the WAL, because it is long or because somebody asked; false: to be tried again.
bool Writer::tidy() {
    const bool tidied = commits_.tidy(!scrubbing_.empty());
    if (!tidied) return false;
    for (auto& then : std::exchange(scrubbing_, {}))
        complete(settings_.module, [&then] { then(Outcome<Unit>(Unit{})); });
    return true;
}

void Writer::tell(std::span<Pending> jobs) noexcept {
    bool published = false;
    for (Pending& pending : jobs) {
        published = published || (!pending.error && pending.published);
        complete(settings_.module, [&] {
            pending.error ? pending.job->failed(std::move(pending.error)) : pending.job->done();
        });
        pending.job.reset();
    }
    if (published && listener_) complete(settings_.module, listener_);
}

void Writer::run_inline(std::unique_ptr<Database::Job> job) {
    // A job must not use its own database but through its Tx; with threads it would wait for itself for ever.
    CR_ASSERT(inline_owner_.load() != std::this_thread::get_id());
    Pending pending{std::move(job)};
    {
        const std::lock_guard lock(inline_mutex_);
        inline_owner_ = std::this_thread::get_id();
        commits_.run(std::span(&pending, 1), [](std::span<Pending>) {});
        inline_owner_ = std::thread::id{};
    }
    tell(std::span(&pending, 1));
}

void Writer::read_inline(Database::ReadJob& job) {
    CR_ASSERT(inline_owner_.load() != std::this_thread::get_id());
    std::exception_ptr error;
    {
        const std::lock_guard lock(inline_mutex_);
        inline_owner_ = std::this_thread::get_id();
        try {
            Session& session = commits_.session();
            session.impl().command("PRAGMA query_only=ON");
            try {
                job.run(session);
            } catch (...) {
                error = std::current_exception();
            }
            session.impl().command("PRAGMA query_only=OFF");
        } catch (...) {
            error = std::current_exception();
        }
        inline_owner_ = std::thread::id{};
    }
    complete(settings_.module, [&] { error ? job.failed(error) : job.done(); });
}

void Writer::scrub(Then<Unit> then) {
    {
        const std::lock_guard lock(mutex_);
        if (open_ && !settings_.inline_executor) {
            scrubs_.push_back(std::move(then));
            waiting_ = false;
        }
    }
    if (!then) return wake_.notify_one();
    // Inline: a database in memory leaves nothing behind.
    if (settings_.inline_executor) return then(Outcome<Unit>(Unit{}));
    give_up(then);
}

void Writer::give_up(Then<Unit>& then) noexcept {
    const auto why = std::make_exception_ptr(Unavailable("the database of " + settings_.module + " closes"));
    complete(settings_.module, [&] { then(Outcome<Unit>(why)); });
}

void Writer::close() {
    {
        const std::lock_guard lock(mutex_);
        open_ = false;
        waiting_ = false;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (settings_.inline_executor) commits_.close();
}

std::int64_t Writer::depth() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(queue_.size());
}

}  // namespace cloudretail::db
