// What undoes work beside the commits: shared by the store, which does the work, and its readers, which tell.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/trouble.hpp"

#include <string>
#include <string_view>

namespace lockstep::storage::postgres {

// Settings of the server and of the ledger that undo what we rely on.
inline constexpr statement carelessness{
    "carelessness",
    "SELECT concat_ws('; ',"
    " (SELECT 'the server may lose what it acknowledged: ' || string_agg(name || ' is off', ' and ')"
    "  FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'),"
    " (SELECT 'the ledger is never cleaned up: ' || string_agg(name || ' is off', ' and ')"
    "  FROM pg_settings WHERE name IN ('autovacuum', 'track_counts') AND setting = 'off'),"
    " (SELECT 'the ledger is never cleaned up: autovacuum is off for it'"
    "  FROM pg_class, pg_options_to_table(reloptions)"
    "  WHERE pg_class.oid = 'ledger'::regclass AND option_name = 'autovacuum_enabled'"
    "  AND NOT option_value::boolean))"};

struct upkeep {
  trouble summary;
  trouble archive;

  // All there is, after what the server's settings are to blame for.
  [[nodiscard]] std::string with(std::string_view settings) const {
    std::string all{settings};
    for (const auto& each : {summary.get(), archive.get()})
      if (!each.empty()) all += (all.empty() ? "" : "; ") + each;
    return all;
  }
};

} // namespace lockstep::storage::postgres
