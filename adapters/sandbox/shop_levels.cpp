// Writes of levels, judged as Shopify judges inventorySetQuantities for "available": all rows or none.
#include "adapters/sandbox/shop_model.hpp"

#include <map>

namespace lockstep::adapters::sandbox {

namespace {

constexpr quantity level_max = 1'000'000'000;

void check_range(const level_write& row, std::size_t index, std::vector<level_fault>& faults) {
  if (row.value > level_max)
    faults.push_back(
        {index, "quantity", "INVALID_QUANTITY_TOO_HIGH", "The quantity can't be higher than 1,000,000,000."});
  if (row.value < -level_max)
    faults.push_back(
        {index, "quantity", "INVALID_QUANTITY_TOO_LOW", "The quantity can't be lower than -1,000,000,000."});
}

} // namespace

std::vector<level_fault> shop_model::check(const std::vector<level_write>& rows) const {
  std::vector<level_fault> faults;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> times;
  for (const auto& row : rows)
    ++times[{row.inventory_item, row.location}];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (times[{rows[i].inventory_item, rows[i].location}] > 1)
      faults.push_back({i, "locationId", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
                        "The combination of inventoryItemId and locationId must be unique."});
  }
  if (!faults.empty()) return faults;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto* of = find_item(rows[i].inventory_item);
    check_range(rows[i], i, faults);
    if (!of)
      faults.push_back({i, "inventoryItemId", "INVALID_INVENTORY_ITEM",
                        "The specified inventory item could not be found."});
    if (rows[i].location != location_)
      faults.push_back({i, "locationId", "INVALID_LOCATION", "The specified location could not be found."});
    if (of && rows[i].expected && *rows[i].expected != of->item.available)
      faults.push_back({i, "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE",
                        "The changeFromQuantity value does not match persisted value."});
  }
  return faults;
}

std::vector<quantity> shop_model::apply(const std::vector<level_write>& rows, time_point now) {
  std::vector<quantity> differences;
  differences.reserve(rows.size());
  for (const auto& row : rows) {
    auto& of = by_variant_.at(variant_of_item_.at(row.inventory_item));
    const auto difference = row.value - of.item.available;
    differences.push_back(difference);
    of.written_at = now;
    if (difference != 0) change_level(of, difference, now);
  }
  return differences;
}

} // namespace lockstep::adapters::sandbox
