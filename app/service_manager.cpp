#include "app/service_manager.hpp"

#include "adapters/printable.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#ifdef LOCKSTEP_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace lockstep::app::service_manager {

namespace {

#ifdef LOCKSTEP_SYSTEMD

// A service manager that does not listen is its own trouble: nothing of ours depends on it.
void tell(const std::string& state) {
  (void)sd_notify(0, state.c_str());
}

#else

void tell(const std::string&) {}

#endif

} // namespace

void ready(std::string_view status) {
  tell(fmt::format("READY=1\nSTATUS={}", adapters::printable(status)));
}

void reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void stopping(std::string_view status) {
  tell(fmt::format("STOPPING=1\nSTATUS={}", adapters::printable(status)));
}

void alive() {
  tell("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog() {
#ifdef LOCKSTEP_SYSTEMD
  std::uint64_t interval = 0;
  if (sd_watchdog_enabled(0, &interval) > 0) return std::chrono::microseconds{interval};
#endif
  return std::nullopt;
}

} // namespace lockstep::app::service_manager
