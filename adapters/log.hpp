// The operator's log: one event a line on stderr, JSON where a program reads it, short coloured text on a
// terminal. Refused requests are info, operating errors warning, lost duty error, doubt about data critical.
// Never a secret, never a body.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace lockstep::adapters::log {

enum class level : std::uint8_t { debug, info, warning, error, critical };

struct field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// `id` is stable and kebab-case ("store-unavailable"): operators search and alert by it. Any thread; never
// blocks long.
void write(level severity, std::string_view id, std::string_view message,
           std::initializer_list<field> fields = {});

// Events below it are not written. Default: info. Any thread.
void set_level(level least);

enum class format : std::uint8_t { automatic, json, text }; // automatic: text on a terminal, JSON elsewhere
void set_format(format chosen);

} // namespace lockstep::adapters::log
