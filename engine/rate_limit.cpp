#include "engine/rate_limit.hpp"

#include "engine/limits.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::engine {

namespace {

using namespace std::chrono_literals;

constexpr auto quiet_before_faster = std::chrono::minutes{1};
constexpr auto wait_when_untold = std::chrono::seconds{1};

double seconds(duration d) {
  return std::chrono::duration<double>(d).count();
}

duration from_seconds(double s) {
  return duration{static_cast<duration::rep>(std::ceil(s * 1e6))};
}

} // namespace

rate_limit::rate_limit(double maximum, double restore_per_second)
    : maximum_(maximum), restore_(restore_per_second), restore_ceiling_(restore_per_second),
      available_(maximum) {}

double rate_limit::available(time_point now) const {
  if (now <= refilled_at_) return available_;
  return std::min(maximum_, available_ + seconds(now - refilled_at_) * restore_);
}

// A request dearer than the whole bucket passes when the bucket is full: otherwise it would wait for ever.
double rate_limit::needed(double cost, double spare) const {
  return std::min(maximum_, cost + maximum_ * spare);
}

bool rate_limit::has(double cost, time_point now, double spare) const {
  return now >= blocked_until_ && available(now) >= needed(cost, spare);
}

time_point rate_limit::ready_at(double cost, time_point now, double spare) const {
  const auto missing = needed(cost, spare) - available(now);
  const auto restored = missing <= 0 ? now : now + from_seconds(missing / restore_);
  return std::max(restored, blocked_until_);
}

void rate_limit::take(double cost, time_point now) {
  refill(now);
  recover(now);
  available_ -= cost;
}

void rate_limit::learn(const throttle& told, double outstanding, time_point now) {
  refill(now);
  if (told.maximum && *told.maximum > 0) maximum_ = *told.maximum;
  if (told.restore_per_second && *told.restore_per_second > 0) {
    restore_ = restore_ceiling_ = *told.restore_per_second;
    told_ = true;
  }
  if (told.available) available_ = *told.available - outstanding;
  available_ = std::min(available_, maximum_);
}

void rate_limit::refused(const throttle& told, double cost, time_point now) {
  if (!told_ && !told.restore_per_second) slow_down(now);
  if (!told.available) available_ = std::min(available_, 0.0);
  auto until = now + wait_when_untold;
  if (told.retry_after) {
    until = now + *told.retry_after;
  } else if (told_) {
    until = now + from_seconds(std::max(0.0, told.cost.value_or(cost) - available_) / restore_);
  }
  blocked_until_ = std::max(blocked_until_, until);
}

void rate_limit::refill(time_point now) {
  available_ = available(now);
  refilled_at_ = std::max(refilled_at_, now);
}

void rate_limit::slow_down(time_point now) {
  restore_ = std::max(restore_ / 2, restore_ceiling_ / 1024);
  slowed_at_ = now;
}

void rate_limit::recover(time_point now) {
  if (told_ || restore_ >= restore_ceiling_ || now - slowed_at_ < quiet_before_faster) return;
  restore_ = std::min(restore_ceiling_, restore_ * 1.1);
  slowed_at_ = now;
}

} // namespace lockstep::engine
