#include "app/api/http_metrics.hpp"

#include <algorithm>

namespace lockstep::app {

void route_metrics::count(unsigned status, std::chrono::microseconds took) {
  const auto place = std::clamp(status, status_min, status_max) - status_min;
  by_status_[place].fetch_add(1, std::memory_order_relaxed);
  const auto bucket = std::ranges::lower_bound(bounds_us, took.count()) - bounds_us.begin();
  by_duration_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  microseconds_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
}

std::uint64_t route_metrics::with_status(unsigned status) const {
  return by_status_[status - status_min].load(std::memory_order_relaxed);
}

std::uint64_t route_metrics::within(std::size_t index) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= index; ++i)
    sum += by_duration_[i].load(std::memory_order_relaxed);
  return sum;
}

double route_metrics::seconds() const {
  return static_cast<double>(microseconds_.load(std::memory_order_relaxed)) / 1e6;
}

} // namespace lockstep::app
