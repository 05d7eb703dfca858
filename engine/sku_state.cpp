#include "engine/sku_state.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

// Percent is of what is on hand, rounded up: half a unit of buffer is a whole unit that cannot be sold.
quantity safety_units(const safety_rule& rule, quantity on_hand) {
  if (rule.mode == safety_rule::kind::units) return rule.value;
  return on_hand > 0 ? (on_hand * rule.value + 99) / 100 : 0;
}

} // namespace

figures figures_of(const sku_state& state) {
  figures now;
  now.version = state.version;
  for (const auto& place : state.stock) {
    now.on_hand += place.on_hand;
    now.reserved += place.reserved;
  }
  now.total = now.on_hand + now.in_transit;
  now.safety = safety_units(state.safety, now.on_hand);
  now.available = now.total - now.reserved - now.in_transit - now.safety;
  now.inspecting = state.inspecting;
  now.oversold = std::max<quantity>(0, now.reserved - now.total);
  now.has_number = state.has_number;
  return now;
}

bool same(const sku_state& a, const sku_state& b) {
  return a.version == b.version && a.last_at == b.last_at && a.stock == b.stock &&
         a.inspecting == b.inspecting && a.safety == b.safety && a.has_number == b.has_number &&
         a.velocity == b.velocity && a.reservations == b.reservations && a.incidents == b.incidents &&
         a.forgotten_to == b.forgotten_to && a.moved_by_sale == b.moved_by_sale;
}

} // namespace lockstep::engine
