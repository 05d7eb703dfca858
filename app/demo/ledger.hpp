// The ledger read from its beginning by a reader of its own: every SKU's state folded again, and the sums of
// its movements kept apart from it.
#pragma once

#include "actors/node.hpp"
#include "engine/fact.hpp"
#include "engine/sku_state.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <map>
#include <vector>

namespace lockstep::app::demo {

using engine::quantity;

struct movement_sums {
  quantity received = 0; // counts and receipts
  quantity adjusted = 0; // found less written off
  quantity restocked = 0;
  quantity shipped = 0;
  quantity returned = 0;
  quantity scrapped = 0;
  quantity sent = 0; // to another warehouse
  quantity arrived = 0;
  quantity lost = 0; // on the way
  quantity expected = 0;
  quantity supplied = 0; // received of what was expected

  [[nodiscard]] quantity on_hand() const { return received + adjusted + restocked - shipped - sent + arrived; }

  [[nodiscard]] quantity in_transit() const { return sent - arrived - lost; }

  [[nodiscard]] quantity inspecting() const { return returned - restocked - scrapped; }
};

struct line_sums {
  engine::sku_id sku{};
  quantity ordered = 0;
  quantity cancelled = 0;       // as stated
  quantity cancelled_by_id = 0; // as the sum of refunds
  quantity shipped = 0;
  quantity returned = 0;
};

struct oversold_fact {
  engine::sku_id sku{};
  engine::uuid line{};
  engine::account_id account{};
  quantity units = 0;
  engine::time_point at{};
  bool by_a_loss = false; // units of a transfer that were promised
};

// What was available from a moment on.
struct number_since {
  engine::time_point at{};
  quantity available = 0;
};

struct ledger {
  std::size_t facts = 0;
  std::map<engine::fact_kind, std::size_t> kinds;
  boost::unordered_flat_map<engine::sku_id, engine::sku_state> states;
  boost::unordered_flat_map<engine::sku_id, movement_sums> sums;
  boost::unordered_flat_map<engine::uuid, line_sums, engine::uuid_hash> lines;
  boost::unordered_flat_set<engine::uuid, engine::uuid_hash> announced; // returns
  boost::unordered_flat_map<engine::sku_id, std::vector<number_since>> numbers; // oldest first
  std::vector<oversold_fact> oversold;
};

// The most that was available at any moment from `from` to `to`; 0 before the first number.
[[nodiscard]] quantity most_available(const std::vector<number_since>& numbers, engine::time_point from,
                                      engine::time_point to);

[[nodiscard]] engine::result<ledger> read_ledger(const actors::node& from);

} // namespace lockstep::app::demo
