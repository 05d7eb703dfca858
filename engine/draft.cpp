#include "engine/draft.hpp"

#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lockstep::engine {
namespace {

const stock_at* find_location(const sku_state& state, location_id location) {
  const auto place = std::ranges::find(state.stock, location, &stock_at::location);
  return place == state.stock.end() ? nullptr : &*place;
}

fact& append(facts& written, const sku_state& before, time_point now, fact_kind kind) {
  auto& added = written.emplace_back();
  added.version = before.version + static_cast<version>(written.size());
  added.at = now;
  added.kind = kind;
  return added;
}

} // namespace

draft::draft(const sku_state& current, const command& body, const circumstances& where)
    : state(current), asked(body), around(where), before(figures_of(current)) {}

bool draft::has_location(location_id location) const {
  return location == main_location || find_location(state, location) != nullptr;
}

quantity draft::on_hand(location_id location) const {
  const auto* place = find_location(state, location);
  return place == nullptr ? 0 : place->on_hand;
}

const reservation* draft::find(const uuid& id) const {
  const auto found = state.reservations.find(id);
  return found == state.reservations.end() ? nullptr : &found->second;
}

bool draft::texts_fit(std::string_view note) const {
  return is_valid_text(asked.reference, limits::reference_bytes_max) &&
         is_valid_text(note, limits::note_bytes_max);
}

bool draft::reservations_full() const {
  return state.open_reservations >= limits::reservations_per_sku_max;
}

bool draft::total_fits(quantity change) const {
  const auto after = checked_add(before.total, change);
  return after && *after >= -limits::stock_max && *after <= limits::stock_max;
}

fact& draft::add(fact_kind kind, location_id location, quantity units) {
  auto& added = append(verdict_.facts, state, around.now, kind);
  if (verdict_.facts.size() == 1) {
    added.key = asked.key;
    added.content = asked.content;
  }
  added.account = asked.account;
  added.reference = asked.reference;
  added.location = location;
  added.units = units;
  return added;
}

fact& draft::add(fact_kind kind, const uuid& reservation, location_id location, quantity units) {
  auto& added = add(kind, location, units);
  added.reservation = reservation;
  return added;
}

decision draft::granted(const uuid& subject) && {
  verdict_.reservation = subject;
  verdict_.taken = reserved_change_ - total_change_;
  if (verdict_.facts.empty()) return std::move(verdict_);
  verdict_.version = verdict_.facts.front().version;
  const auto oversold = std::max<quantity>(0, before.reserved - before.total + verdict_.taken);
  if (oversold > before.oversold) {
    add(fact_kind::oversold, subject, main_location, oversold - before.oversold);
  } else {
    resolve_covered(state, oversold, around.now, verdict_.facts);
  }
  return std::move(verdict_);
}

bool is_movement(quantity units) {
  return units > 0 && units <= limits::units_per_movement_max;
}

void resolve_covered(const sku_state& before, quantity oversold, time_point now, facts& facts_so_far) {
  auto covered = before.incident_units - oversold;
  for (const auto& open : before.incidents) {
    if (open.units > covered) return;
    covered -= open.units;
    auto& resolved = append(facts_so_far, before, now, fact_kind::resolved);
    resolved.reservation = open.line;
    resolved.units = open.units;
    resolved.value = open.opened;
    resolved.note = "covered";
  }
}

} // namespace lockstep::engine
