// The JSON of the administrators' answers. No I/O. Thread rule: plain functions.
#pragma once

#include <app/admin_routes.hpp>
#include <audit/audit.hpp>
#include <events/upkeep.hpp>
#include <saga/inspect.hpp>
#include <string>

namespace cloudretail::app {

std::string overview_json(const AdminDesk& desk);
std::string breakers_json(const Parts& parts);
std::string jobs_json(const AdminDesk& desk);
/// Further members of the list of events: `"modules":[…],"subscriptions":[…]`.
std::string outbox_members(const AdminDesk& desk);

std::string to_json(const saga::Listed& saga, const std::string& module,
                    const std::optional<saga::Progress>& here, Timestamp now);
std::string to_json(const events::OutboxEntry& event, const std::string& module);
std::string to_json(const events::DeadLetter& letter, const std::string& module);
std::string to_json(const audit::Entry& entry, const std::string& module);

}  // namespace cloudretail::app
