// From which warehouses a promise is to be served.
#include "engine/bundle.hpp"
#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

// Locations the account is served from with the units there that are not promised yet, the best first.
std::vector<placed> candidates(const draft& writing) {
  std::vector<placed> found;
  const auto* rule = writing.around.sourcing;
  const auto add = [&](location_id location) {
    quantity free = 0;
    for (const auto& each : writing.state.stock)
      if (each.location == location) free = each.on_hand - each.reserved;
    found.push_back({location, free});
  };
  if (rule != nullptr && !rule->locations.empty())
    std::ranges::for_each(rule->locations, add);
  else
    for (const auto& each : writing.state.stock)
      add(each.location);
  if (found.empty()) add(main_location);
  if (rule != nullptr && rule->pick == sourcing_rule::choice::most_stock)
    std::ranges::stable_sort(found, std::ranges::greater{}, &placed::units);
  return found;
}

places split_over(const std::vector<placed>& from, quantity units) {
  std::vector<placed> parts;
  for (const auto& each : from) {
    const auto taken = std::min(each.units, units);
    if (taken <= 0) continue;
    parts.push_back({each.location, taken});
    units -= taken;
  }
  if (parts.empty()) return {{from.front().location, units}};
  placed own = parts.front();
  own.units += units;
  return {own, {parts.begin() + 1, parts.end()}};
}

} // namespace

quantity draft::free_to_sell(location_id location, bool sells_ahead) const {
  if (is_composed(location)) return limits::stock_max;
  auto units = free() - fenced_from(state, asked.account) + (sells_ahead ? before.incoming : 0);
  const auto* rule = around.sourcing;
  if (location != anywhere || rule == nullptr || rule->locations.empty()) return units;
  auto there = -around.withheld;
  for (const auto& each : rule->locations) {
    for (const auto& place : state.stock)
      if (place.location == each) there += place.on_hand - place.reserved;
    for (const auto& coming : state.supplies)
      if (sells_ahead && coming.location == each) there += coming.open();
  }
  return std::min(units, there);
}

// Where none has enough and a promise may not be split, one location is named all the same: the promise is
// provisional, and what ships tells where it left from.
places place(const draft& writing, location_id location, quantity units) {
  if (location != anywhere) return {{location, units}};
  const auto* rule = writing.around.sourcing;
  if (rule != nullptr && rule->locations.size() == 1) return {{rule->locations.front(), units}};
  const auto from = candidates(writing);
  const auto enough = std::ranges::find_if(from, [&](const placed& each) { return each.units >= units; });
  if (enough != from.end()) return {{enough->location, units}};
  if (writing.around.sourcing != nullptr && writing.around.sourcing->may_split)
    return split_over(from, units);
  return {{std::ranges::max_element(from, {}, &placed::units)->location, units}};
}

void write_splits(draft& writing, const uuid& id, const places& where) {
  for (const auto& each : where.others)
    writing.add(fact_kind::allocated, id, each.location, each.units).value =
        static_cast<quantity>(where.own.location);
}

} // namespace lockstep::engine
