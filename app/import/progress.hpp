// How far a long command has come: a bar that redraws itself on a terminal, a line every tenth of the way
// elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

namespace lockstep::app {

class progress {
 public:
  // Writes to `to`, standard error as a rule.
  progress(std::string what, std::size_t total, std::FILE* to, bool terminal);
  ~progress(); // ends the bar's line

  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void advance(std::size_t steps = 1);
  // Takes the bar away until the next advance: somebody else writes a line.
  void make_way();

 private:
  void draw_bar();
  void write_line();

  const std::string what_;
  const std::size_t total_;
  std::FILE* const to_;
  const bool terminal_;
  std::size_t done_ = 0;
  std::size_t tenths_told_ = 0;
  std::chrono::steady_clock::time_point drawn_at_{};
};

} // namespace lockstep::app
