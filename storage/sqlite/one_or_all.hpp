// The rows of a statement as values.
#pragma once

#include "storage/sqlite/connection.hpp"

#include <optional>
#include <vector>

namespace lockstep::storage::sqlite {

// The first row, if there is one.
template <class Value, class Read>
[[nodiscard]] result<std::optional<Value>> one(statement& query, const Read& read) {
  const auto row = query.step();
  if (!row) return row.error();
  std::optional<Value> found;
  if (*row) found = read(query);
  query.reset();
  return found;
}

template <class Value, class Read>
[[nodiscard]] result<std::vector<Value>> all(statement& query, const Read& read) {
  std::vector<Value> found;
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(read(query));
  }
}

} // namespace lockstep::storage::sqlite
