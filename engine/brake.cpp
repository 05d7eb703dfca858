#include "engine/brake.hpp"

#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {

void brake::going_to_zero(listing_id which) {
  counted_[which] = std::nullopt;
}

bool brake::check(std::size_t listings, time_point now) {
  const auto share = listings * limits::brake_percent / 100;
  if (counted(now) > std::max(limits::brake_listings_min, share)) engaged_ = true;
  return engaged_;
}

void brake::recovered(listing_id which) {
  const auto found = counted_.find(which);
  if (found != counted_.end() && !found->second) counted_.erase(found);
}

void brake::sent_zero(listing_id which, time_point now) {
  forget_before(now);
  const auto found = counted_.find(which);
  if (found == counted_.end() || found->second) return;
  found->second = now;
  sent_.emplace_back(now, which);
}

void brake::release() {
  engaged_ = false;
  counted_.clear();
  sent_.clear();
}

std::size_t brake::counted(time_point now) {
  forget_before(now);
  return counted_.size();
}

void brake::forget_before(time_point now) {
  while (!sent_.empty() && sent_.front().first + limits::brake_window <= now) {
    const auto [at, which] = sent_.front();
    sent_.pop_front();
    const auto found = counted_.find(which);
    if (found != counted_.end() && found->second == at) counted_.erase(found);
  }
}

} // namespace lockstep::engine
