// Safety stock that follows how fast a SKU sells: units enough for what shoppers buy before every shop shows the new
// number. Pure.
#pragma once

#include "engine/types.hpp"

#include <optional>

namespace lockstep::engine {

// The fewest units that a Poisson demand of so many orders a day does not exceed within `lag` with 99 %. At most
// limits::units_per_movement_max.
[[nodiscard]] quantity safety_for(double per_day, duration lag);

// What `present` units should become; nothing while they are near enough: from and to zero always, else when they
// differ by more than a quarter.
[[nodiscard]] std::optional<quantity> followed(quantity present, double per_day, duration lag);

} // namespace lockstep::engine
