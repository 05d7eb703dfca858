// The effects of facts. Nothing here checks, refuses or looks at a clock: decide() did.
#include "engine/assertion.hpp"
#include "engine/decide.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace lockstep::engine {
namespace {

// Stale entries that may stay in the expiry heap beside the live ones, so that few reservations never cause
// work.
constexpr std::size_t expiries_kept_min = 16;

// Locations are kept in ascending order, so that equal stock is equal memory whatever came first.
stock_at& at_location(sku_state& state, location_id location) {
  const auto place = std::ranges::lower_bound(state.stock, location, {}, &stock_at::location);
  if (place != state.stock.end() && place->location == location) return *place;
  return *state.stock.insert(place, stock_at{location, 0, 0});
}

void add_on_hand(sku_state& state, const fact& happened) {
  at_location(state, happened.location).on_hand += happened.units;
  state.has_number = true;
}

bool is_live(const sku_state& state, const std::pair<time_point, uuid>& expiry) {
  const auto found = state.reservations.find(expiry.second);
  return found != state.reservations.end() && found->second.state == reservation::kind::hold &&
         found->second.expires_at == expiry.first;
}

void remember_expiry(sku_state& state, time_point at, const uuid& id) {
  auto& heap = state.expiries;
  if (heap.size() >= 2 * state.open_reservations + expiries_kept_min) {
    std::erase_if(heap, [&](const auto& expiry) { return !is_live(state, expiry); });
    std::ranges::make_heap(heap, std::greater{});
  }
  heap.emplace_back(at, id);
  std::ranges::push_heap(heap, std::greater{});
}

// Keeps the promise that the top of the heap is live, after the hold `ended` is one no longer.
void forget_expiry(sku_state& state, const uuid& ended) {
  auto& heap = state.expiries;
  if (heap.empty() || heap.front().second != ended) return;
  while (!heap.empty() && !is_live(state, heap.front())) {
    std::ranges::pop_heap(heap, std::greater{});
    heap.pop_back();
  }
}

void open_hold(sku_state& state, const fact& happened) {
  reservation opened;
  opened.location = happened.location;
  opened.account = happened.account;
  opened.ordered = happened.units;
  opened.expires_at = happened.expires_at;
  opened.touched_at = happened.at;
  opened.opened = happened.version;
  state.reservations.emplace(happened.reservation, opened);
  ++state.open_reservations;
  at_location(state, happened.location).reserved += happened.units;
  remember_expiry(state, happened.expires_at, happened.reservation);
}

void confirm_hold(sku_state& state, const fact& happened) {
  const auto kept = state.reservations.find(happened.reservation);
  ensure(kept != state.reservations.end(), "a hold that is confirmed was open", happened.version);
  kept->second.state = reservation::kind::confirmed_hold;
  kept->second.expires_at = {};
  kept->second.touched_at = happened.at;
  forget_expiry(state, happened.reservation);
  state.velocity.count(happened.at);
}

void end_hold(sku_state& state, const fact& happened) {
  const auto ended = state.reservations.find(happened.reservation);
  ensure(ended != state.reservations.end(), "a hold that ends was open", happened.version);
  at_location(state, ended->second.location).reserved -= ended->second.open();
  state.reservations.erase(ended);
  --state.open_reservations;
  forget_expiry(state, happened.reservation);
}

reservation& line_of(sku_state& state, const fact& happened) {
  const auto [found, is_new] = state.reservations.try_emplace(happened.reservation);
  auto& line = found->second;
  if (is_new) {
    line.state = reservation::kind::order_line;
    line.location = happened.location;
    line.account = happened.account;
    line.opened = happened.version;
  }
  return line;
}

void set_cumulative(reservation& line, const fact& happened) {
  switch (happened.kind) {
  case fact_kind::ordered: line.ordered = happened.value; break;
  case fact_kind::cancelled: line.cancelled = happened.value; break;
  case fact_kind::cancelled_by_id: line.cancelled_by_id = happened.value; break;
  case fact_kind::shipped: line.shipped = happened.value; break;
  case fact_kind::returned: line.returned = happened.value; break;
  default: break;
  }
}

// A confirmed hold is forgotten when it closes; an order line is remembered, for late messages about it.
void close_line(sku_state& state, const fact& happened, reservation::kind kind) {
  if (kind == reservation::kind::order_line) {
    state.closed_lines.emplace_back(happened.at, happened.reservation);
  } else {
    state.reservations.erase(happened.reservation);
  }
}

void change_line(sku_state& state, const fact& happened) {
  auto& line = line_of(state, happened);
  const auto before = line.open();
  if (happened.kind == fact_kind::ordered && line.ordered == 0) state.velocity.count(happened.at);
  set_cumulative(line, happened);
  line.touched_at = happened.at;
  const auto after = line.open();
  at_location(state, line.location).reserved += after - before;
  if (before == 0 && after > 0) ++state.open_reservations;
  if (before > 0 && after == 0) --state.open_reservations;
  if (after == 0) close_line(state, happened, line.state);
}

void ship_line(sku_state& state, const fact& happened) {
  change_line(state, happened);
  at_location(state, happened.location).on_hand -= happened.units;
}

void take_back(sku_state& state, const fact& happened) {
  at_location(state, happened.location);
  state.inspecting += happened.units;
  if (happened.value > 0) change_line(state, happened);
}

void open_incident(sku_state& state, const fact& happened) {
  state.incidents.push_back({happened.version, happened.reservation, happened.units, happened.at});
  state.incident_units += happened.units;
}

void close_incident(sku_state& state, const fact& happened) {
  state.incident_units -= happened.units;
  std::erase_if(state.incidents, [&](const incident& open) { return open.opened == happened.value; });
}

// Forgets the closed lines whose last fact is older than `oldest`. True when there was one.
bool forget_closed_before(sku_state& state, time_point oldest) {
  const auto remembered = state.reservations.size();
  auto& queue = state.closed_lines;
  while (!queue.empty() && queue.front().first < oldest) {
    const auto [touched_at, id] = queue.front();
    queue.pop_front();
    const auto found = state.reservations.find(id);
    if (found == state.reservations.end()) continue;
    const auto& line = found->second;
    if (line.open() == 0 && line.touched_at == touched_at) state.reservations.erase(found);
  }
  return state.reservations.size() < remembered;
}

// Closed lines are forgotten one retention after their last fact, or, the oldest first, when there are too
// many lines. By the time of facts, and all of one time together: a replay and a snapshot forget the same.
void forget_closed_lines(sku_state& state, time_point now) {
  (void)forget_closed_before(state, now - state.retention);
  const auto& queue = state.closed_lines;
  while (state.reservations.size() > limits::reservations_per_sku_max && !queue.empty() &&
         queue.front().first < now) {
    const auto touched_at = queue.front().first;
    if (forget_closed_before(state, touched_at + duration{1})) state.forgotten_to = touched_at + duration{1};
  }
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
  case fact_kind::restocked: return false;
  case fact_kind::returned:
  case fact_kind::scrapped:
  case fact_kind::oversold:
  case fact_kind::resolved: return std::nullopt;
  }
  return std::nullopt;
}

} // namespace

