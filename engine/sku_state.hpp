// Everything true of one SKU. A plain value: changed by evolve() only, copied by snapshots and tests.
#pragma once

#include "engine/command.hpp"
#include "engine/fact.hpp"
#include "engine/limits.hpp"
#include "engine/types.hpp"
#include "engine/velocity.hpp"

#include <boost/container/deque.hpp>
#include <boost/container/small_vector.hpp>

#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep::engine {

// Sellable units in one warehouse, and those promised from it.
struct stock_at {
  location_id location = main_location;
  quantity on_hand = 0;
  quantity reserved = 0;
  friend bool operator==(const stock_at&, const stock_at&) = default;
};

// A promise: a hold (may expire, until confirmed) or the line of an order (never expires). Cumulative values.
struct reservation {
  enum class kind : std::uint8_t { hold, confirmed_hold, order_line };
  kind state = kind::hold;
  location_id location = main_location;
  account_id account{};
  quantity ordered = 0;
  quantity cancelled = 0;       // as the channel states it
  quantity cancelled_by_id = 0; // as the sum of refunds with ids of their own
  quantity shipped = 0;
  time_point expires_at{}; // holds only
  time_point touched_at{}; // last fact; a closed line is forgotten one retention later
  version opened = 0;      // version of its first fact
  quantity returned = 0;   // units that came back; not part of what is open

  // Units cancelled, told in two ways that speak of the same units: the larger is the truth.
  [[nodiscard]] quantity cancelled_units() const {
    return cancelled > cancelled_by_id ? cancelled : cancelled_by_id;
  }

  // Units still promised. Zero for a line whose cancel or shipment came before its order.
  [[nodiscard]] quantity open() const {
    const auto left = ordered - cancelled_units() - shipped;
    return left > 0 ? left : 0;
  }

  friend bool operator==(const reservation&, const reservation&) = default;
};

// Units promised beyond total: by a marketplace's sale, or found missing by a count. An object until it is
// resolved.
struct incident {
  version opened = 0; // its number: the version of the `oversold` fact
  uuid line{};        // what was promised last; nil when nothing was sold but units were found missing
  quantity units = 0;
  time_point since{};
  friend bool operator==(const incident&, const incident&) = default;
};

struct sku_state {
  engine::version version = 0;
  time_point last_at{}; // time of the last fact
  boost::container::small_vector<stock_at, 1> stock;
  quantity inspecting = 0;
  safety_rule safety;
  bool has_number =
      false; // received, counted or adjusted at least once; without it nothing is ever published
  engine::velocity velocity;
  // Open ones, and closed order lines. Nodes: most SKUs have a few, and a flat map begins with room for 30.
  std::unordered_map<uuid, reservation, uuid_hash> reservations;
  std::vector<incident> incidents; // open ones, oldest first
  quantity incident_units = 0;     // sum of incidents[].units
  std::size_t open_reservations = 0;
  // Derived, to find work without a walk: expiry times as a min-heap (its top is never stale, other entries
  // may be), closed lines by age.
  std::vector<std::pair<time_point, uuid>> expiries;
  boost::container::deque<std::pair<time_point, uuid>> closed_lines; // takes no memory while it is empty
  time_point forgotten_to{};  // closed lines touched up to then made room for others before their retention
  bool moved_by_sale = false; // the last fact that moved available was a sale, a hold or the end of one
  duration retention = limits::key_retention_default; // configuration: how long closed lines are remembered
};

// The figures, each from those before it: total = sum of on_hand (+ in_transit); available = total - reserved -
// in_transit - safety.
struct figures {
  engine::version version = 0;
  quantity on_hand = 0;
  quantity in_transit = 0;
  quantity total = 0;
  quantity reserved = 0;
  quantity safety = 0;
  quantity available = 0; // may be negative inside; clamped only where it is published
  quantity inspecting = 0;
  quantity incoming = 0;
  quantity oversold = 0; // units promised beyond total
  bool has_number = false;
  friend bool operator==(const figures&, const figures&) = default;
};

// O(locations). Thread: any that owns the state.
[[nodiscard]] figures figures_of(const sku_state& state);

// True when both have the same stock, reservations, incidents, safety and velocity, and have
// forgotten the same (derived members not compared).
[[nodiscard]] bool same(const sku_state& a, const sku_state& b);

} // namespace lockstep::engine
