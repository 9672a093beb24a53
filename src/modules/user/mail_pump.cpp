// The thread that sends mails; see mail_pump.hpp.
#include "mail_pump.hpp"

#include <pthread.h>
#include <algorithm>
#include <atomic>
#include <log/log.hpp>
#include <resilience/backoff.hpp>
#include "mail_store.hpp"

namespace cloudretail::user {

namespace {

constexpr int per_turn = 10;                     // mails leased at once
constexpr std::chrono::milliseconds pause{500};  // between two looks at the queue
constexpr int turns_between_tidying = 120;       // a minute

metrics::Counter& counter(metrics::Registry& metrics, const char* result) {
    return metrics.counter("cloudretail_mails_total", "Tries to send a mail, by how they ended.",
                           {{"result", result}});
}

}  // namespace

struct MailPump::Counts {
    std::atomic<std::int64_t> waiting{0}, dead{0};
};

MailPump::MailPump(db::Database& database, mail::Sender& sender, PumpSettings settings,
                   metrics::Registry& metrics)
    : database_(database),
      sender_(sender),
      settings_(std::move(settings)),
      sent_(counter(metrics, "sent")),
      failed_(counter(metrics, "failed")),
      given_up_(counter(metrics, "given_up")),
      counts_(std::make_shared<Counts>()),
      owner_(make_uuid().to_string()),
      job_("user.mail", database.clock()),
      credit_(std::int64_t{settings_.per_second} * 1'000),
      credited_at_(database.clock().now()) {
    metrics.gauge("cloudretail_mails", "Mails in the queue.", {{"state", "waiting"}},
                  [counts = counts_] { return static_cast<double>(counts->waiting.load()); });
    metrics.gauge("cloudretail_mails", "Mails in the queue.", {{"state", "given_up"}},
                  [counts = counts_] { return static_cast<double>(counts->dead.load()); });
}

MailPump::~MailPump() { stop(); }

void MailPump::start() {
    thread_ = std::thread([this] { loop(); });
}

void MailPump::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    sender_.stop();
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void MailPump::forget(std::string address, Timestamp until, Then<Unit> then) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) forgettings_.push_back({std::move(address), until, std::move(then)});
    }
    if (then) return then(Outcome<Unit>(std::make_exception_ptr(Unavailable("no mail is sent any more"))));
    wake_.notify_all();
}

void MailPump::forget_all() {
    std::vector<Forgetting> all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(forgettings_);
    }
    for (Forgetting& f : all) {
        std::exception_ptr trouble;
        try {
            sender_.forget(f.address, f.until);
        } catch (...) {
            trouble = std::current_exception();
        }
        trouble ? f.then(Outcome<Unit>(trouble)) : f.then(Outcome<Unit>(Unit{}));
    }
}

void MailPump::loop() {
    pthread_setname_np(pthread_self(), "mail");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        forget_all();
        work();
        lock.lock();
        wake_.wait_for(lock, pause, [this] { return stopping_ || !forgettings_.empty(); });
    }
    lock.unlock();
    forget_all();
}

/// Everything that is due.
void MailPump::work() {
    std::string error;
    job_.began();
    try {
        while (turn() > 0 && !stopping()) forget_all();
        look();
        if (--until_tidying_ < 0) {
            sender_.tidy(database_.clock().now());
            until_tidying_ = turns_between_tidying;
        }
        away_ = false;
    } catch (const std::exception& e) {
        error = e.what();
        if (!away_) log::warning("mails have to wait", {{"error", error}});
        away_ = true;
    }
    job_.ended(std::move(error), pause.count());
}

bool MailPump::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void MailPump::look() {
    const auto counts = database_.read_blocking([](db::Session& s) { return store::count_mails(s); });
    counts_->waiting = counts.waiting;
    counts_->dead = counts.dead;
}

int MailPump::allowed(Timestamp now) {
    const std::int64_t most = std::int64_t{settings_.per_second} * 1'000;
    const std::int64_t passed = std::clamp<std::int64_t>(now.ms - credited_at_.ms, 0, 1'000);
    credit_ = std::min(most, credit_ + passed * settings_.per_second);
    credited_at_ = now;
    return static_cast<int>(std::min<std::int64_t>(per_turn, credit_ / 1'000));
}

int MailPump::turn() {
    if (!sender_.available()) return 0;
    const Timestamp now = database_.clock().now();
    const int most = allowed(now);
    if (most == 0) return 0;
    auto due = [&](db::Session& s) { return store::mail_due(s, owner_, now); };
    if (!database_.read_blocking(due)) return 0;
    const Timestamp until = now.plus_ms((per_turn + 1) * settings_.timeout_ms);
    auto take = [owner = owner_, until, most](db::Tx& tx) {
        return store::take_mails(tx, owner, until, most);
    };
    const auto mails = database_.write_blocking(std::move(take));
    credit_ -= static_cast<std::int64_t>(mails.size()) * 1'000;
    std::vector<std::string> done;
    for (const auto& queued : mails) {
        if (stopping()) break;  // the leases run out
        const Letter& letter = queued.letter;
        mail::Sent sent{mail::Sent::Kind::refused, "the address is none"};
        if (mail::is_address(letter.to))
            sent = sender_.send({settings_.from, letter.to, letter.subject, letter.text, letter.reference,
                                 queued.created_at});
        if (sent.kind == mail::Sent::Kind::sent) {
            done.push_back(letter.reference);
        } else {
            settle_failed(letter.reference, queued.attempts + 1, sent);
        }
    }
    settle_sent(done);
    return static_cast<int>(mails.size());
}

/// Those of one turn together: a commit for each would cost more than sending them.
void MailPump::settle_sent(const std::vector<std::string>& references) {
    if (references.empty()) return;
    database_.write_blocking([&](db::Tx& tx) {
        for (const auto& reference : references) store::mail_sent(tx, reference, owner_);
        return Unit{};
    });
    sent_.add(static_cast<std::int64_t>(references.size()));
}

void MailPump::settle_failed(const std::string& reference, int attempts, const mail::Sent& sent) {
    using Kind = mail::Sent::Kind;
    failed_.add();
    if (sent.kind == Kind::refused || attempts >= settings_.attempts) {
        database_.write_blocking([&](db::Tx& tx) {
            store::mail_dead(tx, reference, owner_, sent.reason);
            return Unit{};
        });
        given_up_.add();
        return log::error("a mail was given up",
                          {{"reference", reference}, {"attempts", attempts}, {"reason", sent.reason}});
    }
    const auto delay = resilience::backoff_ms(attempts, settings_.first_delay_ms, settings_.max_delay_ms);
    database_.write_blocking([&](db::Tx& tx) {
        store::mail_postponed(tx, reference, owner_, sent.reason, tx.now().plus_ms(delay));
        return Unit{};
    });
    log::warning("a mail is tried again later", {{"reference", reference}, {"reason", sent.reason}});
}

}  // namespace cloudretail::user
