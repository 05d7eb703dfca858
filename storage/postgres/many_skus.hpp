// What reader::load() and unsettled() ask and make of the answers: as many round trips for many SKUs as
// for one.
#pragma once

#include "storage/postgres/fact_row.hpp"
#include "storage/store.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <span>
#include <string>
#include <vector>

namespace lockstep::storage::postgres {

// SKUs.
inline constexpr statement snapshots_of_many{
    "snapshots_of_many", "SELECT sku, version, at, body FROM stock WHERE sku = ANY($1::int[])"};
// SKUs, versions their facts come after, facts a SKU. LATERAL with LIMIT is a walk along the key for each
// SKU, however many the planner believes they are.
inline constexpr statement facts_of_many{
    "facts_of_many",
    "SELECT " LOCKSTEP_FOLD_COLUMNS " FROM unnest($1::int[], $2::bigint[]) AS asked (id, after)"
    " CROSS JOIN LATERAL (SELECT * FROM ledger WHERE sku = id AND version > after"
    " ORDER BY version LIMIT $3) AS found ORDER BY sku, version"};
// What unsettled() looks for, whoever is asked about; the parameter is the time up to which holds do not count. Each
// condition is that of an index, in the archive too: rare facts are read, however many SKUs there are.
inline constexpr statement all_unsettled{
    "all_unsettled",
    "SELECT sku FROM fact WHERE kind IN (16, 17, 25, 29)"
    " GROUP BY sku HAVING sum(CASE kind WHEN 17 THEN -1 ELSE 1 END) > 0"
    " UNION SELECT sku FROM fact WHERE kind IN (23, 24) OR (kind = 1 AND reservation IS NOT NULL)"
    " GROUP BY sku HAVING sum(CASE kind WHEN 23 THEN 1 ELSE -1 END"
    " * greatest(least(units, 1000000000000), -1000000000000)) > 0"
    " UNION SELECT sku FROM fact WHERE kind IN (5, 26)"
    " AND expires_at > at + 86400000000 AND expires_at > $1 ORDER BY sku"};

// SKUs as PostgreSQL writes an array.
[[nodiscard]] std::string array_of(std::span<const engine::sku_id> skus);

// The answers of snapshots_of_many, then facts_of_many, put together SKU by SKU; each SKU once.
class sku_pasts {
 public:
  explicit sku_pasts(std::span<const engine::sku_id> skus);

  void add_snapshots(const rows& answered);
  // Versions of the snapshots, as an array; 0 where there is none.
  [[nodiscard]] std::string versions() const;
  void add_facts(const rows& answered);

  // In the order of the SKUs.
  [[nodiscard]] std::vector<sku_past> take() { return std::move(pasts_); }

 private:
  std::vector<sku_past> pasts_;
  boost::unordered_flat_map<engine::sku_id, std::size_t> place_of_;
};

} // namespace lockstep::storage::postgres
