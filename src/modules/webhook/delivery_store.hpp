// Messages, their deliveries and the tries of each in their tables: SQL only, plain functions on a session or
// transaction. Decides nothing.
#pragma once

#include <db/database.hpp>
#include "webhook.hpp"

namespace cloudretail::webhook::store {

struct Message {
    std::string id;
    int form = 0;  // 0: all of the event's data, 1: what others than its owner may see
    std::string type, body, traceparent;
    Timestamp at{};
};

/// A delivery that was taken for sending.
struct Due {
    Delivery delivery;
    std::string url, body, traceparent;
};

/// What a try made of a delivery.
struct Settlement {
    State state = State::pending;
    Timestamp next_at{};  // of a pending one
    Attempt attempt{};
};

/// Nothing where it is there.
void add_message(db::Tx& tx, const Message& message);
/// Due at once; nothing where the message has one to this endpoint.
DeliveryId add_delivery(db::Tx& tx, WebhookId webhook, const Message& message);

/// On SQLite another owner's lease is always a dead one's: the data directory's lock lets one process in.
struct DueQuestion {
    std::string_view owner;
    int of_each = 4;    // endpoint
    int limit = 1'000;  // in all
    WebhookId after{};  // endpoints behind this one first
    int on_trial = 5;   // failures in a row from which on an endpoint is on trial
};
std::vector<rules::Candidate> due(db::Session& session, const DueQuestion& question, Timestamp now);
/// Leased to `owner`; nullopt where it is another's, or not to be sent any more.
std::optional<Due> take(db::Tx& tx, DeliveryId id, std::string_view owner, Timestamp until);
void give_back(db::Tx& tx, DeliveryId id, std::string_view owner);
/// False (and nothing is done) where the lease is another's by now, or the delivery is over.
bool settle(db::Tx& tx, DeliveryId id, std::string_view owner, const Settlement& result);

std::optional<Delivery> find(db::Session& session, WebhookId webhook, DeliveryId id);
/// The one of this type that is still to be sent to the endpoint.
std::optional<Delivery> pending_of(db::Session& session, WebhookId webhook, std::string_view type);
/// Begins a new round.
void send_again(db::Tx& tx, DeliveryId id);

/// Of one endpoint or of all, in one state or any; newest first, with their latest `attempts` tries.
struct Filter {
    std::optional<WebhookId> webhook{};
    std::optional<State> state{};
};
std::vector<Delivery> list(db::Session& session, const Filter& filter, std::optional<DeliveryId> before,
                           std::int64_t offset, int limit, int attempts);
std::int64_t count(db::Session& session, const Filter& filter);

/// Ends at most `limit` that are still to be sent to endpoints that nothing is sent to any more.
std::int64_t bury(db::Tx& tx, int limit);
/// Deletes at most `limit` deliveries of removed endpoints, and those endpoints that have none left.
std::int64_t forget(db::Tx& tx, int limit);
/// Those that ended more than `retention_ms` ago.
std::int64_t sweep_deliveries(db::Tx& tx, std::int64_t retention_ms, int limit);
/// Those as old that no delivery is left of.
std::int64_t sweep_messages(db::Tx& tx, std::int64_t retention_ms, int limit);

struct DeliveryCounts {
    std::int64_t pending = 0, dead = 0;
};
DeliveryCounts delivery_counts(db::Session& session);

struct Fault {
    std::string rule, id;
};
std::vector<Fault> faults(db::Session& session, int limit);

}  // namespace cloudretail::webhook::store
