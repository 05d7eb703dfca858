// Counters of intake over HTTP. Written by I/O threads without locks, read by the monitor.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace lockstep::app {

// One route's requests by status, and their durations.
class route_metrics {
 public:
  // Upper bounds in microseconds; the last bucket has none. From an answer out of memory to the answer
  // timeout.
  static constexpr std::array<std::int64_t, 14> bounds_us{250,       500,       1'000,     2'500,     5'000,
                                                          10'000,    25'000,    50'000,    100'000,   250'000,
                                                          1'000'000, 2'500'000, 5'000'000, 10'000'000};
  static constexpr unsigned status_min = 100;
  static constexpr unsigned status_max = 599;

  void count(unsigned status, std::chrono::microseconds took);

  [[nodiscard]] std::uint64_t with_status(unsigned status) const;
  // Requests no longer than bounds_us[index]; index == bounds_us.size(): all.
  [[nodiscard]] std::uint64_t within(std::size_t index) const;
  [[nodiscard]] double seconds() const;

 private:
  std::array<std::atomic<std::uint64_t>, status_max - status_min + 1> by_status_{};
  std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> by_duration_{};
  std::atomic<std::uint64_t> microseconds_{0};
};

struct http_metrics {
  explicit http_metrics(std::size_t count) : routes(count) {}

  std::vector<route_metrics> routes; // by index in the table; the last one: no route
  std::atomic<std::uint64_t> unauthenticated{0};
  std::atomic<std::uint64_t> forbidden{0};
  std::atomic<std::uint64_t> bad_signatures{0};
  std::atomic<std::uint64_t> webhook_lines{0};
  std::atomic<std::uint64_t> webhook_dead_letters{0};
  std::atomic<std::uint64_t> webhook_test_orders{0};
  std::atomic<std::uint64_t> batch_lines{0};
  std::atomic<std::uint64_t> timeouts{0}; // answered 504
  std::atomic<std::uint64_t> shed{0};     // answered 503
};

} // namespace lockstep::app
