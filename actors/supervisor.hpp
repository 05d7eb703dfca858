// Watches every long-lived actor. A SKU's actor that failed is replaced: its successor loads once everything
// the failed one had decided is durable. A channel's actor starts again from what the store knows, a console
// without its connections; one that fails too often stays closed. What else cannot be replaced safely, or
// fails too often, ends the process.
#pragma once

#include "actors/core.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <deque>
#include <string>

namespace lockstep::actors {

// Restart intensity: at most limits::restarts_per_actor_max of one actor and limits::restarts_max overall in
// a window.
class restart_budget {
 public:
  // Why one more restart of `who` now is one too many; empty when it is allowed.
  [[nodiscard]] std::string spend(const std::string& who, engine::time_point now);

 private:
  using times = std::deque<engine::time_point>;
  static void forget_old(times& past, engine::time_point now);

  times all_;
  boost::unordered_flat_map<std::string, times> by_actor_;
};

[[nodiscard]] caf::actor spawn_supervisor(core& shared);

} // namespace lockstep::actors
