// A fact as the readers' queries select it.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/store.hpp"

namespace lockstep::storage::sqlite {

// Columns of a query that read_fact() understands, the first of them those of read_brief_fact(). The last is
// `previous`.
inline constexpr std::string_view brief_columns =
    "row, sku, version, at, kind, units, value, available, reservation, key, content, location";
inline constexpr std::string_view fact_columns =
    "row, sku, version, at, kind, units, value, available, reservation, key, content, location, account, "
    "expires_at, reference, note, previous";
inline constexpr int previous_column = 16;

[[nodiscard]] stored_fact read_brief_fact(const statement& row);
[[nodiscard]] stored_fact read_fact(const statement& row);

[[nodiscard]] inline std::int64_t stored(engine::time_point at) {
  return at.time_since_epoch().count();
}

[[nodiscard]] inline engine::time_point time_at(const statement& row, int column) {
  return engine::time_point{engine::duration{row.integer(column)}};
}

} // namespace lockstep::storage::sqlite
