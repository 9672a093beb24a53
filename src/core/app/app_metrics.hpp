// Numbers of the whole for /metrics: databases, breakers, bus, sagas, process. Everything is read when
// scraped, so it costs nothing between scrapes.
#pragma once

#include <app/health.hpp>
#include <events/bus.hpp>
#include <metrics/metrics.hpp>
#include <runtime/runtime.hpp>
#include <saga/saga.hpp>

namespace cloudretail::app {

/// After the modules started (their subscriptions are known then). All arguments must outlive the last
/// scrape.
void register_metrics(metrics::Registry& registry, const Parts& parts, const events::Bus& bus,
                      const saga::Engine& sagas, const runtime::Runtime& runtime, const DiskWatch& disk);

}  // namespace cloudretail::app
