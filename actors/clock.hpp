// Time as the engine sees it: wall time taken once, then advanced by CAF's steady clock, so it never goes
// back and a test's virtual clock moves it. A jump of the wall clock afterwards is reported by drift(), never
// followed.
#pragma once

#include "engine/types.hpp"

#include <caf/actor_clock.hpp>

namespace lockstep::actors {

// The system's wall clock.
[[nodiscard]] engine::time_point system_time();

class wall_clock {
 public:
  // `start`: the wall time now, or the last stored fact's when that is later (the wall clock was set back
  // meanwhile).
  wall_clock(const caf::actor_clock& source, engine::time_point start);

  // Any thread.
  [[nodiscard]] engine::time_point now() const;

  // How far `wall` (the system's clock) is ahead of now().
  [[nodiscard]] engine::duration drift(engine::time_point wall) const { return wall - now(); }

 private:
  const caf::actor_clock& source_;
  caf::actor_clock::time_point steady_start_;
  engine::time_point start_;
};

} // namespace lockstep::actors
