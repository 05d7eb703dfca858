// Stops asking a channel that does not answer, and finds out by single probes when it does again.
//
//   closed     requests pass; limits::circuit_failures failures in a row open it
//   open       nothing passes until its wait is over
//   half_open  one probe is out; its success closes the circuit, its failure opens it for longer
#pragma once

#include "engine/backoff.hpp"
#include "engine/types.hpp"

#include <cstdint>
#include <string_view>

namespace lockstep::engine {

enum class circuit_state : std::uint8_t { closed, open, half_open };

[[nodiscard]] std::string_view to_string(circuit_state state);

class circuit_breaker {
 public:
  circuit_breaker();

  // Whether a request may leave now. Looks only: tell `sent` when it does leave.
  [[nodiscard]] bool allows(time_point now) const;

  // A request left: in an open circuit whose wait is over it is the probe.
  void sent(time_point now);

  // A request was answered, whatever the answer said: the channel is there.
  void succeeded();

  // A request failed (not sent, 5xx, answer lost). `jitter` is uniform in [0, 1).
  void failed(time_point now, double jitter);

  [[nodiscard]] circuit_state state() const { return state_; }

  // When an open circuit lets its probe pass.
  [[nodiscard]] time_point open_until() const { return open_until_; }

 private:
  void open(time_point now, double jitter);

  circuit_state state_ = circuit_state::closed;
  int failures_ = 0;
  time_point open_until_{};
  backoff wait_;
};

} // namespace lockstep::engine
