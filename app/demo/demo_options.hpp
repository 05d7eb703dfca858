// What the demo was asked to do.
#pragma once

#include "engine/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::app::demo {

// How fast the log is replayed: log seconds per second, or everything within a time. Neither: see pace.
struct replay_speed {
  std::optional<double> factor;
  std::optional<std::chrono::milliseconds> total;
};

// "6000", "90s", "5min" ("5m", "5 minutes" too). error_code::malformed with what is taken.
[[nodiscard]] engine::result<replay_speed> parse_speed(std::string_view text);

struct demo_options {
  std::string orders;    // file; empty: made up
  std::size_t first = 0; // orders to replay; 0: all
  replay_speed speed;
  std::uint64_t seed = 1;
  bool keep = false;      // go on serving until told to stop, and leave the files
  bool json = false;      // the result as one JSON object on standard output
  bool misbehave = false; // the shops' APIs fail now and then, too
};

} // namespace lockstep::app::demo
