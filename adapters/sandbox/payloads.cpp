#include "adapters/sandbox/payloads.hpp"

#include "adapters/timestamp.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

// In JSON a slash stands only inside texts.
std::string escape_slashes(const std::string& text) {
  std::string escaped;
  escaped.reserve(text.size() + 64);
  for (const char c : text) {
    if (c == '/') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string write(const json::object& object) {
  return escape_slashes(json::serialize(object));
}

json::value sku_of(const shop_model& shop, std::int64_t variant) {
  const auto* of = shop.find_variant(variant);
  return of && !of->item.sku.empty() ? json::value(of->item.sku) : json::value(nullptr);
}

std::string_view to_text(restock_type type) {
  switch (type) {
  case restock_type::cancel: return "cancel";
  case restock_type::return_: return "return";
  case restock_type::no_restock: return "no_restock";
  }
  return "no_restock";
}

json::object to_json(const shop_model& shop, const sold_line& line) {
  return {{"id", line.id},
          {"admin_graphql_api_id", fmt::format("gid://shopify/LineItem/{}", line.id)},
          {"current_quantity", line.current()},
          {"fulfillable_quantity", line.open()},
          {"fulfillment_status", line.shipped == 0 ? json::value(nullptr)
                                                   : json::value(line.open() == 0 ? "fulfilled" : "partial")},
          {"gift_card", false},
          {"price", "9.99"},
          {"product_exists", true},
          {"quantity", line.ordered},
          {"requires_shipping", true},
          {"sku", sku_of(shop, line.variant)},
          {"variant_id", line.variant},
          {"variant_inventory_management", "shopify"}};
}

json::object to_json(const fulfilment& of, std::int64_t order) {
  json::array lines;
  for (const auto& line : of.lines)
    lines.push_back(json::object{{"id", line.line}, {"quantity", line.units}});
  return {{"id", of.id},
          {"order_id", order},
          {"created_at", format_timestamp(of.created_at)},
          {"status", "success"},
          {"line_items", std::move(lines)}};
}

json::object to_json(const shop_model& shop, const sold_order& order, const refund& given) {
  json::array lines;
  for (const auto& line : given.lines) {
    json::object said{
        {"id", line.id},
        {"line_item_id", line.line},
        {"quantity", line.units},
        {"restock_type", json::string_view{to_text(line.type).data(), to_text(line.type).size()}},
        {"location_id", shop.location()}};
    const auto of = std::find_if(order.lines.begin(), order.lines.end(),
                                 [&](const sold_line& l) { return l.id == line.line; });
    if (of != order.lines.end()) said["line_item"] = to_json(shop, *of);
    lines.push_back(std::move(said));
  }
  json::array payments{json::object{{"id", given.id + 1}, {"kind", "refund"}, {"test", given.test}}};
  return {{"id", given.id},
          {"admin_graphql_api_id", fmt::format("gid://shopify/Refund/{}", given.id)},
          {"order_id", given.order},
          {"created_at", format_timestamp(given.created_at)},
          {"note", nullptr},
          {"refund_line_items", std::move(lines)},
          {"transactions", std::move(payments)}};
}

} // namespace

std::string order_payload(const shop_model& shop, const sold_order& order) {
  json::array lines;
  for (const auto& line : order.lines)
    lines.push_back(to_json(shop, line));
  json::array fulfilments;
  for (const auto& of : order.fulfilments)
    fulfilments.push_back(to_json(of, order.id));
  json::array refunds;
  for (const auto& given : order.refunds)
    refunds.push_back(to_json(shop, order, given));
  return write(
      {{"id", order.id},
       {"admin_graphql_api_id", fmt::format("gid://shopify/Order/{}", order.id)},
       {"cancelled_at", order.cancelled_at ? json::value(format_timestamp(*order.cancelled_at)) : nullptr},
       {"confirmed", true},
       {"created_at", format_timestamp(order.created_at)},
       {"currency", "USD"},
       {"email", "shopper@example.com"}, // readers must drop it
       {"financial_status", "paid"},
       {"location_id", nullptr},
       {"name", fmt::format("#{}", order.id)},
       {"source_name", "web"},
       {"test", order.test},
       {"updated_at", format_timestamp(order.updated_at)},
       {"fulfillments", std::move(fulfilments)},
       {"line_items", std::move(lines)},
       {"refunds", std::move(refunds)}});
}

std::string refund_payload(const shop_model& shop, const sold_order& order, const refund& given) {
  return write(to_json(shop, order, given));
}

std::string edit_payload(const sold_order& order, std::int64_t line, quantity difference) {
  json::array change{json::object{{"id", line}, {"delta", difference > 0 ? difference : -difference}}};
  json::object lines{{"additions", difference > 0 ? change : json::array{}},
                     {"removals", difference < 0 ? change : json::array{}}};
  return write({{"order_edit", json::object{{"id", order.id},
                                            {"order_id", order.id},
                                            {"created_at", format_timestamp(order.updated_at)},
                                            {"line_items", std::move(lines)}}}});
}

std::string level_payload(const shop_model::listed& of, std::int64_t location) {
  return write({{"inventory_item_id", of.item.inventory_item},
                {"location_id", location},
                {"available", of.item.tracked ? json::value(of.item.available) : json::value(nullptr)},
                {"updated_at", format_timestamp(of.updated_at)},
                {"admin_graphql_api_id", fmt::format("gid://shopify/InventoryLevel/{}?inventory_item_id={}",
                                                     location, of.item.inventory_item)}});
}

} // namespace lockstep::adapters::sandbox
