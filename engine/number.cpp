#include "engine/number.hpp"

#include "engine/sku_state.hpp"

#include <algorithm>

namespace lockstep::engine {

namespace {

number_detail::place& place_of(std::vector<number_detail::place>& places, location_id location) {
  auto at = std::ranges::lower_bound(places, location, {}, &number_detail::place::location);
  if (at == places.end() || at->location != location) at = places.insert(at, {location, 0, 0});
  return *at;
}

std::vector<number_detail::place> places_of(const sku_state& of) {
  const auto elsewhere = [](const auto& each) { return each.location != main_location; };
  const bool only_main =
      std::ranges::none_of(of.stock, elsewhere) && std::ranges::none_of(of.supplies, elsewhere);
  std::vector<number_detail::place> places;
  if (only_main) return places;
  for (const auto& each : of.stock)
    place_of(places, each.location).free += each.on_hand - each.reserved;
  for (const auto& each : of.supplies)
    place_of(places, each.location).incoming += each.open();
  return places;
}

} // namespace

number number_of(sku_id sku, const sku_state& state) {
  const auto now = figures_of(state);
  number out{.sku = sku,
             .version = now.version,
             .available = now.available,
             .known = now.has_number,
             .by_person = false,
             .by_sale = state.moved_by_sale,
             .announced = false,
             .velocity = state.velocity,
             .incoming = now.incoming,
             .detail = {}};
  number_detail detail;
  detail.places = places_of(state);
  for (const auto& each : state.fences) {
    if (each.left() == 0) continue;
    detail.fences.push_back({each.account, fenced_from(state, each.account)});
    detail.fenced += each.left();
  }
  if (detail != number_detail{}) out.detail = std::make_shared<const number_detail>(std::move(detail));
  return out;
}

quantity fenced_from(const number& of, account_id account) {
  if (!of.detail) return 0;
  const auto named = std::ranges::find(of.detail->fences, account, &number_detail::fence::account);
  return named == of.detail->fences.end() ? of.detail->fenced : named->units;
}

std::optional<quantity> units_at(const number& of, std::span<const location_id> locations, bool ahead) {
  const auto serves = [&](location_id each) { return std::ranges::find(locations, each) != locations.end(); };
  if (!of.detail || of.detail->places.empty()) {
    if (serves(main_location)) return std::nullopt;
    return 0;
  }
  quantity units = 0;
  for (const auto& each : of.detail->places)
    if (serves(each.location)) units += each.free + (ahead ? each.incoming : 0);
  return units;
}

} // namespace lockstep::engine
