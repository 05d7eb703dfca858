// Everything true of one SKU. A plain value: changed by evolve() only, copied by snapshots and tests.
#pragma once

#include "engine/command.hpp"
#include "engine/fact.hpp"
#include "engine/limits.hpp"
#include "engine/types.hpp"
#include "engine/velocity.hpp"

#include <boost/container/deque.hpp>
#include <boost/container/small_vector.hpp>

#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep::engine {

// Sellable units in one warehouse, and those promised from it.
struct stock_at {
  location_id location = main_location;
  quantity on_hand = 0;
  quantity reserved = 0;
  time_point observed_at{}; // when it was last counted; zero: never
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

// Units of a reservation that are promised from another location than its own.
struct split {
  uuid reservation{};
  location_id location = main_location;
  quantity units = 0;
  friend bool operator==(const split&, const split&) = default;
};

// Something that a person must know of. An object until it is resolved.
struct incident {
  // Stored: never change one, add at the end. The first three are units promised beyond what there is and
  // will be, told apart by what made them so; further ones stand for themselves.
  enum class kind : std::uint8_t { oversold, supply_short, supply_cancelled, supply_late, below_zero };
  version opened = 0; // its number: the version of the fact that opened it
  uuid line{};        // what was promised last, or the supply; nil when units were only found missing
  quantity units = 0;
  time_point since{};
  kind cause = kind::oversold;
  location_id location = main_location; // of below_zero

  // It ends by itself when total and incoming cover what is promised.
  [[nodiscard]] bool is_shortage() const { return cause <= kind::supply_cancelled; }

  friend bool operator==(const incident&, const incident&) = default;
};

// The incident that a fact opens; nothing when it opens none.
[[nodiscard]] std::optional<incident> incident_of(const fact& happened);

// Units on their way between two warehouses.
struct transfer {
  uuid id{};
  location_id from = main_location;
  location_id to = main_location;
  quantity open = 0; // sent, and neither arrived nor lost
  version opened = 0;
  friend bool operator==(const transfer&, const transfer&) = default;
};

// A return that was announced and is not done with.
struct return_case {
  uuid id{};
  uuid line{};
  location_id location = main_location;
  account_id account{};
  quantity announced = 0;
  quantity arrived = 0;
  quantity inspected = 0;
  version opened = 0;
  friend bool operator==(const return_case&, const return_case&) = default;
};

// What a supplier will deliver.
struct supply {
  uuid id{};
  location_id location = main_location;
  quantity expected = 0; // in all
  quantity arrived = 0;
  time_point due{};
  bool late = false; // it was told as late
  version opened = 0;

  [[nodiscard]] quantity open() const { return expected > arrived ? expected - arrived : 0; }

  friend bool operator==(const supply&, const supply&) = default;
};

// Units kept for one account.
struct fenced_units {
  account_id account{};
  quantity units = 0; // as set
  quantity taken = 0; // by its orders and holds since; below zero when earlier ones were given back

  [[nodiscard]] quantity left() const { return units > taken ? units - taken : 0; }

  friend bool operator==(const fenced_units&, const fenced_units&) = default;
};

// What moved at one location within one second.
struct movement {
  time_point second{}; // whole
  location_id location = main_location;
  quantity on_hand = 0;
  quantity reserved = 0;
  friend bool operator==(const movement&, const movement&) = default;
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
  std::vector<split> splits;       // in the order they were made
  std::vector<incident> incidents; // open ones, oldest first
  quantity incident_units = 0;     // sum of incidents[].units of shortages
  // Open ones, oldest first; rarely more than a handful.
  std::vector<transfer> transfers;
  std::vector<return_case> returns;
  std::vector<supply> supplies;
  std::vector<fenced_units> fences; // by account
  // What an observation of the past must be corrected by; see recent_movements().
  std::vector<movement> movements;
  time_point movements_from{}; // observations before it are too old
  std::size_t open_reservations = 0;
  // Derived, to find work without a walk: expiry times as a min-heap (its top is never stale, other entries
  // may be), closed lines by age.
  std::vector<std::pair<time_point, uuid>> expiries;
  boost::container::deque<std::pair<time_point, uuid>> closed_lines; // takes no memory while it is empty
  time_point forgotten_to{};  // closed lines touched up to then made room for others before their retention
  bool moved_by_sale = false; // the last fact that moved available was a sale, a hold or the end of one
  duration retention = limits::key_retention_default; // configuration: how long closed lines are remembered
};

// The figures, each from those before it: total = sum of on_hand + in_transit; available = total - reserved -
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
  quantity oversold = 0; // units promised beyond total and incoming
  bool has_number = false;
  friend bool operator==(const figures&, const figures&) = default;
};

// O(locations, transfers and supplies). Thread: any that owns the state.
[[nodiscard]] figures figures_of(const sku_state& state);

// Safety stock of a rule when so many units are on hand. Percent is rounded up.
[[nodiscard]] quantity safety_units(const safety_rule& rule, quantity on_hand);

// Units kept for accounts other than `account`.
[[nodiscard]] quantity fenced_from(const sku_state& state, account_id account);

// The remembered movements, oldest first: at most limits::movements_per_sku_max, none older than
// limits::observation_age_max.
[[nodiscard]] std::span<const movement> recent_movements(const sku_state& state);

// Earliest time of an observation that can be corrected by recent_movements().
[[nodiscard]] time_point observable_from(const sku_state& state);

// A promise that incoming units must serve.
struct unserved {
  uuid reservation{};
  quantity units = 0; // of it that stock does not cover
};

// Open promises beyond what is on hand, oldest first: stock serves the oldest promises first. O(n log n).
[[nodiscard]] std::vector<unserved> unserved_promises(const sku_state& state);

// True when both have the same stock, reservations, incidents, safety and velocity, and have
// forgotten the same (derived members not compared).
[[nodiscard]] bool same(const sku_state& a, const sku_state& b);

} // namespace lockstep::engine
