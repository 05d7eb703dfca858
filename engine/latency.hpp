// How long things take, as a histogram of fixed size: buckets grow by an eighth of a power of two, so a
// quantile is at most 12.5 % too high. Old values fade: when enough have been counted, all counts are halved.
#pragma once

#include "engine/types.hpp"

#include <array>
#include <cstdint>

namespace lockstep::engine {

class latency {
 public:
  // Negative durations count as zero.
  void count(duration took);

  // Upper edge of the bucket that holds the quantile (0 to 1); zero when nothing was counted.
  [[nodiscard]] duration quantile(double share) const;

  [[nodiscard]] std::uint64_t counted() const { return total_; }

 private:
  void fade();

  static constexpr std::size_t steps = 8;            // buckets per power of two
  static constexpr std::size_t buckets = 44 * steps; // 2^44 microseconds are half a year
  std::array<std::uint32_t, buckets> counts_{};
  std::uint64_t total_ = 0;
};

} // namespace lockstep::engine
