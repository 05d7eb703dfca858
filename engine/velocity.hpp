// How fast a SKU sells: orders per calendar day, exponentially weighted with a half-life of two days.
#pragma once

#include "engine/types.hpp"

#include <cstdint>

namespace lockstep::engine {

// One counter that decays continuously. A steady rate of n orders a day settles at per_day() = n.
// One order is one order line when it is first seen with units, or one confirmed hold (see evolve).
// Deterministic: moved by the times of facts only, asked with the reader's own `now`.
class velocity {
 public:
  // One order at `at`. Times that go back count as the last one.
  void count(time_point at);

  // Orders per day as of `now`.
  [[nodiscard]] double per_day(time_point now) const;

  // The stored form: weight and the time it was true.
  [[nodiscard]] double weight() const { return weight_; }

  [[nodiscard]] time_point as_of() const { return as_of_; }

  static velocity restore(double weight, time_point as_of);

  friend bool operator==(const velocity&, const velocity&) = default;

 private:
  double weight_ = 0;
  time_point as_of_{};
};

} // namespace lockstep::engine
