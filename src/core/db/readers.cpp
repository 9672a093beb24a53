// The reader threads; see readers.hpp. A read on a connection that turns out to be dead is repeated once on a
// new one.
#include "readers.hpp"

#include "writer.hpp"

#include <pthread.h>
#include <log/log.hpp>

namespace cloudretail::db {
namespace {

/// A session unused for so long is asked whether it still lives.
constexpr std::chrono::seconds stale{30};

}  // namespace

Readers::Readers(const Settings& settings, resilience::Breaker& breaker, Counters& counters)
    : settings_(settings), breaker_(breaker), counters_(counters) {}

Readers::~Readers() { close(); }

void Readers::open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    for (int i = 0; i < std::max(1, settings_.readers); ++i) threads_.emplace_back([this] { loop(); });
}

void Readers::submit(std::unique_ptr<Database::ReadJob> job) {
    if (breaker_.open()) {
        return refuse(*job, "the database of " + settings_.module + " is away",
                      std::max(1, settings_.breaker_reset_ms / 1000));
    }
    {
        const std::lock_guard lock(mutex_);
        if (open_ && queue_.size() < static_cast<std::size_t>(settings_.read_queue)) {
            if (in_use_ >= static_cast<std::int64_t>(threads_.size())) ++counters_.pool_waits;
            queue_.push_back(std::move(job));
        }
    }
    if (job) return refuse(*job, "too many reads wait for the database of " + settings_.module, 1);
    wake_.notify_one();
}

void Readers::refuse(Database::ReadJob& job, const std::string& why, int retry_after_s) noexcept {
    ++counters_.refused;
    complete(settings_.module, [&] { job.failed(std::make_exception_ptr(Unavailable(why, retry_after_s))); });
}

void Readers::loop() {
    pthread_setname_np(pthread_self(), ("rd-" + settings_.module).substr(0, 15).c_str());
    Reader reader;
    for (;;) {
        std::unique_ptr<Database::ReadJob> job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return !queue_.empty() || !open_; });
            if (queue_.empty()) return;
            job = std::move(queue_.front());
            queue_.pop_front();
            ++in_use_;
        }
        run(reader, *job);
    }
}

void Readers::run(Reader& reader, Database::ReadJob& job) {
    std::exception_ptr error;
    bool again = true;
    for (int n = 0; n < 2 && again; ++n) {
        if (!breaker_.allow()) {
            --in_use_;
            return refuse(job, "the database of " + settings_.module + " is away",
                          std::max(1, settings_.breaker_reset_ms / 1000));
        }
        error = attempt(reader, job, again);
    }
    ++counters_.reads;
    --in_use_;
    complete(settings_.module, [&] { error ? job.failed(error) : job.done(); });
}

std::exception_ptr Readers::attempt(Reader& reader, Database::ReadJob& job, bool& again) {
    again = false;
    std::exception_ptr error;
    try {
        connect(reader);
        job.run(*reader.session);
        reader.used = std::chrono::steady_clock::now();
    } catch (const Fault& fault) {
        error = std::current_exception();
        breaker_.failed();
        log::warning("a database read failed", {{"module", settings_.module}, {"why", fault.what()}});
        if (fault.connection_lost) {
            again = true;
            reader.session.reset();
        }
        return error;
    } catch (...) {
        error = std::current_exception();
    }
    // The next read would see what this one saw, for ever.
    if (reader.session && reader.session->impl().left_open()) {
        log::error("a read left a transaction open", {{"module", settings_.module}});
        reader.session.reset();
    }
    breaker_.succeeded();
    return error;
}

void Readers::connect(Reader& reader) {
    const bool idle = reader.session && std::chrono::steady_clock::now() - reader.used > stale;
    if (idle && !reader.session->impl().alive()) reader.session.reset();
    if (!reader.session) reader.session.emplace(Session::Impl::open(settings_, Role::reader));
}

void Readers::close() {
    {
        const std::lock_guard lock(mutex_);
        open_ = false;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

std::int64_t Readers::depth() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(queue_.size());
}

}  // namespace cloudretail::db
