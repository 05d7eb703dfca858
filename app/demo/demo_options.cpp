#include "app/demo/demo_options.hpp"

#include <charconv>

namespace lockstep::app::demo {

namespace {

using namespace std::chrono_literals;

std::optional<std::chrono::milliseconds> unit_of(std::string_view name) {
  if (name == "s" || name == "sec" || name == "second" || name == "seconds") return 1s;
  if (name == "m" || name == "min" || name == "minute" || name == "minutes") return 1min;
  return std::nullopt;
}

} // namespace

engine::result<replay_speed> parse_speed(std::string_view text) {
  const auto wrong = engine::make_error(
      engine::error_code::malformed, "log seconds per second, such as 3000, or a time, such as 90s or 5min");
  double number = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || !(number > 0) || number > 1e9) return wrong;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (text.empty()) return replay_speed{number, std::nullopt};
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto unit = unit_of(text);
  if (!unit) return wrong;
  const auto total = std::chrono::duration<double, std::milli>{number * static_cast<double>(unit->count())};
  return replay_speed{std::nullopt, std::chrono::ceil<std::chrono::milliseconds>(total)};
}

} // namespace lockstep::app::demo
