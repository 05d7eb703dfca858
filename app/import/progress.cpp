#include "app/import/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::app {

namespace {

constexpr std::size_t bar_width = 30;
constexpr std::chrono::milliseconds redraw_interval{100}; // faster than an eye is only output

} // namespace

progress::progress(std::string what, std::size_t total, std::FILE* to, bool terminal)
    : what_(std::move(what)), total_(total), to_(to), terminal_(terminal) {}

progress::~progress() {
  if (!terminal_ || total_ == 0) return;
  draw_bar();
  std::fputc('\n', to_);
}

void progress::advance(std::size_t steps) {
  done_ = std::min(done_ + steps, total_);
  if (total_ == 0) return;
  if (!terminal_) return write_line();
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_at_ < redraw_interval) return;
  drawn_at_ = now;
  draw_bar();
}

void progress::make_way() {
  if (!terminal_ || drawn_at_ == std::chrono::steady_clock::time_point{}) return;
  fmt::print(to_, "\r{:{}}\r", "", what_.size() + bar_width + 32); // blanks over the longest bar
  drawn_at_ = {};
}

void progress::draw_bar() {
  const auto filled = bar_width * done_ / total_;
  fmt::print(to_, "\r{} [{}{}] {}/{} {:3}%", what_, std::string(filled, '#'),
             std::string(bar_width - filled, '.'), done_, total_, 100 * done_ / total_);
  std::fflush(to_);
}

void progress::write_line() {
  const auto tenths = 10 * done_ / total_;
  if (tenths == tenths_told_) return;
  tenths_told_ = tenths;
  fmt::print(to_, "{} {}/{} {}%\n", what_, done_, total_, 100 * done_ / total_);
}

} // namespace lockstep::app
