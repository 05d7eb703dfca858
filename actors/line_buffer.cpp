#include "actors/line_buffer.hpp"

#include <algorithm>

namespace lockstep::actors {

std::optional<std::string> line_buffer::next() {
  const auto end = bytes_.find('\n');
  if (end == std::string::npos || end > line_bytes_max_) return std::nullopt;
  auto line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

bool line_buffer::too_long() const {
  return std::min(bytes_.find('\n'), bytes_.size()) > line_bytes_max_;
}

} // namespace lockstep::actors
