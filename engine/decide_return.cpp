// What comes back: announced (or not), arrived, inspected. Nothing is sellable before it was inspected.
#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {

refusal judge(draft& writing, const announce_return& asked) {
  if (writing.find_return(writing.asked.key) != nullptr || writing.asked.key.is_nil()) return refusal::key_reused;
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (writing.state.returns.size() >= limits::open_matters_per_sku_max) return refusal::too_many_open;
  if (is_too_old(writing)) return refusal::older_than_window;

  writing.add(fact_kind::announced, asked.line, asked.location, asked.units).note = asked.note;
  return refusal::none;
}

refusal judge(draft& writing, const take_return& asked) {
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto* announced = writing.find_return(asked.announced);
  if (announced == nullptr && !asked.announced.is_nil()) return refusal::unknown_return;
  if (writing.forbids(is_too_old(writing))) return refusal::older_than_window;

  const auto& line = announced != nullptr ? announced->line : asked.line;
  const auto* known = line.is_nil() ? nullptr : writing.find(line);
  const bool opens = !line.is_nil() && writing.asked.occurred_at != time_point{};
  const auto& of = announced != nullptr ? announced->id : line;
  auto& returned = writing.add(fact_kind::returned, of, asked.location, asked.units);
  returned.note = asked.note;
  if (known != nullptr || opens) returned.value = (known != nullptr ? known->returned : 0) + asked.units;
  return refusal::none;
}

namespace {

// Units of announced returns are inspected as their own, so that none is put on the shelf twice.
quantity waiting_for_inspection(const sku_state& state, const return_case* announced) {
  // Fewer than have arrived wait when one was inspected as nobody's, as an older program allowed.
  if (announced != nullptr) return std::min(announced->arrived - announced->inspected, state.inspecting);
  auto unannounced = state.inspecting;
  for (const auto& each : state.returns)
    unannounced -= each.arrived - each.inspected;
  return unannounced;
}

} // namespace

refusal judge(draft& writing, const inspect_return& asked) {
  const auto fits = [](quantity units) { return units >= 0 && units <= limits::units_per_movement_max; };
  if (!fits(asked.sellable) || !fits(asked.damaged) || asked.sellable + asked.damaged == 0)
    return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (!writing.has_location(asked.location)) return refusal::unknown_location;
  const auto* announced = writing.find_return(asked.announced);
  if (announced == nullptr && !asked.announced.is_nil()) return refusal::unknown_return;
  const auto waiting = waiting_for_inspection(writing.state, announced);
  if (writing.forbids(asked.sellable + asked.damaged > waiting)) return refusal::below_zero;
  if (writing.forbids(!writing.total_fits(asked.sellable))) return refusal::stock_limit;

  if (asked.sellable > 0)
    change_stock(writing, fact_kind::restocked, asked.location, asked.sellable, asked.note).reservation =
        asked.announced;
  if (asked.damaged > 0)
    writing.add(fact_kind::scrapped, asked.announced, asked.location, asked.damaged).note = asked.note;
  return refusal::none;
}

refusal judge(draft& writing, const close_return& asked) {
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto* announced = writing.find_return(asked.announced);
  if (announced == nullptr) return refusal::unknown_return;
  if (announced->arrived >= announced->announced) return refusal::none;

  const auto missing = announced->announced - announced->arrived;
  writing.add(fact_kind::return_closed, asked.announced, announced->location, missing).note = asked.note;
  return refusal::none;
}

} // namespace lockstep::engine
