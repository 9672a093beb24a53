// Sends what the queue of mails holds: one thread that leases due mails, hands them to the sender and writes
// down what became of each. A mail that fails waits ever longer, with jitter, and is given up after
// mail.attempts tries. Several processes on one database share the work by leases.
#pragma once

#include <app/job.hpp>
#include <condition_variable>
#include <db/database.hpp>
#include <mail/sender.hpp>
#include <memory>
#include <metrics/metrics.hpp>
#include <mutex>
#include <thread>
#include <vector>

namespace cloudretail::user {

struct PumpSettings {
    mail::Mailbox from;
    int per_second = 20;
    int attempts = 20;
    std::int64_t first_delay_ms = 10'000, max_delay_ms = 3'600'000;
    std::int64_t timeout_ms = 15'000;  // of one mail; leases last longer than a whole turn may
};

class MailPump {
  public:
    /// What it is given must outlive it.
    MailPump(db::Database& database, mail::Sender& sender, PumpSettings settings, metrics::Registry& metrics);
    ~MailPump();
    MailPump(const MailPump&) = delete;

    /// Starts the thread.
    void start();
    /// Ends a try under way and joins. Idempotent.
    void stop();
    /// Deletes what the sender keeps of mails to this address; `then` is called on the pump's thread, or at
    /// once with Unavailable where it has stopped.
    void forget(std::string address, Timestamp until, Then<Unit> then);
    /// Sends some of what is due and allowed by now; answers how many were tried. Blocks; for the thread, and
    /// for tests without one.
    int turn();
    /// Its visits to the queue.
    [[nodiscard]] const app::Job& job() const { return job_; }

  private:
    struct Counts;
    struct Forgetting {
        std::string address;
        Timestamp until;
        Then<Unit> then;
    };
    void loop();
    void work();
    void forget_all();
    int allowed(Timestamp now);
    void look();
    bool stopping();
    void settle_sent(const std::vector<std::string>& references);
    void settle_failed(const std::string& reference, int attempts, const mail::Sent& sent);

    db::Database& database_;
    mail::Sender& sender_;
    PumpSettings settings_;
    metrics::Counter &sent_, &failed_, &given_up_;
    std::shared_ptr<Counts> counts_;  // shared with the gauges, which outlive us
    std::string owner_;               // lease owner: this pump
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Forgetting> forgettings_;
    app::Job job_;
    std::int64_t credit_;  // thousandths of mails that may be sent now; fills up to a second's
    Timestamp credited_at_{};
    bool stopping_ = false;
    bool away_ = false;      // of the thread: told already
    int until_tidying_ = 0;  // of the thread
    std::thread thread_;
};

}  // namespace cloudretail::user
