// The console's language: one line, a few words. Pure.
#pragma once

#include "engine/error.hpp"
#include "engine/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::actors {

// Ends every answer; no line feed follows it.
inline constexpr std::string_view console_prompt = "lockstep> ";

enum class console_verb : std::uint8_t {
  help,
  status,
  top,
  sku_show,
  sku_history,
  sku_release,
  explain,
  lookup,
  channel_list,
  channel_rules,
  channel_diff,
  channel_activate,
  channel_pause,
  channel_resume,
  channel_flush,
  channel_release_brake,
  actors,
  journal,
  tiers,
  tail,
  incidents,
  snapshot,
  quit,
  shutdown,
};

struct console_request {
  console_verb verb{};
  std::string name; // SKU code, channel name or value, where the verb takes one
  std::size_t rows = limits::console_rows_default;
};

// Reads a line: words parted by blanks; "double quotes" keep blanks inside a name. error_code::malformed: the
// text says what is wrong and what was probably meant.
[[nodiscard]] engine::result<console_request> parse_console_line(std::string_view line);

// Every command with its arguments and a sentence, one screen.
[[nodiscard]] std::string console_help();

} // namespace lockstep::actors