void evolve(sku_state& state, const fact& happened) {
  ensure(happened.version == state.version + 1, "facts are applied in order, without a gap", happened.version,
         state.version);
  state.version = happened.version;
  state.last_at = happened.at;
  state.moved_by_sale = is_of_sale(happened.kind).value_or(state.moved_by_sale);
  switch (happened.kind) {
  case fact_kind::received:
  case fact_kind::adjusted:
  case fact_kind::counted: add_on_hand(state, happened); break;
  case fact_kind::safety_set:
    state.safety = {static_cast<safety_rule::kind>(happened.value), happened.units};
    break;
  case fact_kind::held: open_hold(state, happened); break;
  case fact_kind::confirmed: confirm_hold(state, happened); break;
  case fact_kind::released:
  case fact_kind::expired: end_hold(state, happened); break;
  case fact_kind::ordered:
  case fact_kind::cancelled:
  case fact_kind::cancelled_by_id: change_line(state, happened); break;
  case fact_kind::shipped: ship_line(state, happened); break;
  case fact_kind::returned: take_back(state, happened); break;
  case fact_kind::restocked:
    state.inspecting -= happened.units;
    at_location(state, happened.location).on_hand += happened.units;
    break;
  case fact_kind::scrapped: state.inspecting -= happened.units; break;
  case fact_kind::oversold: open_incident(state, happened); break;
  case fact_kind::resolved: close_incident(state, happened); break;
  }
  forget_closed_lines(state, happened.at);
}

std::optional<time_point> next_expiry(const sku_state& state) {
  if (state.expiries.empty()) return std::nullopt;
  return state.expiries.front().first;
}

} // namespace lockstep::engine
