// The verb `health`: asks the server of this configuration over HTTP whether it is ready, as a load balancer
// would; for container health checks. Touches no data and no lock. Thread rule: a thread that may block.
#pragma once

#include <app/control.hpp>
#include <config/config.hpp>

namespace cloudretail::app {

/// Status 0: GET /health/ready at gateway.address and gateway.port was answered 200 within 5 s.
VerbReply ask_health(const config::Config& config);

}  // namespace cloudretail::app
