// Holds and order lines: what is promised, from where, and until when it is remembered.
#include "engine/assertion.hpp"
#include "engine/evolution.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <functional>

namespace lockstep::engine {
namespace {

// Stale entries that may stay in the expiry heap beside the live ones, so that few reservations never cause
// work.
constexpr std::size_t expiries_kept_min = 16;

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

quantity split_units(const sku_state& state, const uuid& id) {
  quantity units = 0;
  for (const auto& each : state.splits)
    if (each.reservation == id) units += each.units;
  return units;
}

// Takes `units` from the reservation's splits: those at `first`, then the newest.
void take_from_splits(sku_state& state, time_point at, const uuid& id, location_id first, quantity units) {
  const auto take = [&](split& from) {
    const auto taken = std::min(from.units, units);
    from.units -= taken;
    units -= taken;
    move_reserved(state, at, from.location, -taken);
  };
  for (auto& each : state.splits)
    if (each.reservation == id && each.location == first) take(each);
  for (auto each = state.splits.rbegin(); each != state.splits.rend() && units > 0; ++each)
    if (each->reservation == id) take(*each);
  std::erase_if(state.splits, [](const split& each) { return each.units == 0; });
}

// What a reservation promises changes by `units`. Fewer leave where they shipped from, `left_from`; then the
// splits, the newest first; then its own location.
void change_open(sku_state& state, time_point at, const uuid& id, location_id own, location_id left_from,
                 quantity before, quantity units) {
  if (units < 0 && !state.splits.empty()) {
    const auto elsewhere = split_units(state, id);
    const auto at_home = before - elsewhere;
    const auto of_splits = left_from == own ? std::max<quantity>(0, -units - at_home) : std::min(-units, elsewhere);
    take_from_splits(state, at, id, left_from, of_splits);
    units += of_splits;
  }
  move_reserved(state, at, own, units);
}

void count_against_fence(sku_state& state, account_id account, quantity demand) {
  if (state.fences.empty() || demand == 0) return;
  for (auto& each : state.fences)
    if (each.account == account) each.taken += demand;
}

quantity demand_of(const reservation& line) {
  return std::max<quantity>(0, line.ordered - line.cancelled_units());
}

reservation& line_of(sku_state& state, const fact& happened, const uuid& id) {
  const auto [found, is_new] = state.reservations.try_emplace(id);
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
void close_line(sku_state& state, const fact& happened, const uuid& id, reservation::kind kind) {
  if (kind == reservation::kind::order_line) {
    state.closed_lines.emplace_back(happened.at, id);
  } else {
    state.reservations.erase(id);
  }
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

void change(sku_state& state, const fact& happened, const uuid& id) {
  auto& line = line_of(state, happened, id);
  const auto before = line.open();
  const auto demand_before = demand_of(line);
  if (happened.kind == fact_kind::ordered && line.ordered == 0) state.velocity.count(happened.at);
  set_cumulative(line, happened);
  line.touched_at = happened.at;
  const auto after = line.open();
  const auto left_from = happened.kind == fact_kind::shipped ? happened.location : anywhere;
  change_open(state, happened.at, id, line.location, left_from, before, after - before);
  count_against_fence(state, line.account, demand_of(line) - demand_before);
  if (before == 0 && after > 0) ++state.open_reservations;
  if (before > 0 && after == 0) --state.open_reservations;
  if (after == 0) close_line(state, happened, id, line.state);
}

} // namespace

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
  move_reserved(state, happened.at, happened.location, happened.units);
  count_against_fence(state, happened.account, happened.units);
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

void extend_hold(sku_state& state, const fact& happened) {
  const auto kept = state.reservations.find(happened.reservation);
  ensure(kept != state.reservations.end(), "a hold that is extended was open", happened.version);
  kept->second.expires_at = happened.expires_at;
  kept->second.touched_at = happened.at;
  forget_expiry(state, happened.reservation);
  remember_expiry(state, happened.expires_at, happened.reservation);
}

// A hold has no other cancels: what is given back of it counts as never held.
void give_back(sku_state& state, const fact& happened) {
  const auto kept = state.reservations.find(happened.reservation);
  ensure(kept != state.reservations.end(), "a hold that ends was open", happened.version);
  change_open(state, happened.at, kept->first, kept->second.location, anywhere, kept->second.open(),
              -happened.units);
  kept->second.ordered -= happened.units;
  kept->second.touched_at = happened.at;
  count_against_fence(state, kept->second.account, -happened.units);
  if (kept->second.open() > 0) return;
  state.reservations.erase(kept);
  --state.open_reservations;
  forget_expiry(state, happened.reservation);
}

void change_line(sku_state& state, const fact& happened) {
  change(state, happened, happened.reservation);
}

void return_line(sku_state& state, const fact& happened, const uuid& line) {
  change(state, happened, line);
}

void allocate_elsewhere(sku_state& state, const fact& happened) {
  const auto& id = happened.reservation;
  const auto from = static_cast<location_id>(happened.value);
  const auto kept = state.reservations.find(id);
  ensure(kept != state.reservations.end(), "what is allocated elsewhere is promised", happened.version);
  const auto split_at = [&](location_id location) {
    return std::ranges::find_if(state.splits, [&](const split& each) {
      return each.reservation == id && each.location == location;
    });
  };
  if (from != kept->second.location) {
    const auto left = split_at(from);
    ensure(left != state.splits.end(), "what is allocated elsewhere was promised there", happened.version);
    left->units -= happened.units;
    if (left->units == 0) state.splits.erase(left);
  }
  if (happened.location != kept->second.location) {
    if (const auto there = split_at(happened.location); there != state.splits.end())
      there->units += happened.units;
    else
      state.splits.push_back({id, happened.location, happened.units});
  }
  move_reserved(state, happened.at, from, -happened.units);
  move_reserved(state, happened.at, happened.location, happened.units);
}

void forget_closed_lines(sku_state& state, time_point now) {
  (void)forget_closed_before(state, now - state.retention);
  const auto& queue = state.closed_lines;
  while (state.reservations.size() > limits::reservations_per_sku_max && !queue.empty() &&
         queue.front().first < now) {
    const auto touched_at = queue.front().first;
    if (forget_closed_before(state, touched_at + duration{1})) state.forgotten_to = touched_at + duration{1};
  }
}

} // namespace lockstep::engine
