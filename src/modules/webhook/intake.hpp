// From events to deliveries: what every subscription of this module does, in the transaction of its cursor,
// so that each endpoint that may see an event and asked for it gets one delivery of it, once. Also keeps what
// this module must know of endpoints' owners. Thread rule: take() on the writer's thread alone.
#pragma once

#include <atomic>
#include <events/bus.hpp>
#include <events/cloud_event.hpp>
#include "store.hpp"

namespace cloudretail::webhook {

class Intake {
  public:
    /// `module` published the event.
    void take(db::Tx& tx, std::string_view module, const events::Event& event);
    /// Were there deliveries since it was last asked? Any thread.
    [[nodiscard]] bool anything_new() { return fresh_.exchange(false); }
    void note_new() { fresh_ = true; }
    /// Who listens was changed by this process, maybe within the same moment.
    void look_again() { again_ = true; }

  private:
    struct Hearer {
        store::Listener who;
        events::TypeFilter types;
    };
    const std::vector<Hearer>& hearers(db::Tx& tx);

    std::vector<Hearer> hearers_;
    std::string stamp_ = "none yet";
    Timestamp looked_at_{};
    std::atomic<bool> fresh_{false}, again_{true};
};

/// A message that goes to one endpoint because somebody asked for it. Answers the delivery.
DeliveryId add_test(db::Tx& tx, WebhookId webhook, const std::string& traceparent);

}  // namespace cloudretail::webhook
