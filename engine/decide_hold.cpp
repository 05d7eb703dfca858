// Holds: promises that end by themselves unless they become orders.
#include "engine/draft.hpp"
#include "engine/limits.hpp"

namespace lockstep::engine {
namespace {

bool expiry_fits(const draft& writing, time_point expires_at) {
  const auto now = writing.around.now;
  return !writing.forbids(expires_at <= now) && expires_at <= now + limits::hold_duration_max;
}

// What is asked of an open hold: it is one, and time has not ended it already.
refusal check_open(const draft& writing, const reservation* found) {
  if (!writing.texts_fit({})) return refusal::invalid_text;
  if (found == nullptr) return refusal::unknown_reservation;
  const bool late = found->state == reservation::kind::hold && found->expires_at <= writing.around.now;
  if (found->open() == 0 || writing.forbids(late)) return refusal::reservation_closed;
  return refusal::none;
}

quantity split_units(const sku_state& state, const uuid& id, location_id location) {
  quantity units = 0;
  for (const auto& each : state.splits)
    if (each.reservation == id && (location == anywhere || each.location == location)) units += each.units;
  return units;
}

quantity promised_at(const draft& writing, const uuid& id, const reservation& kept, location_id location) {
  const auto split = split_units(writing.state, id, location);
  return location == kept.location ? kept.open() - split_units(writing.state, id, anywhere) + split : split;
}

} // namespace

// A reservation of that id exists: its key was given before, and the key memory no longer knows for what.
refusal judge(draft& writing, const hold& asked) {
  if (writing.find(asked.reservation) != nullptr) return refusal::key_reused;
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!expiry_fits(writing, asked.expires_at)) return refusal::invalid_expiry;
  if (!writing.texts_fit({})) return refusal::invalid_text;
  const auto free = writing.free_to_sell(asked.location, asked.sells_ahead);
  if (writing.forbids(asked.units > free)) return refusal::insufficient_stock;
  if (!writing.has_location(asked.location)) return refusal::unknown_location;
  if (writing.forbids(writing.reservations_full())) return refusal::too_many_reservations;

  const auto where = place(writing, asked.location, asked.units);
  auto& held = writing.add(fact_kind::held, asked.reservation, where.own.location, asked.units);
  held.expires_at = asked.expires_at;
  writing.change_reserved(asked.units);
  write_splits(writing, asked.reservation, where);
  return refusal::none;
}

refusal judge(draft& writing, const extend& asked) {
  if (!expiry_fits(writing, asked.expires_at)) return refusal::invalid_expiry;
  const auto* found = writing.find(asked.reservation);
  if (const auto reason = check_open(writing, found); reason != refusal::none) return reason;
  if (found->state != reservation::kind::hold) return refusal::reservation_confirmed;
  if (found->expires_at == asked.expires_at) return refusal::none;

  writing.add(fact_kind::extended, asked.reservation, found->location, 0).expires_at = asked.expires_at;
  return refusal::none;
}

// An order confirmed before stays confirmed: granted without a fact.
refusal judge(draft& writing, const confirm& asked) {
  if (asked.units != 0 && !is_movement(asked.units)) return refusal::invalid_quantity;
  const auto* found = writing.find(asked.reservation);
  if (const auto reason = check_open(writing, found); reason != refusal::none) return reason;
  if (found->state != reservation::kind::hold) return refusal::none;
  if (asked.units > found->open()) return refusal::below_zero;

  const auto rest = asked.units == 0 ? 0 : found->open() - asked.units;
  if (rest > 0) {
    writing.add(fact_kind::released, asked.reservation, found->location, rest);
    writing.change_reserved(-rest);
  }
  writing.add(fact_kind::confirmed, asked.reservation, found->location, 0);
  return refusal::none;
}

refusal judge(draft& writing, const release& asked) {
  const auto* found = writing.find(asked.reservation);
  if (const auto reason = check_open(writing, found); reason != refusal::none) return reason;
  if (found->state != reservation::kind::hold) return refusal::reservation_confirmed;

  writing.add(fact_kind::released, asked.reservation, found->location, found->open());
  writing.change_reserved(-found->open());
  return refusal::none;
}

refusal judge(draft& writing, const allocate& asked) {
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit({})) return refusal::invalid_text;
  if (asked.from == asked.to || asked.from == anywhere || asked.to == anywhere) return refusal::invalid_location;
  if (!writing.has_location(asked.to)) return refusal::unknown_location;
  const auto* found = writing.find(asked.reservation);
  if (found == nullptr) return refusal::unknown_reservation;
  if (found->open() == 0) return refusal::reservation_closed;
  if (asked.units > promised_at(writing, asked.reservation, *found, asked.from)) return refusal::below_zero;

  writing.add(fact_kind::allocated, asked.reservation, asked.to, asked.units).value =
      static_cast<quantity>(asked.from);
  return refusal::none;
}

} // namespace lockstep::engine
