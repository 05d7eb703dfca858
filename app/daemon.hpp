// `lockstep run`: a service from the first signal to the last. SIGTERM and SIGINT drain, a second one ends at
// once (safe at any time: nothing is acknowledged before it is durable), SIGHUP reads the configuration
// again.
#pragma once

#include "app/configuration.hpp"
#include "app/exit_code.hpp"
#include "engine/error.hpp"

namespace lockstep::app {

// Serves until told to stop. Call it once in a process, before any thread is started. A wrong configuration
// ends it before the store is touched.
[[nodiscard]] exit_code run_daemon(const configuration_sources& sources);

// How a start that failed so should end: by it the service manager decides whether to try again.
[[nodiscard]] exit_code exit_code_of(engine::error_code failure);

} // namespace lockstep::app
