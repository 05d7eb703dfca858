// What readers ask of facts that are rare and are looked for however old they are.
#pragma once

namespace lockstep::storage::sqlite {

// The conditions are those of the indexes, or they could not be used.
#define LOCKSTEP_MATTERS                                                                          \
  " FROM fact INDEXED BY fact_matter"                                                             \
  " WHERE (kind IN (16, 17, 18, 21, 23, 24, 25, 29) OR (kind = 1 AND reservation IS NOT NULL))"

// What reader::unsettled() looks for, whoever is asked about; the parameter is the time up to which holds do not count.
// No fact that was decided comes near the bounds of units: whatever a row holds, the sum is a number.
inline constexpr const char* open_matters =
    "SELECT sku" LOCKSTEP_MATTERS " GROUP BY sku HAVING"
    " coalesce(sum(CASE WHEN kind IN (16, 25, 29) THEN 1 WHEN kind = 17 THEN -1 END) > 0, 0)"
    " OR coalesce(sum(CASE WHEN kind = 23 THEN 1 WHEN kind IN (1, 24) THEN -1 END"
    " * max(min(units, 1000000000000), -1000000000000)) > 0, 0)"
    " UNION SELECT sku FROM fact INDEXED BY fact_long_hold"
    " WHERE kind IN (5, 26) AND expires_at > at + 86400000000 AND expires_at > ?1 ORDER BY 1";

// reader::began(): SKU, key.
inline constexpr const char* matter_began =
    "SELECT at" LOCKSTEP_MATTERS " AND sku = ?1 AND kind IN (18, 21) AND key = ?2 ORDER BY row LIMIT 1";

} // namespace lockstep::storage::sqlite
