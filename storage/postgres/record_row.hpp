// Records from the rows of the reader's statements, column by column.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/postgres/fact_row.hpp"
#include "storage/store.hpp"

#include <string>

namespace lockstep::storage::postgres {

// An id as the tables have it.
[[nodiscard]] std::int64_t number(auto id) {
  return static_cast<std::int64_t>(id);
}

[[nodiscard]] inline std::string text_at(const rows& from, int row, int column) {
  return std::string{from.text(row, column)};
}

[[nodiscard]] inline dead_letter read_letter(const rows& from, int row) {
  return {.id = from.integer(row, 0),
          .at = time_at(from, row, 1),
          .account = static_cast<engine::account_id>(from.integer(row, 2)),
          .kind = text_at(from, row, 3),
          .reference = text_at(from, row, 4),
          .reason = text_at(from, row, 5),
          .body = text_at(from, row, 6),
          .replayed = from.integer(row, 7) != 0};
}

[[nodiscard]] inline publication read_publication(const rows& from, int row) {
  return {.listing = static_cast<engine::listing_id>(from.integer(row, 0)),
          .counter = from.integer(row, 1),
          .sku_version = from.integer(row, 2),
          .quantity = from.integer(row, 3),
          .expected = from.integer(row, 4),
          .at = time_at(from, row, 5),
          .uncertain = from.integer(row, 6) != 0,
          .parked = text_at(from, row, 7)};
}

[[nodiscard]] inline proposal read_proposal(const rows& from, int row) {
  return {.of = {static_cast<engine::sku_id>(from.integer(row, 0)), {text_at(from, row, 1), text_at(from, row, 2)}},
          .asked = {text_at(from, row, 3), text_at(from, row, 4)},
          .source = text_at(from, row, 5),
          .title = text_at(from, row, 6),
          .at = time_at(from, row, 7),
          .state = static_cast<proposal_state>(from.integer(row, 8))};
}

} // namespace lockstep::storage::postgres
