// When the ledger is not enough: a reader asks it first, and ledger and archive together only when the answer
// has a hole. Versions of a SKU and rows have none, so an answer without one is whole.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/postgres/fact_row.hpp"
#include "storage/store.hpp"

#include <vector>

namespace lockstep::storage::postgres {

// The same over ledger and archive. Versions and rows have no holes, so a page with one tells that it needs
// them.
inline constexpr statement all_upward{"all_upward", "SELECT " LOCKSTEP_FACT_COLUMNS
                                                    " FROM fact WHERE sku = $1 AND version > $2"
                                                    " ORDER BY version LIMIT $3"};
inline constexpr statement all_downward{"all_downward", "SELECT " LOCKSTEP_FACT_COLUMNS
                                                        " FROM fact WHERE sku = $1 AND version < $2"
                                                        " ORDER BY version DESC LIMIT $3"};
inline constexpr statement all_between{"all_between", "SELECT " LOCKSTEP_FACT_COLUMNS
                                                      " FROM fact WHERE row > $1 AND row <= $2"};
// Of all_between what reader::scan_briefly() tells.
inline constexpr statement all_brief_between{"all_brief_between",
                                             "SELECT " LOCKSTEP_BRIEF_COLUMNS
                                             " FROM fact WHERE row > $1 AND row <= $2"};

// Whether these are all facts from the one after `after` on, or up to the page's end.
inline bool goes_on_from(engine::version after, const std::vector<stored_fact>& page) {
  return page.empty() || page.back().fact.version == after + static_cast<engine::version>(page.size());
}

// Whether these are the newest facts below `before` (0: of all), as many as there are or as were asked for.
inline bool goes_down_from(engine::version before, const std::vector<stored_fact>& page, std::size_t limit) {
  if (page.empty()) return before == 0 || limit == 0;
  const auto newest = page.front().fact.version;
  const auto oldest = page.back().fact.version;
  return (before == 0 || newest == before - 1) && (page.size() == limit || oldest == 1) &&
         newest - oldest + 1 == static_cast<engine::version>(page.size());
}

} // namespace lockstep::storage::postgres
