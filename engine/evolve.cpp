// The effects of facts. Nothing here checks, refuses or looks at a clock: decide() did.
#include "engine/assertion.hpp"
#include "engine/bundle.hpp"
#include "engine/decide.hpp"
#include "engine/evolution.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <optional>

namespace lockstep::engine {
namespace {

// The place of a movement of this second; a new second first forgets what is too old, when there is no room.
movement& movement_at(sku_state& state, time_point at, location_id location) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  auto& all = state.movements;
  for (auto each = all.rbegin(); each != all.rend() && each->second == second; ++each)
    if (each->location == location) return *each;
  if (all.size() == all.capacity()) {
    if (all.size() > limits::movements_per_sku_max) state.movements_from = observable_from(state);
    const auto dropped = all.size() - recent_movements(state).size();
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(dropped));
  }
  return all.emplace_back(movement{second, location, 0, 0});
}

void receive_units(sku_state& state, const fact& happened) {
  move_on_hand(state, happened.at, happened.location, happened.units);
  state.has_number = true;
}

void count_units(sku_state& state, const fact& happened) {
  receive_units(state, happened);
  auto& observed_at = at_location(state, happened.location).observed_at;
  observed_at = happened.expires_at == time_point{} ? happened.at : happened.expires_at;
}

// Whether it was a sale, a hold or the end of one that moved available; nothing when the fact moves none.
std::optional<bool> is_of_sale(fact_kind kind) {
  switch (kind) {
  case fact_kind::held:
  case fact_kind::confirmed:
  case fact_kind::released:
  case fact_kind::expired:
  case fact_kind::ordered:
  case fact_kind::cancelled:
  case fact_kind::cancelled_by_id:
  case fact_kind::shipped: return true;
  case fact_kind::received:
  case fact_kind::adjusted:
  case fact_kind::counted:
  case fact_kind::safety_set:
  case fact_kind::restocked:
  case fact_kind::sent:
  case fact_kind::arrived:
  case fact_kind::expected:
  case fact_kind::supply_closed:
  case fact_kind::fenced: return false;
  case fact_kind::returned:
  case fact_kind::scrapped:
  case fact_kind::oversold:
  case fact_kind::resolved:
  case fact_kind::lost:
  case fact_kind::announced:
  case fact_kind::return_closed:
  case fact_kind::supply_late:
  case fact_kind::extended:
  case fact_kind::allocated:
  case fact_kind::below_zero: return std::nullopt;
  }
  return std::nullopt;
}

} // namespace

stock_at& at_location(sku_state& state, location_id location) {
  const auto place = std::ranges::lower_bound(state.stock, location, {}, &stock_at::location);
  if (place != state.stock.end() && place->location == location) return *place;
  return *state.stock.insert(place, stock_at{location, 0, 0, {}});
}

void move_on_hand(sku_state& state, time_point at, location_id location, quantity units) {
  if (is_composed(location)) return;
  at_location(state, location).on_hand += units;
  if (units != 0) movement_at(state, at, location).on_hand += units;
}

void move_reserved(sku_state& state, time_point at, location_id location, quantity units) {
  if (is_composed(location)) return;
  at_location(state, location).reserved += units;
  if (units != 0) movement_at(state, at, location).reserved += units;
}

void evolve(sku_state& state, const fact& happened) {
  ensure(happened.version == state.version + 1, "facts are applied in order, without a gap", happened.version,
         state.version);
  state.version = happened.version;
  state.last_at = happened.at;
  state.moved_by_sale = is_of_sale(happened.kind).value_or(state.moved_by_sale);
  switch (happened.kind) {
  case fact_kind::received:
    receive_units(state, happened);
    if (!happened.reservation.is_nil()) receive_supply(state, happened);
    break;
  case fact_kind::adjusted: receive_units(state, happened); break;
  case fact_kind::counted: count_units(state, happened); break;
  case fact_kind::safety_set:
    state.safety = {static_cast<safety_rule::kind>(happened.value), happened.units};
    break;
  case fact_kind::held: open_hold(state, happened); break;
  case fact_kind::confirmed: confirm_hold(state, happened); break;
  case fact_kind::released:
  case fact_kind::expired: give_back(state, happened); break;
  case fact_kind::ordered:
  case fact_kind::cancelled:
  case fact_kind::cancelled_by_id: change_line(state, happened); break;
  case fact_kind::shipped:
    change_line(state, happened);
    move_on_hand(state, happened.at, happened.location, -happened.units);
    break;
  case fact_kind::returned: take_back(state, happened); break;
  case fact_kind::restocked:
  case fact_kind::scrapped: inspect(state, happened); break;
  case fact_kind::oversold:
  case fact_kind::supply_late:
  case fact_kind::below_zero: open_incident(state, happened); break;
  case fact_kind::resolved: close_incident(state, happened); break;
  case fact_kind::sent: send_off(state, happened); break;
  case fact_kind::arrived: arrive(state, happened); break;
  case fact_kind::lost: lose(state, happened); break;
  case fact_kind::announced: announce(state, happened); break;
  case fact_kind::return_closed: close_case(state, happened); break;
  case fact_kind::expected: expect(state, happened); break;
  case fact_kind::supply_closed: close_supply(state, happened); break;
  case fact_kind::extended: extend_hold(state, happened); break;
  case fact_kind::allocated: allocate_elsewhere(state, happened); break;
  case fact_kind::fenced: set_fence(state, happened); break;
  }
  forget_closed_lines(state, happened.at);
}

std::optional<time_point> next_expiry(const sku_state& state) {
  std::optional<time_point> next;
  if (!state.expiries.empty()) next = state.expiries.front().first;
  for (const auto& each : state.supplies)
    if (!each.late && (!next || each.due < *next)) next = each.due;
  return next;
}

} // namespace lockstep::engine
