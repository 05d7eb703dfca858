// A token bucket that knows nothing of its channel at first and learns from what answers tell: Shopify
// reports its bucket on every answer (marketplaces.md 3.4), others only say no. Points are the channel's own
// unit of cost.
#pragma once

#include "engine/types.hpp"

#include <optional>

namespace lockstep::engine {

// What one answer told of the channel's limits; absent members were not told.
struct throttle {
  std::optional<double> cost;
  std::optional<double> available;
  std::optional<double> maximum;
  std::optional<double> restore_per_second;
  std::optional<duration> retry_after;
};

class rate_limit {
 public:
  // Both positive. Until something is learned, `maximum` points at once and `restore_per_second` after them.
  rate_limit(double maximum, double restore_per_second);

  // Whether `cost` points are there at `now`, with `spare` (0 to 1) of the bucket left over after them.
  [[nodiscard]] bool has(double cost, time_point now, double spare = 0) const;
  // Earliest time at which has() is true if nothing else happens.
  [[nodiscard]] time_point ready_at(double cost, time_point now, double spare = 0) const;
  // Takes them, also below zero: whoever must send (a probe) may.
  void take(double cost, time_point now);

  // Believes what an answer told. `outstanding`: points of requests sent and not yet answered, which the
  // channel had not counted when it answered.
  void learn(const throttle& told, double outstanding, time_point now);

  // The channel refused for its limits: wait as told; else until `cost` is restored, or longer when that is
  // unknown. A channel that tells no figures is asked at half the rate from now on, and 10 % more after each
  // quiet minute.
  void refused(const throttle& told, double cost, time_point now);

  [[nodiscard]] double available(time_point now) const;

  [[nodiscard]] double maximum() const { return maximum_; }

  [[nodiscard]] double restore_per_second() const { return restore_; }

  // Nothing leaves before it; in the past when nothing was refused.
  [[nodiscard]] time_point blocked_until() const { return blocked_until_; }

 private:
  void refill(time_point now);
  void slow_down(time_point now);
  void recover(time_point now);
  [[nodiscard]] double needed(double cost, double spare) const;

  double maximum_;
  double restore_;
  double restore_ceiling_; // what restore_ recovers to after refusals without figures
  double available_;
  bool told_ = false; // the channel tells its figures
  time_point refilled_at_{};
  time_point slowed_at_{};
  time_point blocked_until_{};
};

} // namespace lockstep::engine
