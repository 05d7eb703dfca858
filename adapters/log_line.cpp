#include "adapters/log_line.hpp"

#include "adapters/printable.hpp"
#include "engine/limits.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace lockstep::adapters::log {

namespace json = boost::json;

namespace {

json::value to_json(const field& f) {
  return std::visit(
      [](const auto& value) -> json::value {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::string_view>) {
          return json::value(valid_utf8(value));
        } else if constexpr (std::is_same_v<type, double>) {
          return std::isfinite(value) ? json::value(value) : json::value(nullptr); // JSON has no NaN
        } else {
          return json::value(value);
        }
      },
      f.value);
}

std::string to_text(const field& f) {
  return std::visit(
      [](const auto& value) -> std::string {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::string_view>) {
          return printable(value);
        } else {
          return fmt::format("{}", value);
        }
      },
      f.value);
}

} // namespace

std::string_view to_string(level severity) {
  switch (severity) {
  case level::debug: return "debug";
  case level::info: return "info";
  case level::warning: return "warning";
  case level::error: return "error";
  case level::critical: return "critical";
  }
  return "critical";
}

std::string timestamp(wall_time at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string json_line(const event& happened) {
  json::object line;
  line["ts"] = timestamp(happened.at);
  line["level"] = to_string(happened.severity);
  line["id"] = valid_utf8(happened.id);
  line["msg"] = valid_utf8(happened.message);
  if (happened.suppressed > 0) line["suppressed"] = happened.suppressed;
  for (const auto& f : happened.fields) {
    auto name = valid_utf8(f.name);
    if (line.contains(name)) name.insert(0, "field_");
    line[name] = to_json(f);
  }
  return json::serialize(line);
}

std::string text_line(const event& happened) {
  auto line = printable(happened.message);
  for (const auto& f : happened.fields)
    line += fmt::format("  {}={}", printable(f.name), to_text(f));
  if (happened.suppressed > 0) line += fmt::format("  suppressed={}", happened.suppressed);
  line += fmt::format("  ({})", printable(happened.id));
  return line;
}

std::optional<std::uint64_t> repetition_limit::admit(std::string_view id,
                                                     std::chrono::steady_clock::time_point now) {
  auto found = windows_.find(id);
  if (found == windows_.end()) {
    if (windows_.size() >= limits::log_ids_max)
      windows_.clear(); // ids are stable and few: this is a mistake's bound
    found = windows_.emplace(std::string{id}, window{now, 0, 0}).first;
  }
  auto& seen = found->second;
  if (now - seen.began >= limits::log_window) seen = {now, 0, seen.suppressed};
  if (seen.written >= limits::log_lines_per_id) {
    ++seen.suppressed;
    return std::nullopt;
  }
  ++seen.written;
  return std::exchange(seen.suppressed, 0);
}

} // namespace lockstep::adapters::log
