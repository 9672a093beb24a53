// Sends what is due: takes deliveries by lease, fairly among endpoints, has the HTTP client send them, and
// writes down what became of each try. What was sent and not yet written down when the process died is sent
// again, with the same webhook-id. Several processes on one database share the work by leases. Thread rule:
// everything but the getters happens on the background context.
#pragma once

#include <app/job.hpp>
#include <app/module.hpp>
#include <http/client.hpp>
#include <resilience/backoff.hpp>
#include <security/sealed_box.hpp>
#include "delivery_store.hpp"
#include "intake.hpp"

namespace cloudretail::webhook {

struct PumpSettings {
    rules::Schedule schedule{};
    int at_once = 64;                // tries under way, in all
    int per_webhook = 4;             // and to one endpoint
    std::int64_t lease_ms = 60'000;  // longer than a try may take
    std::int64_t poll_ms = 500;      // between two looks where nothing says that there is something
    resilience::Jitter jitter = resilience::random_jitter;
};

class Pump {
  public:
    /// What it is given must outlive it and the runtime's spawned work.
    Pump(const app::Environment& environment, db::Database& database, Intake& intake,
         const security::SealedBox& box, http::Client& client, PumpSettings settings);

    /// Works until stop(). Once.
    void start();
    /// Begins nothing more and ends what is under way; the runtime's drain waits for it. Idempotent.
    void stop();
    /// Begins what is due and there is room for; answers how much that was. For the loop, and for tests
    /// without one: what was begun is spawned work of the runtime.
    static Task<int> turn(Pump& self);
    /// Ends what nothing is sent of any more, and counts.
    static Task<void> tidy(Pump& self);

    [[nodiscard]] const app::Job& job() const { return job_; }
    [[nodiscard]] app::Condition condition() const;

  private:
    struct Numbers;
    static Task<void> loop(Pump& self);
    static Task<void> deliver(Pump& self, store::Due due, std::vector<Secret> secrets);
    [[nodiscard]] http::ClientRequest request(const store::Due& due, const std::vector<Secret>& secrets,
                                              Timestamp now) const;
    /// What writing a try down did besides.
    struct Effect {
        bool given_up = false;
        const char* switched_off = nullptr;  // the endpoint, and why
    };
    [[nodiscard]] Effect settle(db::Tx& tx, const store::Due& due, const http::ClientAnswer& answer,
                                Timestamp at) const;
    [[nodiscard]] Effect fail(db::Tx& tx, const store::Due& due, const http::ClientAnswer& answer,
                              store::Settlement settlement) const;
    void switch_off(db::Tx& tx, Webhook webhook, const char* reason) const;
    void count(const store::Due& due, const http::ClientAnswer& answer, const Effect& effect);

    db::Database& database_;
    runtime::Runtime& runtime_;
    Intake& intake_;
    const security::SealedBox& box_;
    http::Client& client_;
    const PumpSettings settings_;
    const std::string owner_;           // of leases: this pump
    std::shared_ptr<Numbers> numbers_;  // shared with the gauges, which outlive us
    metrics::Histogram& duration_;
    app::Job job_;
    std::atomic<bool> stopping_{false};
    int under_way_ = 0;
    std::map<WebhookId, int> busy_;
    WebhookId last_{};  // the endpoint that had the last turn
};

}  // namespace cloudretail::webhook
