// The rows of an answer as values.
#pragma once

#include "storage/postgres/connection.hpp"

#include <optional>
#include <vector>

namespace lockstep::storage::postgres {

// The first row, if there is one.
template <class Value, class Read>
[[nodiscard]] result<std::optional<Value>> one(const result<rows>& found, const Read& read) {
  if (!found) return found.error();
  if (found->size() == 0) return std::optional<Value>{};
  return std::optional<Value>{read(*found, 0)};
}

template <class Value, class Read>
[[nodiscard]] result<std::vector<Value>> all(const result<rows>& found, const Read& read) {
  if (!found) return found.error();
  std::vector<Value> values;
  values.reserve(static_cast<std::size_t>(found->size()));
  for (int row = 0; row < found->size(); ++row)
    values.push_back(read(*found, row));
  return values;
}

} // namespace lockstep::storage::postgres
