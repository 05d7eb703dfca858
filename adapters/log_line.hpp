// How one event of the log looks, and how often one may repeat itself. Pure, so that tests read what
// operators read.
#pragma once

#include "adapters/log.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lockstep::adapters::log {

using wall_time = std::chrono::sys_time<std::chrono::microseconds>;

struct event {
  wall_time at{};
  level severity = level::info;
  std::string_view id;
  std::string_view message;
  std::span<const field> fields;
  std::uint64_t suppressed = 0; // events of this id not written since the last one that was
};

[[nodiscard]] std::string_view to_string(level severity);

// RFC 3339 in UTC with microseconds: 2011-12-09T09:15:00.000000Z.
[[nodiscard]] std::string timestamp(wall_time at);

// One JSON object without a line feed: ts, level, id, msg, then the fields in order. Always valid JSON and
// UTF-8. A field that takes one of those names is written with a `field_` in front.
[[nodiscard]] std::string json_line(const event& happened);

// `message  name=value ...  (id)` for people: nothing in it can steer a terminal.
[[nodiscard]] std::string text_line(const event& happened);

// Lets an id speak limits::log_lines_per_id times per limits::log_window. Not thread-safe.
class repetition_limit {
 public:
  // Events of the id that were held back since it last spoke, when it may speak now; nothing when it may not.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view id,
                                                   std::chrono::steady_clock::time_point now);

 private:
  struct window {
    std::chrono::steady_clock::time_point began{};
    std::size_t written = 0;
    std::uint64_t suppressed = 0;
  };

  std::map<std::string, window, std::less<>> windows_;
};

} // namespace lockstep::adapters::log
