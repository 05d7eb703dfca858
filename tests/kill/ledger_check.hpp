// Compares what clients were told with what the ledger holds. Reads on from where it stopped, so that a run
// of many kills reads each fact once; a new one reads everything.
#pragma once

#include "engine/bundle.hpp"
#include "engine/error.hpp"
#include "engine/key.hpp"
#include "engine/sku_state.hpp"
#include "storage/store.hpp"
#include "tests/kill/client.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lockstep::kill {

struct verdict {
  std::uint64_t lost = 0;    // acknowledged, and not in the ledger as acknowledged
  std::uint64_t doubled = 0; // made two movements
  // SKUs whose loaded state is not the replay or is short of units, and groups and orders of bundles that are
  // split.
  std::uint64_t diverged = 0;

  [[nodiscard]] bool clean() const { return lost + doubled + diverged == 0; }
};

class ledger_check {
 public:
  // Everything committed since the last call, and everything acknowledged since. The verdict is of all calls
  // so far. An error: the ledger cannot be read.
  [[nodiscard]] engine::result<verdict> compare(storage::reader& from, const std::vector<client>& clients);

  // Units that `account` sold of a SKU (its number in the store).
  [[nodiscard]] engine::quantity sold(std::string_view account, engine::sku_id sku) const;

 private:
  struct place {
    engine::sku_id sku{};
    engine::version version = 0;
  };

  struct ordered_line {
    engine::sku_id sku{};
    engine::quantity units = 0;
    engine::location_id location{};
  };

  void take(const storage::stored_fact& row);
  [[nodiscard]] bool is_whole(const std::vector<ordered_line>& lines) const;
  [[nodiscard]] engine::result<std::uint64_t> count_split_orders(storage::reader& from);
  void count_lost(const client& who);
  [[nodiscard]] engine::result<std::uint64_t> count_diverged(storage::reader& from) const;

  storage::row_number read_to_ = 0;
  boost::unordered_flat_map<engine::uuid, place, engine::uuid_hash> movements_;
  std::map<engine::sku_id, engine::sku_state> replayed_;
  std::map<std::string, std::uint64_t> group_members_; // of groups that are not whole
  std::map<std::pair<engine::account_id, std::string>, std::vector<ordered_line>> orders_; // not known to be whole
  std::map<std::pair<engine::sku_id, engine::composition_revision>, std::vector<engine::component>> compositions_;
  std::map<std::string, engine::account_id, std::less<>> accounts_;
  std::map<std::pair<engine::account_id, engine::sku_id>, engine::quantity> sold_;
  std::map<std::string, std::size_t> compared_; // acknowledgements of a client
  verdict found_;
};

} // namespace lockstep::kill
