// A rule from the columns of a row.
#pragma once

#include "storage/rule_columns.hpp"
#include "storage/sqlite/connection.hpp"

namespace lockstep::storage::sqlite {

// The columns from `first` on.
[[nodiscard]] inline engine::listing_rule rule_at(const statement& row, int first) {
  rule_figures rule;
  for (auto& each : rule) {
    if (!row.is_null(first)) each = row.integer(first);
    ++first;
  }
  return rule_of(rule);
}

} // namespace lockstep::storage::sqlite
