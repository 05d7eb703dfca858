// Bytes of a connection cut into lines, with a bound on a line. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::actors {

class line_buffer {
 public:
  explicit line_buffer(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  void add(std::string_view bytes) { bytes_ += bytes; }

  // The next whole line without its line feed and carriage return; nothing when none is complete, or when it
  // is too long.
  [[nodiscard]] std::optional<std::string> next();
  // The line at the front is longer than allowed, complete or not.
  [[nodiscard]] bool too_long() const;

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

  void clear() { bytes_.clear(); }

 private:
  std::size_t line_bytes_max_;
  std::string bytes_;
};

} // namespace lockstep::actors
