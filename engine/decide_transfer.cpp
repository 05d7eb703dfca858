// Units between two warehouses: in total all the way, available only where they stand.
#include "engine/draft.hpp"
#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::engine {
namespace {

void write_arrival(draft& writing, const transfer& under_way, location_id where, quantity units,
                   const std::string& note) {
  if (units == 0) return;
  writing.add(fact_kind::arrived, under_way.id, where, units).note = note;
  writing.change_in_transit(-units);
}

} // namespace

refusal judge(draft& writing, const send_transfer& asked) {
  if (writing.find_transfer(asked.transfer) != nullptr) return refusal::key_reused;
  if (!is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  if (asked.from == asked.to || asked.from == anywhere || asked.to == anywhere) return refusal::invalid_location;
  const bool request = asked.mode == line_mode::request;
  if (writing.forbids(request && asked.units > writing.free())) return refusal::insufficient_stock;
  if (request && !writing.has_location(asked.from)) return refusal::unknown_location;
  if (writing.forbids(request && asked.units > writing.on_hand(asked.from))) return refusal::below_zero;
  if (request && writing.state.transfers.size() >= limits::open_matters_per_sku_max)
    return refusal::too_many_open;

  auto& sent = writing.add(fact_kind::sent, asked.transfer, asked.from, asked.units);
  sent.value = static_cast<quantity>(asked.to);
  sent.note = asked.note;
  writing.change_in_transit(asked.units);
  return refusal::none;
}

refusal judge(draft& writing, const receive_transfer& asked) {
  const bool nothing = asked.units == 0 && asked.completes;
  if (!nothing && !is_movement(asked.units)) return refusal::invalid_quantity;
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto* under_way = writing.find_transfer(asked.transfer);
  if (under_way == nullptr) return refusal::unknown_transfer;
  const auto arrived = std::min(asked.units, under_way->open);
  const auto found = asked.units - arrived;
  if (!writing.total_fits(found)) return refusal::stock_limit;

  write_arrival(writing, *under_way, under_way->to, arrived, asked.note);
  if (found > 0) change_stock(writing, fact_kind::adjusted, under_way->to, found, "more arrived than was sent");
  if (asked.completes && arrived < under_way->open) {
    const auto missing = under_way->open - arrived;
    writing.add(fact_kind::lost, under_way->id, under_way->to, missing).note = asked.note;
    writing.change_total(-missing);
    writing.change_in_transit(-missing);
  }
  return refusal::none;
}

refusal judge(draft& writing, const cancel_transfer& asked) {
  if (!writing.texts_fit(asked.note)) return refusal::invalid_text;
  const auto* under_way = writing.find_transfer(asked.transfer);
  if (under_way == nullptr) return refusal::unknown_transfer;

  write_arrival(writing, *under_way, under_way->from, under_way->open, asked.note);
  return refusal::none;
}

} // namespace lockstep::engine
