// What administrators ask of the whole: /api/admin/*. Only what core knows; every answer is put together from
// what others keep. Thread rule: routes are made at start on one thread; handlers are coroutines.
#pragma once

#include <app/health.hpp>
#include <app/housekeeping.hpp>
#include <gateway/route.hpp>
#include <saga/saga.hpp>
#include <vector>

namespace cloudretail::app {

/// What the handlers look at; outlives the routes.
struct AdminDesk {
    const Parts& parts;
    events::Bus& bus;
    const saga::Engine& sagas;
    const Health& health;
    const Housekeeping& housekeeping;
    const DiskWatch& disk;
    const Clock& clock;
    Timestamp started_at{};
};

std::vector<gateway::Route> admin_routes(const AdminDesk& desk);

}  // namespace cloudretail::app
