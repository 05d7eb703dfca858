// A fact as a row of `ledger`: written as binary COPY, read from binary results.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/store.hpp"

#include <string>

namespace lockstep::storage::postgres {

// What the row of a fact holds beside the fact.
struct row_place {
  row_number row = 0;
  storage::epoch epoch = 0;
  batch_number batch = 0;
  engine::duration late{};
};

// A macro, because the readers' queries are string literals made with it.
#define LOCKSTEP_LEDGER_COLUMNS                                                                              \
  "row, version, at, units, available, batch, sku, epoch, account, location, kind, value, expires_at, "      \
  "late, content, "                                                                                          \
  "reservation, key, reference, note"

// The header of a binary COPY, then rows, then its trailer.
void append_copy_header(std::string& out);
void append_copy_row(std::string& out, const sku_fact& item, const row_place& place);
void append_copy_trailer(std::string& out);

// A row of a query for LOCKSTEP_LEDGER_COLUMNS.
[[nodiscard]] stored_fact read_fact(const rows& from, int row);

[[nodiscard]] inline std::int64_t stored(engine::time_point at) {
  return at.time_since_epoch().count();
}

[[nodiscard]] inline engine::time_point time_at(const rows& from, int row, int column) {
  return engine::time_point{engine::duration{from.integer(row, column)}};
}

} // namespace lockstep::storage::postgres
