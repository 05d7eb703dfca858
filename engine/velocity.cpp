#include "engine/velocity.hpp"

#include <cmath>
#include <numbers>

namespace lockstep::engine {
namespace {

constexpr double day = 86'400e6; // microseconds
constexpr double half_life = 2 * day;

// What is left of a weight after `elapsed`: half of it every half-life.
double remaining(duration elapsed) {
  return std::exp2(-static_cast<double>(elapsed.count()) / half_life);
}

} // namespace

void velocity::count(time_point at) {
  if (at > as_of_) {
    if (weight_ > 0) weight_ *= remaining(at - as_of_);
    as_of_ = at;
  }
  weight_ += 1;
}

// A steady rate of n a day settles at weight n * half-life / ln 2 (the integral of the decay), so the factor
// undoes it.
double velocity::per_day(time_point now) const {
  const auto weight = now > as_of_ ? weight_ * remaining(now - as_of_) : weight_;
  return weight * std::numbers::ln2 * day / half_life;
}

velocity velocity::restore(double weight, time_point as_of) {
  velocity restored;
  restored.weight_ = weight;
  restored.as_of_ = as_of;
  return restored;
}

} // namespace lockstep::engine
