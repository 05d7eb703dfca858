// A product's tags as one column: one a line.
#pragma once

#include <boost/algorithm/string/join.hpp>

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

} // namespace lockstep::storage
