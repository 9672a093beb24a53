// GET /api/events (a stream of server-sent events) and GET /api/events/log (the same events to catch up
// with): what core/events knows, as HTTP. Thread rule: called at start on one thread; handlers run on io
// threads.
#pragma once

#include <config/config.hpp>
#include <events/feed.hpp>
#include <gateway/route.hpp>
#include <metrics/metrics.hpp>
#include <security/sealed_box.hpp>
#include <vector>

namespace cloudretail::app {

/// Reads events.*.
events::FeedSettings feed_settings(const config::Config& config, gateway::Authenticator* authenticator);

/// What the routes work on; all of it outlives them.
struct EventSources {
    events::Feed& feed;
    const events::Journal& journal;
    const security::SealedBox& box;  // of the cursors
};

std::vector<gateway::Route> event_routes(const EventSources& from, const config::Config& config);

void register_metrics(metrics::Registry& registry, const events::Feed& feed);

}  // namespace cloudretail::app
