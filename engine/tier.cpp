#include "engine/tier.hpp"

#include "engine/limits.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::engine {

namespace {

// What one order adds to the orders per day of a SKU.
double rate_of_one_order() {
  static const double rate = [] {
    const time_point any{std::chrono::hours{1}};
    velocity one;
    one.count(any);
    return one.per_day(any);
  }();
  return rate;
}

tier entered_at(double rate) {
  if (rate > limits::real_time_per_day) return tier::real_time;
  return rate >= limits::moderate_per_day ? tier::moderate : tier::slow;
}

} // namespace

std::string_view to_string(tier t) {
  switch (t) {
  case tier::slow: return "slow";
  case tier::moderate: return "moderate";
  case tier::real_time: return "real time";
  }
  return "slow";
}

tier tier_class::update(const velocity& sales, time_point now) {
  const auto rate = sales.per_day(now);
  const auto risen = entered_at(rate);
  const auto fallen = entered_at(rate / limits::tier_left_below);
  current_ = risen > current_ ? risen : std::min(current_, fallen);
  if (in_burst(rate, now)) current_ = tier::real_time;
  return current_;
}

bool tier_class::in_burst(double rate, time_point now) {
  if (window_start_ == time_point{} || now - window_start_ >= limits::burst_window) {
    window_start_ = now;
    window_rate_ = static_cast<float>(rate);
  }
  // Half an order of tolerance: the rate decays a little while the rush is counted.
  const auto rush = (rate - static_cast<double>(window_rate_)) / rate_of_one_order();
  if (rush > limits::burst_orders - 0.5) burst_until_ = now + limits::burst_window;
  return now < burst_until_;
}

duration interval_of(tier t, const tier_intervals& intervals) {
  switch (t) {
  case tier::slow: return intervals.slow;
  case tier::moderate: return intervals.moderate;
  case tier::real_time: return duration::zero();
  }
  return duration::zero();
}

double demand(double per_day, duration span) {
  return per_day * std::chrono::duration<double, std::chrono::days::period>(span).count();
}

quantity thin_limit(double per_day, duration lag) {
  const auto sold = std::min(std::ceil(demand(per_day, lag)), static_cast<double>(limits::published_max));
  return std::max(limits::thin_units, static_cast<quantity>(sold));
}

quantity thin_margin(quantity left, double per_day, duration lag, duration signal_lag) {
  if (left > thin_limit(per_day, lag)) return 0;
  const auto unseen =
      std::min(std::floor(demand(per_day, signal_lag)), static_cast<double>(limits::published_max));
  return static_cast<quantity>(unseen);
}

bool is_urgent(const number_change& change) {
  if (change.by_person || change.wanted == 0 || change.previous == 0) return true;
  return change.left <= thin_limit(change.per_day, change.lag);
}

double oversell_risk(quantity shown, quantity truth, double per_day, duration lag) {
  const auto beyond = static_cast<double>(std::max<quantity>(shown - truth, 0));
  const auto left = static_cast<double>(std::max<quantity>(truth, 0));
  return beyond * (demand(per_day, lag) + demand(1, lag)) / (1 + left);
}

} // namespace lockstep::engine
