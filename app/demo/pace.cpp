#include "app/demo/pace.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep::app::demo {

namespace {

using namespace std::chrono_literals;

constexpr open_time quiet_max = 30min; // longer breaks are shortened to it
constexpr double lines_per_second = 300;
constexpr std::chrono::duration<double> total_max = 7min;

} // namespace

pace::pace(const order_log& log, const replay_speed& wished) {
  std::size_t lines = 0;
  open_time now{0};
  for (std::size_t i = 0; i < log.events.size(); ++i) {
    if (i > 0) now += std::min<open_time>(log.events[i].at - log.events[i - 1].at, quiet_max);
    at_.push_back(now);
    lines += log.events[i].lines.size();
  }
  length_ = std::max<open_time>(now, 1s);
  const auto usual =
      std::min(total_max, std::chrono::duration<double>{static_cast<double>(lines) / lines_per_second});
  const std::chrono::duration<double> total =
      wished.total.value_or(std::chrono::ceil<std::chrono::milliseconds>(usual));
  factor_ = wished.factor.value_or(length_ / std::max<std::chrono::duration<double>>(total, 100ms));
}

std::chrono::milliseconds pace::scaled(std::chrono::milliseconds interval) const {
  const std::chrono::duration<double, std::milli> real = interval / factor_;
  return std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(real));
}

} // namespace lockstep::app::demo
