// Transfers, returns, supplies, fences and incidents: few of a SKU, so they are looked through.
#include "engine/assertion.hpp"
#include "engine/bundle.hpp"
#include "engine/evolution.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

template <class Matter>
auto find(std::vector<Matter>& among, const uuid& id) {
  return std::ranges::find(among, id, &Matter::id);
}

transfer& transfer_of(sku_state& state, const fact& happened) {
  const auto found = find(state.transfers, happened.reservation);
  ensure(found != state.transfers.end(), "a transfer that goes on was under way", happened.version);
  return *found;
}

void settle(sku_state& state, transfer& under_way, quantity units) {
  under_way.open -= units;
  if (under_way.open == 0) std::erase(state.transfers, transfer{under_way});
}

void settle(sku_state& state, const return_case& open) {
  if (open.arrived >= open.announced && open.inspected >= open.arrived)
    std::erase(state.returns, return_case{open});
}

} // namespace

void send_off(sku_state& state, const fact& happened) {
  move_on_hand(state, happened.at, happened.location, -happened.units);
  state.transfers.push_back({happened.reservation, happened.location,
                             static_cast<location_id>(happened.value), happened.units, happened.version});
}

void arrive(sku_state& state, const fact& happened) {
  move_on_hand(state, happened.at, happened.location, happened.units);
  settle(state, transfer_of(state, happened), happened.units);
}

void lose(sku_state& state, const fact& happened) {
  settle(state, transfer_of(state, happened), happened.units);
}

void announce(sku_state& state, const fact& happened) {
  return_case open;
  open.id = happened.key;
  open.line = happened.reservation;
  open.location = happened.location;
  open.account = happened.account;
  open.announced = happened.units;
  open.opened = happened.version;
  state.returns.push_back(open);
}

void take_back(sku_state& state, const fact& happened) {
  if (!is_composed(happened.location)) {
    at_location(state, happened.location);
    state.inspecting += happened.units;
  }
  const auto open = find(state.returns, happened.reservation);
  const auto line = open == state.returns.end() ? happened.reservation : open->line;
  if (open != state.returns.end()) open->arrived += happened.units;
  if (happened.value > 0) return_line(state, happened, line);
}

void inspect(sku_state& state, const fact& happened) {
  state.inspecting -= happened.units;
  if (happened.kind == fact_kind::restocked)
    move_on_hand(state, happened.at, happened.location, happened.units);
  const auto open = find(state.returns, happened.reservation);
  if (open == state.returns.end()) return;
  open->inspected += happened.units;
  settle(state, *open);
}

void close_case(sku_state& state, const fact& happened) {
  const auto open = find(state.returns, happened.reservation);
  ensure(open != state.returns.end(), "a return that is closed was open", happened.version);
  open->announced = open->arrived;
  settle(state, *open);
}

void expect(sku_state& state, const fact& happened) {
  auto found = find(state.supplies, happened.reservation);
  if (found == state.supplies.end()) {
    state.supplies.push_back({.id = happened.reservation, .opened = happened.version});
    found = state.supplies.end() - 1;
  }
  found->location = happened.location;
  found->expected = happened.value;
  if (found->due != happened.expires_at) found->late = false;
  found->due = happened.expires_at;
  if (found->open() == 0) state.supplies.erase(found);
}

void receive_supply(sku_state& state, const fact& happened) {
  const auto found = find(state.supplies, happened.reservation);
  if (found == state.supplies.end()) return;
  found->arrived += happened.units;
  if (found->open() == 0) state.supplies.erase(found);
}

void close_supply(sku_state& state, const fact& happened) {
  std::erase_if(state.supplies, [&](const supply& each) { return each.id == happened.reservation; });
}

void set_fence(sku_state& state, const fact& happened) {
  const auto place = std::ranges::lower_bound(state.fences, happened.account, {}, &fenced_units::account);
  const bool known = place != state.fences.end() && place->account == happened.account;
  if (happened.units == 0) {
    if (known) state.fences.erase(place);
  } else if (known) {
    *place = {happened.account, happened.units, 0};
  } else {
    state.fences.insert(place, {happened.account, happened.units, 0});
  }
}

std::optional<incident> incident_of(const fact& happened) {
  auto cause = incident::kind::oversold;
  switch (happened.kind) {
  case fact_kind::oversold: cause = static_cast<incident::kind>(happened.value); break;
  case fact_kind::supply_late: cause = incident::kind::supply_late; break;
  case fact_kind::below_zero: cause = incident::kind::below_zero; break;
  default: return std::nullopt;
  }
  return incident{happened.version, happened.reservation, happened.units, happened.at, cause, happened.location};
}

void open_incident(sku_state& state, const fact& happened) {
  state.incidents.push_back(incident_of(happened).value());
  const auto& opened = state.incidents.back();
  if (opened.is_shortage()) state.incident_units += happened.units;
  if (opened.cause != incident::kind::supply_late) return;
  const auto late = find(state.supplies, happened.reservation);
  ensure(late != state.supplies.end(), "a supply that is late is expected", happened.version);
  late->late = true;
}

void close_incident(sku_state& state, const fact& happened) {
  const auto open = std::ranges::find(state.incidents, happened.value, &incident::opened);
  if (open == state.incidents.end()) return;
  if (open->is_shortage()) state.incident_units -= open->units;
  state.incidents.erase(open);
}

} // namespace lockstep::engine
