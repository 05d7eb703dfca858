// The input of inventorySetQuantities: names, reasons and rows, judged as recorded.
#include "adapters/json_reader.hpp"
#include "adapters/sandbox/admin_api.hpp"
#include "adapters/sandbox/admin_objects.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

std::string_view member_text(const json::object& in, std::string_view name) {
  const auto* value = in.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view{text->data(), text->size()} : std::string_view{};
}

bool is_reason(std::string_view text) {
  constexpr std::string_view reasons[] = {"correction",
                                          "cycle_count_available",
                                          "damaged",
                                          "movement_canceled",
                                          "movement_created",
                                          "movement_received",
                                          "movement_updated",
                                          "other",
                                          "promotion",
                                          "quality_control",
                                          "received",
                                          "reservation_created",
                                          "reservation_deleted",
                                          "reservation_updated",
                                          "restock",
                                          "safety_stock",
                                          "shrinkage"};
  return std::find(std::begin(reasons), std::end(reasons), text) != std::end(reasons);
}

bool is_reference(std::string_view uri) {
  const auto scheme = uri.find("://");
  return scheme != std::string_view::npos && scheme > 0 && scheme + 3 < uri.size();
}

level_write read_row(const json::object& row) {
  const auto& expected = row.at("changeFromQuantity");
  return {.inventory_item = number_of(member_text(row, "inventoryItemId"), "InventoryItem"),
          .location = number_of(member_text(row, "locationId"), "Location"),
          .value = row.at("quantity").as_int64(),
          .expected = expected.is_null() ? std::nullopt : std::optional<quantity>{expected.as_int64()}};
}

// Units promised and not yet sent: on hand is what is available and these.
quantity committed(const shop_model& shop, std::int64_t inventory_item) {
  const auto* of = shop.find_item(inventory_item);
  return of ? of->counts.sold - of->counts.cancelled - of->counts.shipped : 0;
}

json::value row_field(std::size_t row, std::string_view member) {
  return json::array{"input", "quantities", json::value(fmt::to_string(row)),
                     json::string_view{member.data(), member.size()}};
}

// The idempotency key of a request as our own documents carry it; empty when there is none.
std::string find_key(std::string_view body) {
  const auto parsed = parse_json(body);
  const auto* envelope = parsed ? parsed->if_object() : nullptr;
  const auto* variables = envelope ? envelope->if_contains("variables") : nullptr;
  return variables && variables->is_object() ? std::string{member_text(variables->get_object(), "key")}
                                             : std::string{};
}

} // namespace

std::vector<admin_api::user_error> admin_api::judge_input(const json::object& input,
                                                          std::vector<level_write>& rows) const {
  const auto name = member_text(input, "name");
  const bool on_hand = name == "on_hand";
  if (name != "available" && !on_hand)
    return {{json::array{"input", "name"}, "The quantity name must be either 'available' or 'on_hand'.",
             "INVALID_NAME"}};
  if (!is_reason(member_text(input, "reason")))
    return {{json::array{"input", "reason"}, "The specified reason is invalid.", "INVALID_REASON"}};
  const auto* reference = input.if_contains("referenceDocumentUri");
  if (reference && reference->is_string() && !is_reference(member_text(input, "referenceDocumentUri")))
    return {{json::array{"input", "referenceDocumentUri"}, "The specified reference document is invalid.",
             "INVALID_REFERENCE_DOCUMENT"}};
  std::vector<user_error> faults;
  for (const auto& given : input.at("quantities").as_array()) {
    auto row = read_row(given.as_object());
    if (on_hand && row.value < 0)
      faults.push_back({row_field(rows.size(), "quantity"), "The quantity can't be negative.",
                        "INVALID_QUANTITY_NEGATIVE"});
    if (on_hand) {
      row.value -= committed(shop_, row.inventory_item);
      if (row.expected) *row.expected -= committed(shop_, row.inventory_item);
    }
    rows.push_back(row);
  }
  for (const auto& fault : shop_.check(rows))
    faults.push_back({row_field(fault.row, fault.member), fault.message, fault.code});
  return faults;
}

void admin_api::begin(std::string_view body) {
  if (const auto key = find_key(body); !key.empty()) keys_.try_emplace(key);
}

void admin_api::land(std::string_view body, time_point now, cost_bucket::steady::time_point tick) {
  const auto known = keys_.find(find_key(body));
  if (known != keys_.end() && known->second.ended == ended::running) keys_.erase(known);
  static_cast<void>(execute(body, now, tick)); // nobody waits for the answer
}

} // namespace lockstep::adapters::sandbox
