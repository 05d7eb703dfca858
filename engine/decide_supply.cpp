// Receipts, and what suppliers have promised.
#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

// What has not come of it never will: promises that rested on it are named after the reason.
void write_end(draft& writing, const supply& ended, quantity open, incident::kind cause, const std::string& note) {
  auto& closed = writing.add(fact_kind::supply_closed, ended.id, ended.location, open);
  closed.value = static_cast<quantity>(cause);
  closed.note = note;
  writing.change_incoming(-open);
  writing.set_cause(cause);
}

} // namespace

refusal judge(draft& writing, const receive& asked) {
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto* with = writing.find_supply(asked.supply);
  if (with == nullptr && !asked.supply.is_nil()) return refusal::unknown_supply;
  if (!writing.total_fits(asked.units)) return refusal::stock_limit;

  if (with == nullptr) {
    change_stock(writing, fact_kind::received, asked.location, asked.units, asked.note);
    return refusal::none;
  }
  const auto arrived = std::min(asked.units, with->open());
  change_stock(writing, fact_kind::received, asked.location, arrived, asked.note).reservation = asked.supply;
  if (asked.units > arrived)
    change_stock(writing, fact_kind::received, asked.location, asked.units - arrived, asked.note);
  const auto open = with->open() - arrived;
  writing.change_incoming(-arrived);
  if (open > 0 && asked.completes) write_end(writing, *with, open, incident::kind::supply_short, asked.note);
  if (open == 0 || asked.completes) writing.resolve_late(with->id);
  return refusal::none;
}

refusal judge(draft& writing, const expect_supply& asked) {
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (asked.location == anywhere) return refusal::invalid_location;
  const auto* known = writing.find_supply(asked.supply);
  if (known == nullptr && writing.state.supplies.size() >= limits::open_matters_per_sku_max)
    return refusal::too_many_open;
  const bool unchanged = known != nullptr && known->expected == asked.units && known->due == asked.due &&
                         known->location == asked.location;
  if (unchanged) return refusal::none;

  auto after = known != nullptr ? *known : supply{};
  const auto before = after;
  after.expected = asked.units;
  auto& expected =
      writing.add(fact_kind::expected, asked.supply, asked.location, after.open() - before.open());
  expected.value = asked.units;
  expected.expires_at = asked.due;
  expected.note = asked.note;
  writing.change_incoming(after.open() - before.open());
  writing.set_cause(incident::kind::supply_short);
  if (known != nullptr && (known->due != asked.due || after.open() == 0)) writing.resolve_late(asked.supply);
  return refusal::none;
}

refusal judge(draft& writing, const cancel_supply& asked) {
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto* known = writing.find_supply(asked.supply);
  if (known == nullptr) return refusal::unknown_supply;

  write_end(writing, *known, known->open(), incident::kind::supply_cancelled, asked.note);
  writing.resolve_late(known->id);
  return refusal::none;
}

} // namespace lockstep::engine
