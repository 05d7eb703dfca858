// Whether the next request of an account may leave: one place for rate limit, back-off, circuit and requests
// in flight.
#pragma once

#include "engine/backoff.hpp"
#include "engine/circuit_breaker.hpp"
#include "engine/rate_limit.hpp"
#include "engine/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lockstep::engine {

enum class request_kind : std::uint8_t {
  write,  // a batch of numbers
  read,   // listings that must be looked at before they are written
  orders, // a page of the order poll
  list,   // a page of the sweep: leaves half of the bucket to the others
};
inline constexpr std::size_t request_kinds = 4;

// How a request ended, as far as the gate cares.
enum class request_outcome : std::uint8_t {
  answered,  // whatever it said
  throttled, // refused for the channel's limits
  failed,    // not sent, 5xx, or the answer was lost
};

class request_gate {
 public:
  request_gate();

  [[nodiscard]] bool allows(request_kind kind, time_point now) const;
  // Earliest time at which allows() can become true without an answer; max() while only an answer can change
  // it.
  [[nodiscard]] time_point ready_at(request_kind kind, time_point now) const;

  // True when the channel's rate limit alone keeps it back.
  [[nodiscard]] bool limited(request_kind kind, time_point now) const;

  void sent(request_kind kind, time_point now);
  // `jitter` is uniform in [0, 1).
  void answered(request_kind kind, request_outcome outcome, const throttle& told, time_point now,
                double jitter);

  [[nodiscard]] std::size_t in_flight(request_kind kind) const { return in_flight_[index(kind)]; }

  [[nodiscard]] std::size_t in_flight() const;

  [[nodiscard]] const circuit_breaker& circuit() const { return circuit_; }

  [[nodiscard]] const rate_limit& limit() const { return limit_; }

 private:
  static std::size_t index(request_kind kind) { return static_cast<std::size_t>(kind); }

  // But for the rate limit.
  [[nodiscard]] bool may_send(std::size_t i, time_point now) const;
  [[nodiscard]] double outstanding() const;
  void learn_cost(request_kind kind, double cost);

  rate_limit limit_;
  circuit_breaker circuit_;
  backoff pause_;
  time_point paused_until_{};
  std::array<double, request_kinds> cost_;
  std::array<std::size_t, request_kinds> in_flight_{};
};

} // namespace lockstep::engine
