// What the daemon tells the service manager that started it, sd_notify(3). Without one, or built without
// libsystemd, nothing is told.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lockstep::app::service_manager {

// Serving; `status` is one line for people.
void ready(std::string_view status);
// Reading its configuration again; ready() ends it.
void reloading();
void stopping(std::string_view status);
// The work goes on: send it more often than the interval.
void alive();
// How long without alive() until the service manager kills the process; nothing when it does not watch.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog();

} // namespace lockstep::app::service_manager
