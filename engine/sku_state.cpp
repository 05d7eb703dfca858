#include "engine/sku_state.hpp"

#include "engine/bundle.hpp"

#include <algorithm>

namespace lockstep::engine {

// Percent is of what is on hand, rounded up: half a unit of buffer is a whole unit that cannot be sold.
quantity safety_units(const safety_rule& rule, quantity on_hand) {
  if (rule.mode != safety_rule::kind::percent) return rule.value;
  return on_hand > 0 ? (on_hand * rule.value + 99) / 100 : 0;
}

figures figures_of(const sku_state& state) {
  figures now;
  now.version = state.version;
  for (const auto& place : state.stock) {
    now.on_hand += place.on_hand;
    now.reserved += place.reserved;
  }
  for (const auto& under_way : state.transfers)
    now.in_transit += under_way.open;
  for (const auto& each : state.supplies)
    now.incoming += each.open();
  now.total = now.on_hand + now.in_transit;
  now.safety = safety_units(state.safety, now.on_hand);
  now.available = now.total - now.reserved - now.in_transit - now.safety;
  now.inspecting = state.inspecting;
  now.oversold = std::max<quantity>(0, now.reserved - now.total - now.incoming);
  now.has_number = state.has_number;
  return now;
}

quantity fenced_from(const sku_state& state, account_id account) {
  quantity units = 0;
  for (const auto& each : state.fences)
    if (each.account != account) units += each.left();
  return units;
}

std::span<const movement> recent_movements(const sku_state& state) {
  const std::span<const movement> all{state.movements};
  const auto kept = all.last(std::min(all.size(), limits::movements_per_sku_max));
  const auto oldest = state.last_at - limits::observation_age_max;
  const auto first = std::ranges::find_if(kept, [&](const movement& each) { return each.second >= oldest; });
  return {first, kept.end()};
}

// The second at which the remembered movements begin may be cut in two.
time_point observable_from(const sku_state& state) {
  const auto by_age = std::max(state.movements_from, state.last_at - limits::observation_age_max);
  const auto count = state.movements.size();
  if (count <= limits::movements_per_sku_max) return by_age;
  const auto& oldest = state.movements[count - limits::movements_per_sku_max];
  return std::max(by_age, oldest.second + std::chrono::seconds{1});
}

std::vector<unserved> unserved_promises(const sku_state& state) {
  std::vector<std::pair<const uuid*, const reservation*>> open;
  for (const auto& [id, kept] : state.reservations)
    if (kept.open() > 0 && !is_composed(kept.location)) open.emplace_back(&id, &kept);
  std::ranges::sort(open, {}, [](const auto& each) { return each.second->opened; });
  std::vector<unserved> out;
  auto stock = std::max<quantity>(0, figures_of(state).on_hand);
  for (const auto& [id, kept] : open) {
    const auto served = std::min(stock, kept->open());
    stock -= served;
    if (served < kept->open()) out.push_back({*id, kept->open() - served});
  }
  return out;
}

bool same(const sku_state& a, const sku_state& b) {
  return a.version == b.version && a.last_at == b.last_at && a.stock == b.stock &&
         a.inspecting == b.inspecting && a.safety == b.safety && a.has_number == b.has_number &&
         a.velocity == b.velocity && a.reservations == b.reservations && a.incidents == b.incidents &&
         a.splits == b.splits && a.transfers == b.transfers && a.returns == b.returns &&
         a.supplies == b.supplies && a.fences == b.fences &&
         std::ranges::equal(recent_movements(a), recent_movements(b)) &&
         observable_from(a) == observable_from(b) && a.forgotten_to == b.forgotten_to &&
         a.moved_by_sale == b.moved_by_sale;
}

} // namespace lockstep::engine
