#include "actors/console_text.hpp"

#include "adapters/printable.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::actors {

namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

// Characters of valid UTF-8; close enough to columns of a terminal for codes and names.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

// Printable, and cut after `width` characters with a mark that something is missing.
std::string cell_text(std::string_view text, std::size_t width) {
  auto shown = adapters::printable(text);
  if (width_of(shown) <= width) return shown;
  std::size_t kept = 0, end = 0;
  for (; end < shown.size(); ++end) {
    if (starts_character(shown[end]) && ++kept > width - 3) break;
  }
  return shown.substr(0, end) + "...";
}

void append_cell(std::string& line, const std::string& cell, std::size_t width, text_table::align side) {
  const std::string blanks(width - width_of(cell), ' ');
  line += side == text_table::align::right ? blanks + cell : cell + blanks;
}

std::string grouped(std::string digits) {
  for (auto at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

} // namespace

text_table::text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

void text_table::add(const std::vector<std::string>& cells) {
  auto& row = rows_.emplace_back();
  for (std::size_t i = 0; i < columns_.size(); ++i)
    row.push_back(cell_text(cells.at(i), cell_width_max));
}

std::string text_table::str() const {
  std::vector<std::size_t> widths;
  for (const auto& each : columns_)
    widths.push_back(width_of(each.heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  const auto append_row = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += "  ";
      append_cell(line, cell_of(i), widths[i], columns_[i].side);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  append_row([&](std::size_t i) { return std::string{columns_[i].heading}; });
  for (const auto& row : rows_)
    append_row([&](std::size_t i) { return row[i]; });
  return out;
}

std::string text_pairs(const std::vector<std::pair<std::string_view, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [name, value] : pairs)
    width = std::max(width, width_of(name));
  std::string out;
  for (const auto& [name, value] : pairs) {
    append_cell(out, std::string{name}, width, text_table::align::left);
    out += "  " + adapters::printable(value) + '\n';
  }
  return out;
}

std::string with_commas(std::uint64_t number) {
  return grouped(std::to_string(number));
}

std::string with_commas(std::int64_t number) {
  if (number >= 0) return with_commas(static_cast<std::uint64_t>(number));
  return fmt::format("-{}", with_commas(0 - static_cast<std::uint64_t>(number)));
}

std::string text_of(engine::time_point at) {
  if (at == engine::time_point{}) return "never";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", std::chrono::floor<std::chrono::seconds>(at));
}

std::string clock_text(engine::time_point at) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%H:%M:%S}.{:03}", seconds, (milliseconds - seconds).count());
}

std::string text_of(std::chrono::microseconds span) {
  const auto count = span.count();
  if (count < 1'000) return fmt::format("{} us", count);
  if (count < 1'000'000) return fmt::format("{:.1f} ms", static_cast<double>(count) / 1e3);
  return fmt::format("{:.1f} s", static_cast<double>(count) / 1e6);
}

bool same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty()) return false;
  int difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= given[i] ^ secret[i % secret.size()];
  return difference == 0;
}

} // namespace lockstep::actors
