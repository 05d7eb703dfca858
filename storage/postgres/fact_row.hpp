// A fact as a row of `ledger`: written as binary COPY, read from binary results.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace lockstep::storage::postgres {

// What the row of a fact holds beside the fact.
struct row_place {
  row_number row = 0;
  storage::epoch epoch = 0;
  batch_number batch = 0;
  engine::duration late{};
};

// Macros, because the readers' queries are string literals made with them: what reader::scan_briefly() tells,
// what reader::load() does, what a fact is, and all of its row.
#define LOCKSTEP_BRIEF_COLUMNS                                                                               \
  "row, version, at, units, available, sku, kind, value, content, reservation, key, location"
#define LOCKSTEP_FOLD_COLUMNS                                                                                \
  "sku, version, at, units, kind, value, reservation, account, location, expires_at, key"
#define LOCKSTEP_FACT_COLUMNS LOCKSTEP_BRIEF_COLUMNS ", account, expires_at, reference, note"
#define LOCKSTEP_LEDGER_COLUMNS LOCKSTEP_FACT_COLUMNS ", batch, epoch, late"

// The header of a binary COPY, then rows, then its trailer.
void append_copy_header(std::string& out);
void append_copy_row(std::string& out, const sku_fact& item, const row_place& place);
void append_copy_trailer(std::string& out);

// A row of a query for these columns, perhaps with others after them.
[[nodiscard]] stored_fact read_brief_fact(const rows& from, int row);
[[nodiscard]] stored_fact read_folded_fact(const rows& from, int row);
[[nodiscard]] stored_fact read_fact(const rows& from, int row);

// Where the facts after row `after`, up to row `last`, stand in an answer that has them in any order, by row:
// each has its place, so this is faster than to let the server sort them.
[[nodiscard]] std::vector<int> in_row_order(const rows& from, row_number after, row_number last);

[[nodiscard]] inline std::int64_t stored(engine::time_point at) {
  return at.time_since_epoch().count();
}

[[nodiscard]] inline engine::time_point time_at(const rows& from, int row, int column) {
  return engine::time_point{engine::duration{from.integer(row, column)}};
}

} // namespace lockstep::storage::postgres
