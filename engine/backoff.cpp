#include "engine/backoff.hpp"

#include <algorithm>

namespace lockstep::engine {

namespace {

// 2^30 times any first wait is beyond any bound in limits.hpp; more would only overflow.
constexpr int doublings_max = 30;

} // namespace

duration backoff::next(double jitter) {
  failures_ = std::min(failures_ + 1, doublings_max + 1);
  const auto factor = std::int64_t{1} << (failures_ - 1);
  const auto full = first_ > most_ / factor ? most_ : first_ * factor;
  const auto share = 0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0);
  return duration{static_cast<duration::rep>(static_cast<double>(full.count()) * share)};
}

} // namespace lockstep::engine
