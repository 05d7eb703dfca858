// On-hand corrected from outside: by a difference, by a count, by what another system shows as available.
#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

// What moved since the second of an observation, its own included.
struct since {
  quantity on_hand = 0;   // at the location
  quantity available = 0; // of the SKU, the safety rule left out
};

since moved_since(const sku_state& state, location_id location, time_point second) {
  since moved;
  for (const auto& each : recent_movements(state)) {
    if (each.second < second) continue;
    if (each.location == location) moved.on_hand += each.on_hand;
    moved.available += each.on_hand - each.reserved;
  }
  return moved;
}

time_point last_observed(const draft& writing, location_id location) {
  const auto place = std::ranges::find(writing.state.stock, location, &stock_at::location);
  return place == writing.state.stock.end() ? time_point{} : place->observed_at;
}

bool is_of_the_past(const draft& writing, time_point observed_at) {
  return observed_at != time_point{} && observed_at < writing.around.now;
}

// An observation may correct what is known: it is newer, and what happened since is remembered.
refusal check_observed(const draft& writing, location_id location, time_point observed_at) {
  if (!is_of_the_past(writing, observed_at)) return refusal::none;
  if (observed_at < last_observed(writing, location)) return refusal::stale_observation;
  const auto second = std::chrono::floor<std::chrono::seconds>(observed_at);
  return second < observable_from(writing.state) ? refusal::observation_too_old : refusal::none;
}

since correction(const draft& writing, location_id location, time_point observed_at) {
  if (!is_of_the_past(writing, observed_at)) return {};
  return moved_since(writing.state, location, std::chrono::floor<std::chrono::seconds>(observed_at));
}

bool is_count(quantity units) {
  return units >= 0 && units <= limits::units_per_movement_max;
}

void write_count(draft& writing, location_id location, quantity difference, quantity stated,
                 time_point observed_at, const std::string& note) {
  auto& counted = change_stock(writing, fact_kind::counted, location, difference, note);
  counted.value = stated;
  if (is_of_the_past(writing, observed_at)) counted.expires_at = observed_at;
}

// Smallest on-hand of the SKU of which `wanted` are left when the safety rule has its part; nothing when the
// rule keeps everything.
std::optional<quantity> on_hand_for(const safety_rule& rule, quantity wanted) {
  if (rule.mode != safety_rule::kind::percent) return wanted + rule.value;
  if (wanted <= 0) return wanted;
  if (rule.value >= 100) return std::nullopt;
  auto units = wanted * 100 / (100 - rule.value);
  while (units - safety_units(rule, units) < wanted)
    ++units;
  return units;
}

} // namespace

refusal judge(draft& writing, const adjust& asked) {
  constexpr auto most = limits::units_per_movement_max;
  if (asked.change == 0 || asked.change < -most || asked.change > most) return refusal::invalid_quantity;
  const auto lost = std::max<quantity>(0, -asked.change);
  if (asked.reason.empty() || !writing.texts_fit(asked.reason)) return refusal::invalid_text;
  if (asked.observed_at != time_point{} && asked.observed_at < last_observed(writing, asked.location))
    return refusal::stale_observation;
  if (writing.forbids(lost > 0 && lost > writing.free())) return refusal::insufficient_stock;
  if (lost > 0 && !writing.has_location(asked.location)) return refusal::unknown_location;
  if (writing.forbids(lost > 0 && lost > writing.on_hand(asked.location))) return refusal::below_zero;
  if (writing.forbids(!writing.total_fits(asked.change))) return refusal::stock_limit;

  change_stock(writing, fact_kind::adjusted, asked.location, asked.change, asked.reason);
  return refusal::none;
}

refusal judge(draft& writing, const count& asked) {
  if (!is_count(asked.counted)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (const auto reason = check_observed(writing, asked.location, asked.observed_at); reason != refusal::none)
    return reason;
  const auto now = asked.counted + correction(writing, asked.location, asked.observed_at).on_hand;
  const auto difference = now - writing.on_hand(asked.location);
  if (!writing.total_fits(difference)) return refusal::stock_limit;

  write_count(writing, asked.location, difference, asked.counted, asked.observed_at, asked.note);
  return refusal::none;
}

refusal judge(draft& writing, const count_available& asked) {
  constexpr auto most = limits::units_per_movement_max;
  if (asked.available < -most || asked.available > most) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (const auto reason = check_observed(writing, asked.location, asked.observed_at); reason != refusal::none)
    return reason;
  const auto now = asked.available + correction(writing, asked.location, asked.observed_at).available;
  const auto on_hand = on_hand_for(writing.state.safety, now + writing.before.reserved);
  if (!on_hand) return refusal::invalid_percent;
  const auto difference = *on_hand - writing.before.on_hand;
  if (!writing.total_fits(difference)) return refusal::stock_limit;

  write_count(writing, asked.location, difference, asked.available, asked.observed_at, asked.note);
  return refusal::none;
}

} // namespace lockstep::engine
