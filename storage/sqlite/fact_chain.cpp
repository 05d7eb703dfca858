#include "storage/sqlite/fact_chain.hpp"

#include "storage/sqlite/fact_row.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::storage::sqlite {

result<fact_chain> fact_chain::open(connection& db, std::string path) {
  fact_chain made;
  made.path_ = std::move(path);
  const std::pair<statement*, std::string> queries[]{
      {&made.fact_at_, fmt::format("SELECT {} FROM fact WHERE row = ?", fact_columns)},
      {&made.previous_of_, "SELECT previous FROM fact WHERE row = ?"},
      {&made.milestone_from_,
       "SELECT version, row FROM milestone WHERE sku = ? AND version >= ? ORDER BY version LIMIT 1"},
  };
  for (const auto& [target, sql] : queries) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    *target = std::move(*prepared);
  }
  return made;
}

result<std::vector<stored_fact>> fact_chain::upward(engine::sku_id sku, const place& newest,
                                                    engine::version after, std::int64_t limit) {
  const auto low = std::max<engine::version>(after, 0);
  const auto count = std::min<engine::version>(newest.version - low, limit);
  auto page = downward(sku, newest, low + count, low);
  if (page) std::ranges::reverse(*page);
  return page;
}

result<std::vector<stored_fact>> fact_chain::downward(engine::sku_id sku, const place& newest,
                                                      engine::version top, engine::version low) {
  std::vector<stored_fact> page;
  if (top <= low) return page;
  page.reserve(static_cast<std::size_t>(top - low));
  const auto row = row_of(sku, top, newest);
  if (!row) return row.error();
  auto next = *row;
  for (auto version = top; version > low; --version) {
    const auto found = fact_at_.bind_all(next).step();
    if (!found) return found.error();
    if (!*found) return broken(sku, version);
    page.push_back(read_fact(fact_at_));
    next = fact_at_.integer(previous_column);
    fact_at_.reset();
    if (page.back().sku != sku || page.back().fact.version != version) return broken(sku, version);
  }
  return page;
}

// Row of a version that exists: down the chain from the nearest place known.
result<row_number> fact_chain::row_of(engine::sku_id sku, engine::version version, const place& newest) {
  if (version == newest.version) return newest.row;
  auto at = newest;
  const auto milestone = milestone_from_.bind_all(static_cast<std::int64_t>(sku), version).step();
  if (!milestone) return milestone.error();
  if (*milestone) at = {milestone_from_.integer(1), milestone_from_.integer(0)};
  milestone_from_.reset();
  while (at.version > version) {
    const auto previous = previous_of_.bind_all(at.row).step();
    if (!previous) return previous.error();
    if (!*previous) return broken(sku, at.version);
    at = {previous_of_.integer(0), at.version - 1};
    previous_of_.reset();
  }
  return at.row;
}

error fact_chain::broken(engine::sku_id sku, engine::version version) const {
  return engine::make_error(engine::error_code::corrupt,
                            fmt::format("{}: the chain of SKU {} breaks at version {}", path_,
                                        static_cast<std::int64_t>(sku), version));
}

} // namespace lockstep::storage::sqlite
