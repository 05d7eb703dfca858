// One row of the settings table: what a key means and which values it takes. From the rows come parsing,
// checking, `check-config --keys` and docs/configuration.md; nothing else knows a key.
#pragma once

#include "app/secret.hpp"
#include "engine/error.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lockstep::app {

using std::chrono::milliseconds;

// What a key's value must keep, whatever its type.
struct value_rules {
  std::string_view key = {};
  std::int64_t least = 0; // integers; durations in milliseconds; for a list, its length
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::string_view unit = {};                 // of an integer, for people
  std::vector<std::string_view> choices = {}; // of a text or a list of texts; empty: any
  bool required = false;
  bool live = false; // taken over on SIGHUP; others need a restart
  std::string (*check)(std::string_view text) =
      nullptr; // of a text: what is wrong with it, empty when nothing
  std::string_view sentence = {};
};

// The place of a key in its section also is its type. A secret's key names its file.
template <class Section>
using setting_member = std::variant<std::string Section::*, std::int64_t Section::*, milliseconds Section::*,
                                    secret_file Section::*, std::vector<std::string> Section::*,
                                    std::vector<secret_file> Section::*>;

template <class Section>
struct setting {
  setting_member<Section> member;
  value_rules rules;
};

// A value as it was given: a file tells its type, environment and flags give text (a list with commas).
struct given_value {
  std::variant<std::monostate, std::string, std::int64_t, std::vector<std::string>>
      content;       // empty: no key takes it
  bool typed = true; // false: text from environment or flag, read as whatever the key wants
};

// The value as the key's type, or error_code::malformed with what is wrong.
template <class Value>
[[nodiscard]] engine::result<Value> parse_value(const given_value& given, const value_rules& rules);

extern template engine::result<std::string> parse_value(const given_value&, const value_rules&);
extern template engine::result<std::int64_t> parse_value(const given_value&, const value_rules&);
extern template engine::result<milliseconds> parse_value(const given_value&, const value_rules&);
extern template engine::result<secret_file> parse_value(const given_value&, const value_rules&);
extern template engine::result<std::vector<std::string>> parse_value(const given_value&, const value_rules&);
extern template engine::result<std::vector<secret_file>> parse_value(const given_value&, const value_rules&);

// The value as a file would state it, for tables and --print. Of a secret only where it is read from.
[[nodiscard]] std::string to_text(const std::string& value);
[[nodiscard]] std::string to_text(std::int64_t value);
[[nodiscard]] std::string to_text(milliseconds value);
[[nodiscard]] std::string to_text(const secret_file& value);
[[nodiscard]] std::string to_text(const std::vector<std::string>& value);
[[nodiscard]] std::string to_text(const std::vector<secret_file>& value);

// A whole number and one of ms, s, m, h, d: "20s", "15m".
[[nodiscard]] engine::result<milliseconds> parse_duration(std::string_view text);
// The shortest such form.
[[nodiscard]] std::string format_duration(milliseconds value);

} // namespace lockstep::app
