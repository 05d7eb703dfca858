#include "engine/dynamic_safety.hpp"

#include "engine/limits.hpp"
#include "engine/tier.hpp"

#include <cmath>
#include <cstdlib>

namespace lockstep::engine {

namespace {

constexpr double covered = 0.99;
constexpr double normal_quantile = 2.326; // of the same share
constexpr double small_demand = 100;      // above it the sum below loses nothing worth its length

} // namespace

quantity safety_for(double per_day, duration lag) {
  const auto expected = demand(per_day, lag);
  if (!(expected > 0)) return 0;
  if (expected > small_demand) {
    const auto units = std::ceil(expected + normal_quantile * std::sqrt(expected));
    return units < static_cast<double>(limits::units_per_movement_max) ? static_cast<quantity>(units)
                                                                   : limits::units_per_movement_max;
  }
  auto probability = std::exp(-expected); // of exactly `units`
  auto sum = probability;
  quantity units = 0;
  while (sum < covered) {
    ++units;
    probability *= expected / static_cast<double>(units);
    sum += probability;
  }
  return units;
}

std::optional<quantity> followed(quantity present, double per_day, duration lag) {
  const auto wanted = safety_for(per_day, lag);
  if (wanted == present) return std::nullopt;
  if (wanted == 0 || present == 0 || 4 * std::abs(wanted - present) > present) return wanted;
  return std::nullopt;
}

} // namespace lockstep::engine
