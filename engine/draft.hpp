// A decision while it is being written: the facts so far and the balance they will lead to. Internal to
// decide().
#pragma once

#include "engine/decide.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lockstep::engine {

class draft {
 public:
  draft(const sku_state& current, const command& body, const circumstances& where);

  // --- what checks look at ---
  const sku_state& state;
  const command& asked;
  const circumstances& around;
  const figures before; // as of the state

  // Units a request may take out of stock.
  [[nodiscard]] quantity free() const { return before.available - around.withheld; }

  // Units a request may sell: what is kept for other accounts is not there, and what is incoming only to who
  // `sells_ahead`. From `location` (anywhere: from those of the sourcing rule). A bundle's own line takes none, and
  // is never short, here or of units on hand: its components are.
  [[nodiscard]] quantity free_to_sell(location_id location, bool sells_ahead) const;

  // True when `violated` forbids the command. What was promised to a group is not held back by what came
  // after.
  [[nodiscard]] bool forbids(bool violated) const { return violated && !around.promised; }

  [[nodiscard]] bool has_location(location_id location) const;
  [[nodiscard]] quantity on_hand(location_id location) const;
  // Null when nobody here remembers it.
  [[nodiscard]] const reservation* find(const uuid& id) const;
  // The command's reference and `note` are what a store can hold.
  [[nodiscard]] bool texts_fit(std::string_view note) const;
  // Null when there is none open.
  [[nodiscard]] const transfer* find_transfer(const uuid& id) const;
  [[nodiscard]] const return_case* find_return(const uuid& id) const;
  [[nodiscard]] const supply* find_supply(const uuid& id) const;
  // No request may open a further reservation.
  [[nodiscard]] bool reservations_full() const;
  // Total stays within limits::stock_max when it changes by `change`.
  [[nodiscard]] bool total_fits(quantity change) const;

  // --- effects, after the last check ---
  fact& add(fact_kind kind, location_id location, quantity units);
  fact& add(fact_kind kind, const uuid& reservation, location_id location, quantity units);

  void change_total(quantity change) { total_change_ += change; }

  void change_reserved(quantity change) { reserved_change_ += change; }

  void change_in_transit(quantity change) { in_transit_change_ += change; }

  void change_incoming(quantity change) { incoming_change_ += change; }

  // What a shortage that the facts make is called.
  void set_cause(incident::kind cause) { cause_ = cause; }

  // The open incident of a supply that is late no more.
  void resolve_late(const uuid& supply);

  void set_sold(quantity units) { verdict_.sold = units; }

  // Opens an incident when the facts promise beyond what there is and will be, or leave a location below zero;
  // resolves those they cover; gives the verdict.
  [[nodiscard]] decision granted(const uuid& subject) &&;

 private:
  decision verdict_;
  quantity total_change_ = 0;
  quantity reserved_change_ = 0;
  quantity in_transit_change_ = 0;
  quantity incoming_change_ = 0;
  incident::kind cause_ = incident::kind::oversold;

  void note_below_zero();
};

// --- the judges: `none` when granted, and the facts are in the draft. Each command has one.
[[nodiscard]] refusal judge(draft& writing, const hold& asked); // decide_hold.cpp
[[nodiscard]] refusal judge(draft& writing, const extend& asked);
[[nodiscard]] refusal judge(draft& writing, const confirm& asked);
[[nodiscard]] refusal judge(draft& writing, const release& asked);
[[nodiscard]] refusal judge(draft& writing, const allocate& asked);
[[nodiscard]] refusal judge(draft& writing, const adjust& asked); // decide_count.cpp
[[nodiscard]] refusal judge(draft& writing, const count& asked);
[[nodiscard]] refusal judge(draft& writing, const count_available& asked);
[[nodiscard]] refusal judge(draft& writing, const announce_return& asked); // decide_return.cpp
[[nodiscard]] refusal judge(draft& writing, const take_return& asked);
[[nodiscard]] refusal judge(draft& writing, const inspect_return& asked);
[[nodiscard]] refusal judge(draft& writing, const close_return& asked);
[[nodiscard]] refusal judge(draft& writing, const send_transfer& asked); // decide_transfer.cpp
[[nodiscard]] refusal judge(draft& writing, const receive_transfer& asked);
[[nodiscard]] refusal judge(draft& writing, const cancel_transfer& asked);
[[nodiscard]] refusal judge(draft& writing, const receive& asked); // decide_supply.cpp
[[nodiscard]] refusal judge(draft& writing, const expect_supply& asked);
[[nodiscard]] refusal judge(draft& writing, const cancel_supply& asked);

// One order line (or confirmed hold) as record_line and ship change it; see decide_line.cpp.
[[nodiscard]] refusal judge(draft& writing, const record_line& asked);
[[nodiscard]] refusal judge(draft& writing, const ship& asked);

// A fact that changes total by `units`.
fact& change_stock(draft& writing, fact_kind kind, location_id location, quantity units,
                   const std::string& note);

// Older than its key is remembered: a repeat cannot be told from news.
[[nodiscard]] bool is_too_old(const draft& writing);

// Where a promise is to be served from, nearly always one location; the others are of one that is split.
struct places {
  placed own;
  std::vector<placed> others{};
};

// Where `units` are promised from. `location`: as asked.
[[nodiscard]] places place(const draft& writing, location_id location, quantity units);
// Facts that move what was not placed at the reservation's own location.
void write_splits(draft& writing, const uuid& id, const places& where);

// Quantities of a movement: above zero, and not absurd.
[[nodiscard]] bool is_movement(quantity units);

// Appends `resolved` facts for the oldest incidents of `before` that are covered when only `oversold` units
// still are.
void resolve_covered(const sku_state& before, quantity oversold, time_point now, facts& facts_so_far);

} // namespace lockstep::engine
