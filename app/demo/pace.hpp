// The log's clock: when each event is due in real time. Hours in which nothing happens are shortened, so that
// nights take no time; what is left runs at one speed.
#pragma once

#include "app/demo/demo_options.hpp"
#include "app/demo/order_log.hpp"

#include <chrono>
#include <vector>

namespace lockstep::app::demo {

// Time of the log without its nights.
using open_time = std::chrono::duration<double>;

class pace {
 public:
  // Without a wish 300 lines a second, and seven minutes at most: what a laptop's two cores do beside three
  // shops of their own.
  pace(const order_log& log, const replay_speed& wished);

  // Of event number `event`; ascending.
  [[nodiscard]] open_time at(std::size_t event) const { return at_[event]; }

  [[nodiscard]] open_time length() const { return length_; }

  // Log seconds per second.
  [[nodiscard]] double factor() const { return factor_; }

  [[nodiscard]] std::chrono::duration<double> real(open_time time) const { return time / factor_; }

  // An interval of the log's world in real time, at least a millisecond.
  [[nodiscard]] std::chrono::milliseconds scaled(std::chrono::milliseconds interval) const;

 private:
  std::vector<open_time> at_;
  open_time length_{1};
  double factor_ = 1;
};

} // namespace lockstep::app::demo
