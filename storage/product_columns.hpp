// A product's lists as one column each: one entry a line.
#pragma once

#include "engine/types.hpp"

#include <boost/algorithm/string/join.hpp>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::storage {

[[nodiscard]] inline std::string tags_column(const std::vector<std::string>& tags) {
  return boost::algorithm::join(tags, "\n");
}

[[nodiscard]] inline std::vector<std::string> tags_of(std::string_view column) {
  std::vector<std::string> tags;
  while (!column.empty()) {
    const auto end = column.find('\n');
    tags.emplace_back(column.substr(0, end));
    column.remove_prefix(end == column.npos ? column.size() : end + 1);
  }
  return tags;
}

[[nodiscard]] inline std::string substitutes_column(const std::vector<engine::sku_id>& substitutes) {
  std::string column;
  for (const auto each : substitutes)
    column += (column.empty() ? "" : "\n") + std::to_string(static_cast<std::int64_t>(each));
  return column;
}

// What is no number stands for no product (0).
[[nodiscard]] inline std::vector<engine::sku_id> substitutes_of(std::string_view column) {
  std::vector<engine::sku_id> substitutes;
  for (const auto& line : tags_of(column)) {
    std::int64_t id = 0;
    std::from_chars(line.data(), line.data() + line.size(), id);
    substitutes.emplace_back(engine::sku_id{id});
  }
  return substitutes;
}

} // namespace lockstep::storage
