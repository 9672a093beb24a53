// See intake.hpp.
#include "intake.hpp"

#include <base/json.hpp>
#include <events/audience.hpp>
#include <stdexcept>
#include <user/events.hpp>
#include <webhook/events.hpp>
#include "delivery_store.hpp"
#include "event_types.hpp"

namespace cloudretail::webhook {

namespace {

/// What events of a user change of the endpoints that the user owns. user.deleted comes after the erasure,
/// which has removed them; where it finds some, they were made meanwhile.
void follow_owner(db::Tx& tx, const events::Event& event) {
    const auto owner = UserId::parse(event.subject);
    if (!owner) throw std::runtime_error("an event of a user names none");
    if (event.type == user::user_deleted) {
        store::remove_all_of(tx, *owner);
    } else if (event.type == user::user_disabled || event.type == user::user_enabled) {
        store::set_owner_active(tx, *owner, event.type == user::user_enabled);
    } else if (event.type == user::user_role_changed) {
        auto data = json::Document::parse(event.data);
        const auto role = data ? role_from_text(data->root()["role"].text().value_or("")) : std::nullopt;
        if (!role) throw std::runtime_error("an event of a user's role names none");
        store::set_owner_role(tx, *owner, *role);
    }
}

store::Message message_of(const events::Event& event, std::string_view module, std::string_view data) {
    return {event.id.to_string(), data == event.data ? 0 : 1,
            event.type,           events::to_cloud_event(module, event, data),
            event.traceparent,    event.at};
}

}  // namespace

/// Read again where it may have changed since the transaction began: events that are at hand were published
/// before that.
const std::vector<Intake::Hearer>& Intake::hearers(db::Tx& tx) {
    if (!again_.exchange(false) && looked_at_ == tx.now()) return hearers_;
    std::string stamp = store::stamp(tx.session());
    if (stamp != stamp_) {
        hearers_.clear();
        for (store::Listener& who : store::listeners(tx.session())) {
            const auto types = filter_of(who.events);
            hearers_.push_back({std::move(who), types});
        }
    }
    stamp_ = std::move(stamp);
    looked_at_ = tx.now();
    return hearers_;
}

void Intake::take(db::Tx& tx, std::string_view module, const events::Event& event) {
    if (module == "user") {
        follow_owner(tx, event);
        look_again();
    }
    for (const Hearer& hearer : hearers(tx)) {
        const store::Listener& who = hearer.who;
        if (event.at < who.created_at || !hearer.types.matches(event.type)) continue;
        if (!events::may_see(who.owner, event)) continue;
        const auto message = message_of(event, module, events::shown_to(who.owner, event));
        store::add_message(tx, message);
        store::add_delivery(tx, who.id, message);
        note_new();
    }
}

DeliveryId add_test(db::Tx& tx, WebhookId webhook, const std::string& traceparent) {
    events::Event event;
    event.id = make_uuid();
    event.type = test_event;
    event.subject = webhook.to_string();
    json::Writer data;
    data.begin_object().member("webhookId", webhook).end_object();
    event.data = data.take();
    event.traceparent = traceparent;
    event.at = tx.now();
    const auto message = message_of(event, "webhook", event.data);
    store::add_message(tx, message);
    return store::add_delivery(tx, webhook, message);
}

}  // namespace cloudretail::webhook
