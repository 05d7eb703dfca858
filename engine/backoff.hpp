// How long to wait after failures in a row: doubling, bounded, spread by jitter so that many waiters do not
// return at once. Pure: the random number is an argument.
#pragma once

#include "engine/types.hpp"

namespace lockstep::engine {

class backoff {
 public:
  // The first wait is up to `first`, none is longer than `most`.
  backoff(duration first, duration most) : first_(first), most_(most) {}

  // Counts a failure and returns the wait after it: half to all of first * 2^(failures - 1), bounded.
  // `jitter` is uniform in [0, 1).
  [[nodiscard]] duration next(double jitter);

  // A success: the next failure waits `first` again.
  void reset() { failures_ = 0; }

  [[nodiscard]] int failures() const { return failures_; }

 private:
  duration first_;
  duration most_;
  int failures_ = 0;
};

} // namespace lockstep::engine
