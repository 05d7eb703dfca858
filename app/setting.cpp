#include "app/setting.hpp"

#include "adapters/nearest.hpp"
#include "adapters/printable.hpp"
#include "app/whole_number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

struct duration_unit {
  std::string_view name;
  std::int64_t milliseconds;
};

// Largest first, so that the shortest form is found first.
constexpr std::array<duration_unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::string_view duration_words =
    "takes a whole number with its unit (ms, s, m, h, d), such as \"20s\"";

engine::error malformed(std::string what) {
  return make_error(error_code::malformed, std::move(what));
}

std::string bounds_text(const value_rules& rules, std::string (*show)(std::int64_t)) {
  if (rules.most == std::numeric_limits<std::int64_t>::max())
    return fmt::format("at least {}", show(rules.least));
  return fmt::format("{} to {}", show(rules.least), show(rules.most));
}

std::string show_number(std::int64_t value) {
  return fmt::format("{}", value);
}

std::string show_duration(std::int64_t value) {
  return format_duration(milliseconds{value});
}

bool outside(std::int64_t value, const value_rules& rules) {
  return value < rules.least || value > rules.most;
}

std::string check_choice(std::string_view text, const value_rules& rules) {
  const auto& known = rules.choices;
  if (known.empty() || std::find(known.begin(), known.end(), text) != known.end()) return {};
  const auto meant = adapters::nearest(text, known);
  return fmt::format("'{}' is not one of: {}{}", text, fmt::join(known, ", "),
                     meant.empty() ? "" : fmt::format(" (nearest: {})", meant));
}

result<std::string> checked_text(std::string text, const value_rules& rules) {
  if (auto wrong = check_choice(text, rules); !wrong.empty()) return malformed(std::move(wrong));
  if (rules.check != nullptr)
    if (auto wrong = rules.check(text); !wrong.empty()) return malformed(std::move(wrong));
  return text;
}

result<std::string> as_text(const given_value& given, const value_rules& rules) {
  const auto* text = std::get_if<std::string>(&given.content);
  if (text == nullptr) return malformed("takes text in quotes");
  return checked_text(*text, rules);
}

result<std::int64_t> as_integer(const given_value& given, const value_rules& rules) {
  std::optional<std::int64_t> value;
  if (const auto* number = std::get_if<std::int64_t>(&given.content)) value = *number;
  if (const auto* text = std::get_if<std::string>(&given.content); text != nullptr && !given.typed)
    value = whole_number(*text);
  if (!value) return malformed("takes a whole number");
  if (outside(*value, rules))
    return malformed(fmt::format("{} is outside {}", *value, bounds_text(rules, show_number)));
  return *value;
}

result<milliseconds> as_duration(const given_value& given, const value_rules& rules) {
  const auto* text = std::get_if<std::string>(&given.content);
  if (text == nullptr) return malformed(std::string{duration_words});
  const auto value = parse_duration(*text);
  if (!value) return value.error();
  if (outside(value->count(), rules))
    return malformed(fmt::format("{} is outside {}", *text, bounds_text(rules, show_duration)));
  return *value;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

result<std::vector<std::string>> as_list(const given_value& given, const value_rules& rules) {
  std::vector<std::string> items;
  if (const auto* list = std::get_if<std::vector<std::string>>(&given.content)) {
    items = *list;
  } else if (const auto* text = std::get_if<std::string>(&given.content); text != nullptr && !given.typed) {
    items = split(*text);
  } else {
    return malformed("takes a list of texts, such as [\"a\", \"b\"]");
  }
  if (outside(static_cast<std::int64_t>(items.size()), rules))
    return malformed(fmt::format("has {} entries, takes {}", items.size(), bounds_text(rules, show_number)));
  for (const auto& item : items)
    if (auto checked = checked_text(item, rules); !checked) return checked.error();
  return items;
}

} // namespace

template <class Value>
result<Value> parse_value(const given_value& given, const value_rules& rules) {
  if constexpr (std::is_same_v<Value, std::string>) {
    return as_text(given, rules);
  } else if constexpr (std::is_same_v<Value, std::int64_t>) {
    return as_integer(given, rules);
  } else if constexpr (std::is_same_v<Value, milliseconds>) {
    return as_duration(given, rules);
  } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
    return as_list(given, rules);
  } else if constexpr (std::is_same_v<Value, secret_file>) {
    auto path = as_text(given, rules);
    if (!path) return path.error();
    return secret_file{std::move(*path), {}};
  } else {
    const auto paths = as_list(given, rules);
    if (!paths) return paths.error();
    std::vector<secret_file> files;
    for (const auto& path : *paths)
      files.push_back({path, {}});
    return files;
  }
}

template result<std::string> parse_value(const given_value&, const value_rules&);
template result<std::int64_t> parse_value(const given_value&, const value_rules&);
template result<milliseconds> parse_value(const given_value&, const value_rules&);
template result<secret_file> parse_value(const given_value&, const value_rules&);
template result<std::vector<std::string>> parse_value(const given_value&, const value_rules&);
template result<std::vector<secret_file>> parse_value(const given_value&, const value_rules&);

std::string to_text(const std::string& value) {
  std::string quoted = "\"";
  for (const char letter : adapters::printable(value)) {
    if (letter == '"' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + '"';
}

std::string to_text(std::int64_t value) {
  return fmt::format("{}", value);
}

std::string to_text(milliseconds value) {
  return fmt::format("\"{}\"", format_duration(value));
}

std::string to_text(const secret_file& value) {
  return to_text(value.path);
}

std::string to_text(const std::vector<std::string>& value) {
  std::vector<std::string> quoted;
  for (const auto& item : value)
    quoted.push_back(to_text(item));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::string to_text(const std::vector<secret_file>& value) {
  std::vector<std::string> paths;
  for (const auto& file : value)
    paths.push_back(file.path);
  return to_text(paths);
}

result<milliseconds> parse_duration(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto value = whole_number(text.substr(0, digits));
  const auto name = text.substr(digits);
  const auto unit = std::find_if(duration_units.begin(), duration_units.end(),
                                 [&](const duration_unit& u) { return u.name == name; });
  std::int64_t total = 0;
  if (!value || unit == duration_units.end() || __builtin_mul_overflow(*value, unit->milliseconds, &total))
    return malformed(fmt::format("'{}': {}", text, duration_words));
  return milliseconds{total};
}

std::string format_duration(milliseconds value) {
  const auto count = value.count();
  for (const auto& unit : duration_units)
    if (count != 0 && count % unit.milliseconds == 0)
      return fmt::format("{}{}", count / unit.milliseconds, unit.name);
  return "0s";
}

} // namespace lockstep::app
