// How soon a changed number must be on its channel. Fast sellers go out at once, others wait so that many
// changes share one call; and whatever the tier, what could oversell or was touched by a person does not
// wait.
#pragma once

#include "engine/types.hpp"
#include "engine/velocity.hpp"

#include <cstdint>
#include <string_view>

namespace lockstep::engine {

enum class tier : std::uint8_t {
  slow,      // within the hour
  moderate,  // every 15 minutes
  real_time, // more than ten sales a day: at once
};

[[nodiscard]] std::string_view to_string(tier t);

// A tier is entered at its rate and left below limits::tier_left_below of it. limits::burst_orders orders
// within limits::burst_window promote to real time at once, for as long as the rush lasts and one window
// more.
class tier_class {
 public:
  // Classifies again. `now` does not go back.
  tier update(const velocity& sales, time_point now);

  [[nodiscard]] tier current() const { return current_; }

 private:
  [[nodiscard]] bool in_burst(double rate, time_point now);

  tier current_ = tier::slow;
  float window_rate_ = 0; // orders per day when the window began
  time_point window_start_{};
  time_point burst_until_{};
};

// How long a change waits per tier; configuration.
struct tier_intervals {
  duration moderate = std::chrono::minutes{15};
  duration slow = std::chrono::hours{1};
};

[[nodiscard]] duration interval_of(tier t, const tier_intervals& intervals);

// Expected orders within `span`.
[[nodiscard]] double demand(double per_day, duration span);

// Units left at or below which every change is urgent: max(3, velocity x lag), rounded up.
[[nodiscard]] quantity thin_limit(double per_day, duration lag);

// Whole units to show less of a thin number on a channel that cannot refuse a stale write: velocity x signal
// lag.
[[nodiscard]] quantity thin_margin(quantity left, double per_day, duration lag, duration signal_lag);

// What is known of a change when its urgency is judged.
struct number_change {
  quantity wanted = 0;   // to be shown
  quantity left = 0;     // available of the SKU
  quantity previous = 0; // wanted before
  double per_day = 0;
  duration lag{}; // measured, of this account
  bool by_person = false;
};

// Whatever the tier: to zero, from zero to more, thin, or changed by a person.
[[nodiscard]] bool is_urgent(const number_change& change);

// Where a scarce call is worth most: grows with the units shown beyond the truth, with velocity and lag, and
// as the units left before they are sold shrink. Zero when nothing is shown beyond the truth.
[[nodiscard]] double oversell_risk(quantity shown, quantity truth, double per_day, duration lag);

} // namespace lockstep::engine
