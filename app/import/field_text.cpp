#include "app/import/field_text.hpp"

#include <algorithm>

namespace lockstep::app {

namespace {

// One or more apostrophes before what a spreadsheet would take for a number.
bool has_apostrophe(std::string_view text) {
  const auto rest = text.substr(std::min(text.find_first_not_of('\''), text.size()));
  return rest.size() < text.size() && !rest.empty() &&
         rest.find_first_not_of("0123456789+-. xX") == std::string_view::npos;
}

bool is_escaped(char c) {
  return c == ';' || c == '\\';
}

} // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view value_of(std::string_view field) {
  const auto text = trimmed(field);
  return has_apostrophe(text) ? trimmed(text.substr(1)) : text;
}

std::string field_of(std::string_view value) {
  return has_apostrophe(value) ? "'" + std::string{value} : std::string{value};
}

std::vector<std::string> values_of(std::string_view field) {
  std::vector<std::string> values;
  std::string each;
  const auto end = [&] {
    if (const auto value = value_of(each); !value.empty()) values.emplace_back(value);
    each.clear();
  };
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == ';') {
      end();
      continue;
    }
    const bool escapes = field[i] == '\\' && i + 1 < field.size() && is_escaped(field[i + 1]);
    i += escapes ? 1 : 0;
    each += field[i];
  }
  end();
  return values;
}

std::string field_of_all(std::span<const std::string> values) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += ';';
    for (const auto c : field_of(value)) {
      if (is_escaped(c)) text += '\\';
      text += c;
    }
  }
  return text;
}

} // namespace lockstep::app
