// Records from the rows of the reader's queries, column by column.
#pragma once

#include "storage/proposal_columns.hpp"
#include "storage/sqlite/fact_row.hpp"

#include <string>

namespace lockstep::storage::sqlite {

[[nodiscard]] inline std::string text_at(const statement& row, int column) {
  return std::string{row.text(column)};
}

[[nodiscard]] inline dead_letter read_letter(const statement& row) {
  return {.id = row.integer(0),
          .at = time_at(row, 1),
          .account = static_cast<engine::account_id>(row.integer(2)),
          .kind = text_at(row, 3),
          .reference = text_at(row, 4),
          .reason = text_at(row, 5),
          .body = text_at(row, 6),
          .replayed = row.integer(7) != 0};
}

[[nodiscard]] inline publication read_publication(const statement& row) {
  return {.listing = static_cast<engine::listing_id>(row.integer(0)),
          .counter = row.integer(1),
          .sku_version = row.integer(2),
          .quantity = row.integer(3),
          .expected = row.integer(4),
          .at = time_at(row, 5),
          .uncertain = row.integer(6) != 0,
          .parked = text_at(row, 7)};
}

[[nodiscard]] inline proposal read_proposal(const statement& row) {
  return {.of = {static_cast<engine::sku_id>(row.integer(0)), {text_at(row, 1), text_at(row, 2)}},
          .asked = {text_at(row, 3), text_at(row, 4)},
          .source = text_at(row, 5),
          .title = text_at(row, 6),
          .at = time_at(row, 7),
          .state = static_cast<proposal_state>(row.integer(8))};
}

} // namespace lockstep::storage::sqlite
