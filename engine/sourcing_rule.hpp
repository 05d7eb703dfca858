// Which warehouses an account's orders are served from.
#pragma once

#include "engine/types.hpp"

#include <vector>

namespace lockstep::engine {

// And how one of them is chosen.
struct sourcing_rule {
  enum class choice : std::uint8_t {
    priority,   // the first that has enough
    most_stock, // the one with most units not promised yet
  };
  std::vector<location_id> locations; // in order of priority; empty: all the SKU has, by number
  choice pick = choice::priority;
  bool may_split = false; // a promise may be served from several when none has enough
  friend bool operator==(const sourcing_rule&, const sourcing_rule&) = default;
};

} // namespace lockstep::engine
