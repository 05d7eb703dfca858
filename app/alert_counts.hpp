// What became of alerts, for metrics. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace lockstep::app {

struct alert_counts {
  std::atomic<std::uint64_t> delivered{0}; // messages that were answered 2xx
  std::atomic<std::uint64_t> failed{0};    // attempts that were not
  std::atomic<std::uint64_t> waiting{0};   // messages that are due
};

} // namespace lockstep::app
