// A decision while it is being written: the facts so far and the balance they will lead to. Internal to
// decide().
#pragma once

#include "engine/decide.hpp"

#include <string_view>

namespace lockstep::engine {

class draft {
 public:
  draft(const sku_state& current, const command& body, const circumstances& where);

  // --- what checks look at ---
  const sku_state& state;
  const command& asked;
  const circumstances& around;
  const figures before; // as of the state

  // Units a request may take.
  [[nodiscard]] quantity free() const { return before.available - around.withheld; }

  // True when `violated` forbids the command. What was promised to a group is not held back by what came
  // after.
  [[nodiscard]] bool forbids(bool violated) const { return violated && !around.promised; }

  [[nodiscard]] bool has_location(location_id location) const;
  [[nodiscard]] quantity on_hand(location_id location) const;
  // Null when nobody here remembers it.
  [[nodiscard]] const reservation* find(const uuid& id) const;
  // The command's reference and `note` are what a store can hold.
  [[nodiscard]] bool texts_fit(std::string_view note) const;
  // No request may open a further reservation.
  [[nodiscard]] bool reservations_full() const;
  // Total stays within limits::stock_max when it changes by `change`.
  [[nodiscard]] bool total_fits(quantity change) const;

  // --- effects, after the last check ---
  fact& add(fact_kind kind, location_id location, quantity units);
  fact& add(fact_kind kind, const uuid& reservation, location_id location, quantity units);

  void change_total(quantity change) { total_change_ += change; }

  void change_reserved(quantity change) { reserved_change_ += change; }

  void set_sold(quantity units) { verdict_.sold = units; }

  // Opens an incident when the facts promise beyond total, resolves those they cover, and gives the verdict.
  [[nodiscard]] decision granted(const uuid& subject) &&;

 private:
  decision verdict_;
  quantity total_change_ = 0;
  quantity reserved_change_ = 0;
};

// One order line (or confirmed hold) as record_line and ship change it; see decide_line.cpp.
[[nodiscard]] refusal judge(draft& writing, const record_line& asked);
[[nodiscard]] refusal judge(draft& writing, const ship& asked);
[[nodiscard]] refusal judge(draft& writing, const take_return& asked);

// Quantities of a movement: above zero, and not absurd.
[[nodiscard]] bool is_movement(quantity units);

// Appends `resolved` facts for the oldest incidents of `before` that are covered when only `oversold` units
// still are.
void resolve_covered(const sku_state& before, quantity oversold, time_point now, facts& facts_so_far);

} // namespace lockstep::engine
