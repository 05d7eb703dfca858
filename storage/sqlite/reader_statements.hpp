// What a reader asks.
#pragma once

#include "storage/sqlite/fact_row.hpp"
#include "storage/sqlite/open_matters.hpp"
#include "storage/proposal_columns.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace lockstep::storage::sqlite {

inline constexpr const char* all_proposals = "SELECT " LOCKSTEP_PROPOSAL_COLUMNS " FROM proposal";

struct statements {
  statement begin;
  statement end;
  statement facts_between;
  statement brief_between;
  statement latest_from;
  statement snapshot_of;
  statement watermark_of;
  statement letters_after;
  statement letter_at;
  statement open_proposals;
  statement proposal_at;
  statement unsettled;
  statement began;
};

[[nodiscard]] inline result<statements> prepare_all(connection& db) {
  statements made;
  const auto facts = fmt::format("SELECT {} FROM fact WHERE row ", fact_columns);
  const std::string letters =
      "SELECT id, at, account, kind, reference, reason, body, replayed FROM dead_letter ";
  const std::string proposals = all_proposals;
  const std::pair<statement*, std::string> queries[]{
      {&made.begin, "BEGIN"},
      {&made.end, "COMMIT"},
      {&made.facts_between, facts + "> ? AND row <= ? ORDER BY row LIMIT ?"},
      {&made.brief_between,
       fmt::format("SELECT {} FROM fact WHERE row > ? AND row <= ? ORDER BY row LIMIT ?", brief_columns)},
      {&made.latest_from, "SELECT row, at + late FROM fact WHERE row >= ? ORDER BY row LIMIT 1"},
      {&made.snapshot_of, "SELECT version, at, body FROM snapshot WHERE sku = ?"},
      {&made.watermark_of, "SELECT at FROM watermark WHERE account = ? AND stream = ?"},
      {&made.letters_after, letters + "WHERE id > ? AND replayed = 0 ORDER BY id LIMIT ?"},
      {&made.letter_at, letters + "WHERE id = ?"},
      {&made.open_proposals, proposals + " WHERE (sku, scheme, value) > (?, ?, ?) AND state = 0"
                                         " ORDER BY sku, scheme, value LIMIT ?"},
      {&made.proposal_at, proposals + " WHERE sku = ? AND scheme = ? AND value = ?"},
      {&made.unsettled, open_matters},
      {&made.began, matter_began},
  };
  for (const auto& [target, sql] : queries) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    *target = std::move(*prepared);
  }
  return made;
}

} // namespace lockstep::storage::sqlite
