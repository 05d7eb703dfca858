#include "adapters/log.hpp"

#include "adapters/log_line.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace lockstep::adapters::log {

namespace {

spdlog::level::level_enum to_spdlog(level severity) {
  switch (severity) {
  case level::debug: return spdlog::level::debug;
  case level::info: return spdlog::level::info;
  case level::warning: return spdlog::level::warn;
  case level::error: return spdlog::level::err;
  case level::critical: return spdlog::level::critical;
  }
  return spdlog::level::critical;
}

// The priority in front of a line that journald understands, sd-daemon(3).
int journal_priority(level severity) {
  switch (severity) {
  case level::debug: return 7;
  case level::info: return 6;
  case level::warning: return 4;
  case level::error: return 3;
  case level::critical: return 2;
  }
  return 2;
}

// True when stderr is the journal's own stream: JOURNAL_STREAM names it as device:inode, systemd.exec(5).
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");

  struct stat status {};

  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

// no-color.org: any value that is not empty.
bool colour_unwanted() {
  const char* wish = std::getenv("NO_COLOR");
  return wish != nullptr && *wish != '\0';
}

spdlog::logger json_logger() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_pattern("%v");
  return {"json", std::move(sink)};
}

spdlog::logger text_logger() {
  const auto colours = colour_unwanted() ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(colours);
  sink->set_pattern("%T %^%-8l%$ %v");
  return {"text", std::move(sink)};
}

// The process's one stderr, with both ways to write it.
struct output {
  spdlog::logger json = json_logger();
  spdlog::logger text = text_logger();
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const bool journal = stderr_is_journal();
  std::atomic<level> least = level::info;
  std::atomic<format> chosen = format::automatic;
  std::mutex mutex; // guards `repetitions`
  repetition_limit repetitions;

  output() {
    // Our own level decides; a line is worth nothing to an operator while it waits in a buffer.
    for (auto* logger : {&json, &text}) {
      logger->set_level(spdlog::level::trace);
      logger->flush_on(spdlog::level::trace);
    }
  }

  bool as_text() const {
    const auto wanted = chosen.load(std::memory_order_relaxed);
    return wanted == format::text || (wanted == format::automatic && terminal);
  }

  std::optional<std::uint64_t> admit(level severity, std::string_view id) {
    if (severity == level::critical) return 0; // doubt about data is always told
    const std::lock_guard lock{mutex};
    return repetitions.admit(id, std::chrono::steady_clock::now());
  }
};

output& standard_error() {
  // Never destroyed: threads may write until the process ends.
  static auto* const instance = new output;
  return *instance;
}

} // namespace

void write(level severity, std::string_view id, std::string_view message,
           std::initializer_list<field> fields) {
  auto& out = standard_error();
  if (severity < out.least.load(std::memory_order_relaxed)) return;
  const auto suppressed = out.admit(severity, id);
  if (!suppressed) return;

  const auto now = std::chrono::system_clock::now();
  const event happened{std::chrono::floor<std::chrono::microseconds>(now),
                       severity,
                       id,
                       message,
                       {fields.begin(), fields.size()},
                       *suppressed};
  const auto priority = to_spdlog(severity);
  if (out.as_text()) {
    out.text.log(now, {}, priority, text_line(happened));
    return;
  }
  const auto line = json_line(happened);
  out.json.log(now, {}, priority,
               out.journal ? fmt::format("<{}>{}", journal_priority(severity), line) : line);
}

void set_level(level least) {
  standard_error().least = least;
}

void set_format(format chosen) {
  standard_error().chosen = chosen;
}

} // namespace lockstep::adapters::log
