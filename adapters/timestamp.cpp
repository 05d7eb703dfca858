#include "adapters/timestamp.hpp"

#include <fmt/format.h>

#include <chrono>

namespace lockstep::adapters {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads a fixed layout from the front; anything unexpected makes it fail and stay failed.
class scanner {
 public:
  explicit scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    if (failed_ || rest_.size() < count) return fail();
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  void literal(char wanted) {
    if (!next_is(wanted)) fail();
  }

  bool next_is(char wanted) {
    if (failed_ || rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::chrono::microseconds fraction() {
    std::chrono::microseconds value{0};
    if (rest_.empty() || !is_digit(rest_.front())) fail();
    for (std::int64_t unit = 100'000; !rest_.empty() && is_digit(rest_.front()); unit /= 10) {
      value += std::chrono::microseconds{unit * (rest_.front() - '0')};
      rest_.remove_prefix(1);
    }
    return value;
  }

  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  int fail() {
    failed_ = true;
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

std::chrono::minutes read_offset(scanner& from) {
  if (from.next_is('Z')) return {};
  const bool west = from.next_is('-');
  if (!west) from.literal('+');
  const int hours = from.digits(2);
  from.literal(':');
  const int minutes = from.digits(2);
  if (hours > 23 || minutes > 59) from.literal('\0');
  const std::chrono::minutes offset{hours * 60 + minutes};
  return west ? -offset : offset;
}

} // namespace

std::optional<engine::time_point> parse_timestamp(std::string_view text) {
  scanner from{text};
  const int year = from.digits(4);
  from.literal('-');
  const int month = from.digits(2);
  from.literal('-');
  const int day = from.digits(2);
  from.literal('T');
  const int hour = from.digits(2);
  from.literal(':');
  const int minute = from.digits(2);
  from.literal(':');
  const int second = from.digits(2);
  const auto fraction = from.next_is('.') ? from.fraction() : std::chrono::microseconds{0};
  const auto offset = read_offset(from);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!from.done() || !date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  return engine::time_point{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{hour} +
                            std::chrono::minutes{minute} + std::chrono::seconds{second} + fraction - offset};
}

std::string format_timestamp(engine::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

} // namespace lockstep::adapters
