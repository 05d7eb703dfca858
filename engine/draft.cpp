#include "engine/draft.hpp"

#include "engine/bundle.hpp"
#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace lockstep::engine {
namespace {

// What a fact adds to on-hand of its location.
quantity on_hand_change(const fact& happened) {
  switch (happened.kind) {
  case fact_kind::received:
  case fact_kind::adjusted:
  case fact_kind::counted:
  case fact_kind::restocked:
  case fact_kind::arrived: return happened.units;
  case fact_kind::shipped:
  case fact_kind::sent: return -happened.units;
  default: return 0;
  }
}

// An account that reports no shipment sells what is gone: that is an oversell, and not a wrong count.
bool reports_shipments(const command& asked) {
  const auto* line = std::get_if<record_line>(&asked.body);
  return line == nullptr || !line->ships_when_sold;
}

template <class Matter>
const Matter* find_open(const std::vector<Matter>& among, const uuid& id) {
  const auto found = std::ranges::find(among, id, &Matter::id);
  return found == among.end() ? nullptr : &*found;
}

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
  return location == main_location || location <= anywhere || find_location(state, location) != nullptr;
}

quantity draft::on_hand(location_id location) const {
  if (is_composed(location)) return limits::stock_max;
  const auto* place = find_location(state, location);
  return place == nullptr ? 0 : place->on_hand;
}

const transfer* draft::find_transfer(const uuid& id) const {
  return find_open(state.transfers, id);
}

const return_case* draft::find_return(const uuid& id) const {
  return find_open(state.returns, id);
}

const supply* draft::find_supply(const uuid& id) const {
  return find_open(state.supplies, id);
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

void draft::resolve_late(const uuid& supply) {
  for (const auto& open : state.incidents) {
    if (open.cause != incident::kind::supply_late || open.line != supply) continue;
    auto& resolved = add(fact_kind::resolved, supply, main_location, open.units);
    resolved.value = open.opened;
    resolved.note = "not late any more";
  }
}

// A location that ships more than it has was counted wrongly.
void draft::note_below_zero() {
  const bool ships = reports_shipments(asked) && std::ranges::any_of(verdict_.facts, [](const fact& each) {
                       return each.kind == fact_kind::shipped && each.units > 0;
                     });
  if (!ships && state.incidents.empty()) return;
  const auto written = verdict_.facts.size();
  const auto after = [&](location_id location) {
    auto units = on_hand(location);
    for (std::size_t i = 0; i < written; ++i)
      if (verdict_.facts[i].location == location) units += on_hand_change(verdict_.facts[i]);
    return units;
  };
  for (std::size_t i = 0; ships && i < written; ++i) {
    const auto [location, line] = std::pair{verdict_.facts[i].location, verdict_.facts[i].reservation};
    if (verdict_.facts[i].kind != fact_kind::shipped) continue;
    const auto missing = std::min<quantity>(0, on_hand(location)) - after(location);
    if (missing > 0) add(fact_kind::below_zero, line, location, missing);
  }
  for (const auto& open : state.incidents) {
    if (open.cause != incident::kind::below_zero || after(open.location) < 0) continue;
    auto& resolved = add(fact_kind::resolved, open.line, open.location, open.units);
    resolved.value = open.opened;
    resolved.note = "covered";
  }
}

decision draft::granted(const uuid& subject) && {
  verdict_.reservation = subject;
  verdict_.taken = reserved_change_ - total_change_ + in_transit_change_;
  if (verdict_.facts.empty()) return std::move(verdict_);
  verdict_.version = verdict_.facts.front().version;
  note_below_zero();
  const auto promised = before.reserved - before.total - before.incoming;
  const auto oversold = std::max<quantity>(0, promised + reserved_change_ - total_change_ - incoming_change_);
  if (oversold > before.oversold) {
    add(fact_kind::oversold, subject, main_location, oversold - before.oversold).value =
        static_cast<quantity>(cause_);
  } else {
    resolve_covered(state, oversold, around.now, verdict_.facts);
  }
  return std::move(verdict_);
}

fact& change_stock(draft& writing, fact_kind kind, location_id location, quantity units,
                   const std::string& note) {
  writing.change_total(units);
  auto& added = writing.add(kind, location, units);
  added.note = note;
  return added;
}

bool is_too_old(const draft& writing) {
  const auto occurred_at = writing.asked.occurred_at;
  return occurred_at != time_point{} && occurred_at < writing.around.now - writing.state.retention;
}

bool is_movement(quantity units) {
  return units > 0 && units <= limits::units_per_movement_max;
}

void resolve_covered(const sku_state& before, quantity oversold, time_point now, facts& facts_so_far) {
  auto covered = before.incident_units - oversold;
  for (const auto& open : before.incidents) {
    if (!open.is_shortage()) continue;
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
