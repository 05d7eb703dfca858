#include "engine/remedy.hpp"

#include "engine/bundle.hpp"

#include <algorithm>
#include <tuple>

namespace lockstep::engine {

namespace {

std::vector<claim> claims_of(const sku_state& state) {
  std::vector<claim> claims;
  for (const auto& each : unserved_promises(state)) {
    const auto& kept = state.reservations.find(each.reservation)->second;
    claims.push_back({.reservation = each.reservation,
                      .account = kept.account,
                      .location = kept.location,
                      .units = kept.open(),
                      .missing = each.units,
                      .opened = kept.opened});
  }
  return claims;
}

// What is promised from warehouses that have too few, from those that have units free.
void propose_warehouses(const sku_state& state, std::vector<remedy>& into) {
  auto stock = state.stock;
  const auto free_at = [](const stock_at& at) { return at.on_hand - at.reserved; };
  if (std::ranges::none_of(stock, [&](const stock_at& at) { return free_at(at) < 0; })) return;
  std::vector<std::pair<const uuid*, const reservation*>> open;
  for (const auto& [id, kept] : state.reservations)
    if (kept.open() > 0 && !is_composed(kept.location)) open.emplace_back(&id, &kept);
  std::ranges::sort(open, {}, [](const auto& each) { return each.second->opened; });
  for (const auto& [id, kept] : open) {
    const auto here = std::ranges::find(stock, kept->location, &stock_at::location);
    if (here == stock.end()) continue;
    auto wanted = std::min(kept->open(), -free_at(*here));
    for (auto& there : stock) {
      const auto units = std::min(wanted, free_at(there));
      if (units <= 0) continue;
      into.push_back({.what = remedy::kind::allocate,
                      .units = units,
                      .reservation = *id,
                      .account = kept->account,
                      .promised = kept->opened,
                      .from = here->location,
                      .to = there.location});
      there.reserved += units;
      here->reserved -= units;
      wanted -= units;
    }
  }
}

// Units of an announced return are inspected under its id only.
void propose_inspections(const sku_state& state, std::vector<remedy>& into) {
  auto unannounced = state.inspecting;
  for (const auto& each : state.returns) {
    const auto units = std::min(each.arrived - each.inspected, unannounced);
    if (units <= 0) continue;
    into.push_back({.what = remedy::kind::inspect, .units = units, .announced = each.id});
    unannounced -= units;
  }
  if (unannounced > 0) into.push_back({.what = remedy::kind::inspect, .units = unannounced});
}

// What is expected serves the oldest promises first.
void propose_supplies(const sku_state& state, std::vector<claim>& claims, std::vector<remedy>& into) {
  auto supplies = state.supplies;
  std::ranges::sort(supplies, {}, [](const supply& s) { return std::tuple{s.due, s.opened}; });
  auto next = supplies.begin();
  quantity left = next == supplies.end() ? 0 : next->open();
  for (auto& each : claims) {
    auto missing = each.missing;
    while (missing > 0 && next != supplies.end()) {
      if (left == 0) {
        if (++next != supplies.end()) left = next->open();
        continue;
      }
      const auto units = std::min(missing, left);
      into.push_back({.what = remedy::kind::wait,
                      .units = units,
                      .reservation = each.reservation,
                      .account = each.account,
                      .promised = each.opened,
                      .supply = next->id,
                      .due = next->due});
      missing -= units;
      left -= units;
      if (missing == 0) each.due = next->due;
    }
  }
}

// The promises that cost least to give up, together as many units as are missing.
std::vector<remedy> cheapest(std::vector<claim> claims, quantity units, const cancel_cost& cost) {
  std::ranges::stable_sort(claims, {}, [&](const claim& c) {
    return std::tuple{cost(c.account), -c.opened};
  });
  std::vector<remedy> found;
  for (const auto& each : claims) {
    const auto given_up = std::min(units, each.missing);
    if (given_up <= 0) break;
    found.push_back({.what = remedy::kind::cancel,
                     .units = given_up,
                     .reservation = each.reservation,
                     .account = each.account,
                     .promised = each.opened});
    units -= given_up;
  }
  return found;
}

// For each promise that would be given up: the best substitute that has units left.
void propose_substitutes(const std::vector<remedy>& given_up, std::span<const substitute> offered,
                         std::vector<remedy>& into) {
  std::vector<substitute> left{offered.begin(), offered.end()};
  for (const auto& each : given_up) {
    auto wanted = each.units;
    for (auto& from : left) {
      const auto units = std::min(wanted, from.available);
      if (units <= 0) continue;
      auto& proposed = into.emplace_back(each);
      proposed.what = remedy::kind::substitute;
      proposed.units = units;
      proposed.instead = from.sku;
      from.available -= units;
      wanted -= units;
    }
  }
}

} // namespace

case_file examine(const sku_state& state, const incident& open, const cancel_cost& cost,
                  std::span<const substitute> substitutes) {
  case_file out;
  out.claims = claims_of(state);
  propose_warehouses(state, out.remedies);
  if (!out.claims.empty()) propose_inspections(state, out.remedies);
  propose_supplies(state, out.claims, out.remedies);
  const auto given_up = cheapest(out.claims, open.units, cost);
  propose_substitutes(given_up, substitutes, out.remedies);
  out.remedies.insert(out.remedies.end(), given_up.begin(), given_up.end());
  return out;
}

} // namespace lockstep::engine
