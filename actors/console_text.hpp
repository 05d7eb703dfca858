// Text as the console shows it: plain, aligned, harmless to the terminal that shows it. Pure.
#pragma once

#include "engine/types.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::actors {

// Columns aligned under their headings, two blanks between them, no line of decoration. Cells are made
// printable and cut at `cell_width_max` characters, so that content cannot break the screen.
class text_table {
 public:
  enum class align : std::uint8_t { left, right };

  struct column {
    std::string_view heading;
    align side = align::left;
  };

  static constexpr std::size_t cell_width_max = 44;

  explicit text_table(std::vector<column> columns);

  // As many cells as there are columns.
  void add(const std::vector<std::string>& cells);
  [[nodiscard]] std::string str() const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Name and value, one pair a line.
[[nodiscard]] std::string text_pairs(const std::vector<std::pair<std::string_view, std::string>>& pairs);

// 1234567 as "1,234,567".
[[nodiscard]] std::string with_commas(std::int64_t number);
[[nodiscard]] std::string with_commas(std::uint64_t number);
// UTC, "2026-04-01 12:30:05"; "never" for the zero of time.
[[nodiscard]] std::string text_of(engine::time_point at);
// The same with milliseconds and without the date.
[[nodiscard]] std::string clock_text(engine::time_point at);
// "850 us", "1.3 ms", "2.4 s".
[[nodiscard]] std::string text_of(std::chrono::microseconds span);

// Whether both are the same; takes as long for a wrong text as for the right one of the same length.
[[nodiscard]] bool same_secret(std::string_view given, std::string_view secret);

} // namespace lockstep::actors
