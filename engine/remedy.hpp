// What can be done about an incident: advice derived from the SKU's state, ranked. Nothing of it is stored,
// and nothing is done by itself.
#pragma once

#include "engine/sku_state.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace lockstep::engine {

// An open promise that stock does not cover: one of those that compete for what there is.
struct claim {
  uuid reservation{};
  account_id account{};
  location_id location = main_location; // promised from
  quantity units = 0;                   // open
  quantity missing = 0;                 // of them that stock does not cover
  version opened = 0;                   // the fact that made the promise
  std::optional<time_point> due{};      // when expected supply will have served all of it; nothing: none does
};

struct remedy {
  // In the order of rank: what costs a buyer nothing comes first.
  enum class kind : std::uint8_t {
    allocate,   // a warehouse has too few for what is promised from it: promise it from one that has units free
    inspect,    // returned units wait for inspection, each announced return for its own
    wait,       // a supply will serve the promise
    substitute, // another product, that the seller named, has units free
    cancel,     // give the promise up
  };
  kind what = kind::cancel;
  quantity units = 0;
  uuid reservation{};              // the promise; nil for inspect
  account_id account{};            // of the promise
  version promised = 0;            // the fact that made it
  location_id from{};              // allocate
  location_id to{};                // allocate
  sku_id instead{};                // substitute
  uuid announced{};                // inspect: the return; nil: units that nobody announced
  uuid supply{};                   // wait
  std::optional<time_point> due{}; // wait
  friend bool operator==(const remedy&, const remedy&) = default;
};

// What cancelling an order of the account costs the seller: the least is cancelled first.
using cancel_cost = std::function<quantity(account_id)>;

// A product that the seller gives instead, and how many of it are free now.
struct substitute {
  sku_id sku{};
  quantity available = 0;
};

struct case_file {
  std::vector<claim> claims; // oldest promise first: stock and supply serve in that order
  // By rank; supplies by date; substitutes and cancellations by what the promise costs to give up, the newest
  // promise first, as many as the incident has units. A substitute stands beside the cancellation it saves.
  std::vector<remedy> remedies;
};

// `substitutes`: best first. O(n log n) of the open promises. Thread: any that owns the state.
[[nodiscard]] case_file examine(const sku_state& state, const incident& open, const cancel_cost& cost,
                                std::span<const substitute> substitutes = {});

} // namespace lockstep::engine
