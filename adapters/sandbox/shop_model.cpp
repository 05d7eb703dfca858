#include "adapters/sandbox/shop_model.hpp"

#include "adapters/sandbox/payloads.hpp"

#include <algorithm>

namespace lockstep::adapters::sandbox {

sold_line* sold_order::find_line(std::int64_t line) {
  const auto found =
      std::find_if(lines.begin(), lines.end(), [line](const sold_line& l) { return l.id == line; });
  return found == lines.end() ? nullptr : &*found;
}

void shop_model::list(const shop_item& item) {
  auto& place = by_variant_[item.variant];
  place.item = item;
  variant_of_item_[item.inventory_item] = item.variant;
}

placed_order shop_model::place_order(const std::vector<order_request>& lines, bool test, time_point now) {
  placed_order placed;
  sold_order order;
  for (const auto& wanted : lines) {
    auto& said = placed.lines.emplace_back(placed_line{.variant = wanted.variant, .units = wanted.units});
    auto* of = find_variant(wanted.variant);
    if (!of || wanted.units <= 0) continue;
    said.shown = of->item.available;
    said.written_at = of->written_at;
    if (of->item.tracked && of->item.available < wanted.units) {
      of->counts.refused += wanted.units;
      counts_.units_refused += wanted.units;
      ++counts_.lines_refused;
      continue;
    }
    said.line = next_id();
    order.lines.push_back({.id = said.line, .variant = wanted.variant, .ordered = wanted.units});
    of->counts.sold += wanted.units;
    counts_.units_sold += wanted.units;
    ++counts_.lines_sold;
    change_level(*of, -wanted.units, now);
  }
  if (order.lines.empty()) return placed;
  placed.order = order.id = next_id();
  order.test = test;
  order.created_at = now;
  ++counts_.orders;
  auto& kept = orders_[order.id] = std::move(order);
  touch(kept, now);
  tell_order("orders/create", kept);
  return placed;
}

bool shop_model::cancel(std::int64_t id, time_point now) {
  auto* order = find_order(id);
  if (!order || order->cancelled_at) return false;
  const bool anything_open = std::any_of(order->lines.begin(), order->lines.end(),
                                         [](const sold_line& line) { return line.open() > 0; });
  if (!anything_open) return false;
  auto& given = add_refund(*order, now);
  for (auto& line : order->lines) {
    if (line.open() == 0) continue;
    given.lines.push_back({next_id(), line.id, line.open(), restock_type::cancel});
    remove_units(line, line.open(), now);
  }
  order->cancelled_at = now;
  touch(*order, now);
  tell_order("orders/cancelled", *order);
  tell_order("orders/updated", *order);
  tell_refund(*order, given);
  return true;
}

bool shop_model::refund_units(std::int64_t id, const std::vector<line_units>& lines, restock_type type,
                              time_point now) {
  auto* order = find_order(id);
  if (!order || lines.empty()) return false;
  std::map<std::int64_t, quantity> wanted;
  for (const auto& [line, units] : lines)
    wanted[line] += units;
  for (const auto& [line_id, units] : wanted) {
    const auto* line = order->find_line(line_id);
    if (!line || units <= 0) return false;
    if (units > (type == restock_type::return_ ? line->shipped - line->returned : line->open())) return false;
  }
  auto& given = add_refund(*order, now);
  for (const auto& [line_id, units] : wanted) {
    refund_line_units(*order->find_line(line_id), units, type, now);
    given.lines.push_back({next_id(), line_id, units, type});
  }
  touch(*order, now);
  tell_order("orders/updated", *order);
  tell_refund(*order, given);
  return true;
}

void shop_model::refund_line_units(sold_line& line, quantity units, restock_type type, time_point now) {
  switch (type) {
  case restock_type::return_:
    line.returned += units;
    if (auto* of = find_variant(line.variant)) of->counts.returned += units;
    break;
  case restock_type::cancel: remove_units(line, units, now); break;
  case restock_type::no_restock: line.removed += units; break;
  }
}

bool shop_model::fulfil(std::int64_t id, const std::vector<line_units>& lines, time_point now) {
  auto* order = find_order(id);
  if (!order || lines.empty()) return false;
  std::map<std::int64_t, quantity> wanted;
  for (const auto& [line_id, units] : lines) {
    const auto* line = order->find_line(line_id);
    if (!line) return false;
    wanted[line_id] += units == 0 ? line->open() : units;
  }
  for (const auto& [line_id, units] : wanted)
    if (units <= 0 || units > order->find_line(line_id)->open()) return false;
  fulfilment parcel{.id = next_id(), .created_at = now, .lines = {}};
  for (const auto& [line_id, units] : wanted) {
    auto& line = *order->find_line(line_id);
    line.shipped += units;
    if (auto* of = find_variant(line.variant)) of->counts.shipped += units;
    parcel.lines.push_back({next_id(), line_id, units});
  }
  order->fulfilments.push_back(std::move(parcel));
  touch(*order, now);
  tell_order("orders/updated", *order);
  return true;
}

bool shop_model::edit(std::int64_t id, std::int64_t line_id, quantity difference, time_point now) {
  auto* order = find_order(id);
  auto* line = order ? order->find_line(line_id) : nullptr;
  auto* of = line ? find_variant(line->variant) : nullptr;
  if (!of || difference == 0 || order->cancelled_at) return false;
  if (difference < 0) {
    if (-difference > line->open()) return false;
    remove_units(*line, -difference, now);
  } else {
    if (of->item.tracked && of->item.available < difference) return false;
    line->ordered += difference;
    of->counts.sold += difference;
    counts_.units_sold += difference;
    change_level(*of, -difference, now);
  }
  touch(*order, now);
  events_.push_back({"orders/edited", edit_payload(*order, line_id, difference), now});
  tell_order("orders/updated", *order);
  return true;
}

const shop_model::listed* shop_model::find_variant(std::int64_t variant) const {
  const auto found = by_variant_.find(variant);
  return found == by_variant_.end() ? nullptr : &found->second;
}

shop_model::listed* shop_model::find_variant(std::int64_t variant) {
  const auto found = by_variant_.find(variant);
  return found == by_variant_.end() ? nullptr : &found->second;
}

const shop_model::listed* shop_model::find_item(std::int64_t inventory_item) const {
  const auto found = variant_of_item_.find(inventory_item);
  return found == variant_of_item_.end() ? nullptr : find_variant(found->second);
}

const sold_order* shop_model::find_order(std::int64_t order) const {
  const auto found = orders_.find(order);
  return found == orders_.end() ? nullptr : &found->second;
}

sold_order* shop_model::find_order(std::int64_t order) {
  const auto found = orders_.find(order);
  return found == orders_.end() ? nullptr : &found->second;
}

std::vector<const shop_model::listed*> shop_model::items_after(std::int64_t variant,
                                                               std::size_t count) const {
  std::vector<const listed*> page;
  for (auto at = by_variant_.upper_bound(variant); at != by_variant_.end() && page.size() < count; ++at)
    page.push_back(&at->second);
  return page;
}

std::vector<const sold_order*> shop_model::orders_after(time_point since,
                                                        std::pair<time_point, std::int64_t> after,
                                                        std::size_t count) const {
  std::vector<const sold_order*> page;
  const auto from = std::max(std::pair{since, std::int64_t{-1}}, after);
  for (auto at = by_update_.upper_bound(from); at != by_update_.end() && page.size() < count; ++at)
    page.push_back(find_order(at->second));
  return page;
}

std::vector<shown_row> shop_model::shown() const {
  std::vector<shown_row> rows;
  rows.reserve(by_variant_.size());
  for (const auto& [variant, of] : by_variant_) {
    auto& row = rows.emplace_back(of.counts);
    row.sku = of.item.sku;
    row.variant = variant;
    row.inventory_item = of.item.inventory_item;
    row.available = of.item.available;
  }
  return rows;
}

void shop_model::change_level(listed& of, quantity difference, time_point now) {
  of.item.available += difference;
  of.updated_at = now;
  if (echo_levels_) events_.push_back({"inventory_levels/update", level_payload(of, location_), now});
}

// Units that will not be sent after all go back on sale, as the shop itself does it.
void shop_model::remove_units(sold_line& line, quantity units, time_point now) {
  line.removed += units;
  auto* of = find_variant(line.variant);
  if (!of) return;
  of->counts.cancelled += units;
  change_level(*of, units, now);
}

void shop_model::touch(sold_order& order, time_point now) {
  by_update_.erase({order.updated_at, order.id});
  order.updated_at = now;
  by_update_.emplace(now, order.id);
}

void shop_model::tell_order(std::string_view topic, const sold_order& order) {
  events_.push_back({std::string{topic}, order_payload(*this, order), order.updated_at});
}

void shop_model::tell_refund(const sold_order& order, const refund& given) {
  events_.push_back({"refunds/create", refund_payload(*this, order, given), given.created_at});
}

refund& shop_model::add_refund(sold_order& order, time_point now) {
  return order.refunds.emplace_back(
      refund{.id = next_id(), .order = order.id, .test = order.test, .created_at = now, .lines = {}});
}

} // namespace lockstep::adapters::sandbox
