#include "adapters/sandbox/admin_objects.hpp"

#include "adapters/sandbox/admin_parts.hpp"
#include "adapters/timestamp.hpp"

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

graphql_value variants(const shop_model& shop, const json::object& arguments) {
  const auto count = first_of(arguments);
  auto page = shop.items_after(to_number(text_of(arguments, "after")), count + 1);
  const bool more = page.size() > count;
  if (more) page.resize(count);
  std::vector<graphql_value> nodes;
  for (const auto* of : page)
    nodes.push_back(variant_object(shop, *of));
  return connection("ProductVariantConnection", std::move(nodes), more,
                    page.empty() ? std::string{} : fmt::to_string(page.back()->item.variant));
}

// Only the searches that we use: "updated_at:>='TIME'" and "status:open".
time_point since_of(const json::object& arguments) {
  auto text = text_of(arguments, "query");
  constexpr std::string_view wanted = "updated_at:>='";
  if (!text.starts_with(wanted) || !text.ends_with('\'')) return {};
  text.remove_prefix(wanted.size());
  text.remove_suffix(1);
  return parse_timestamp(text).value_or(time_point{});
}

graphql_value orders(const shop_model& shop, const json::object& arguments) {
  const auto count = first_of(arguments);
  const auto after = text_of(arguments, "after");
  const auto dash = after.find('-');
  std::pair<time_point, std::int64_t> cursor{};
  if (dash != std::string_view::npos)
    cursor = {time_point{engine::duration{to_number(after.substr(0, dash))}},
              to_number(after.substr(dash + 1))};
  auto page = shop.orders_after(since_of(arguments), cursor, count + 1);
  const bool more = page.size() > count;
  if (more) page.resize(count);
  std::vector<graphql_value> nodes;
  const bool open_only = text_of(arguments, "query") == "status:open";
  for (const auto* order : page)
    if (!open_only || !order->cancelled_at) nodes.push_back(order_object(shop, *order));
  auto end = page.empty()
                 ? std::string{}
                 : fmt::format("{}-{}", page.back()->updated_at.time_since_epoch().count(), page.back()->id);
  return connection("OrderConnection", std::move(nodes), more, std::move(end));
}

graphql_value node_of(const shop_model& shop, std::string_view id) {
  if (const auto* of = shop.find_item(number_of(id, "InventoryItem"))) return item_object(shop, *of);
  if (const auto* of = shop.find_variant(number_of(id, "ProductVariant"))) return variant_object(shop, *of);
  if (const auto* order = shop.find_order(number_of(id, "Order"))) return order_object(shop, *order);
  if (number_of(id, "Location") == shop.location()) return location_object(shop);
  return json::value(nullptr);
}

graphql_value resolve_query(const shop_model& shop, const selection& field, const json::object& arguments) {
  if (field.name == "orders") return orders(shop, arguments);
  if (field.name == "productVariants") return variants(shop, arguments);
  if (field.name != "nodes") return node_of(shop, text_of(arguments, "id")); // location, order, inventoryItem
  std::vector<graphql_value> nodes;
  for (const auto& id : arguments.at("ids").as_array()) {
    const auto& text = id.as_string();
    nodes.push_back(node_of(shop, {text.data(), text.size()}));
  }
  return nodes;
}

graphql_value change(const shop_model& shop, std::pair<std::int64_t, quantity> of, const char* name) {
  return graphql_object{"InventoryChange",
                        [&shop, of, name](const selection& field, const json::object&) -> graphql_value {
                          if (field.name == "name") return json::value(name);
                          if (field.name == "delta") return json::value(of.second);
                          if (field.name == "location") return location_object(shop);
                          if (field.name == "item") return item_object(shop, *shop.find_item(of.first));
                          return json::value(nullptr); // quantityAfterChange, as recorded
                        }};
}

} // namespace

graphql_object query_root(const shop_model& shop) {
  return {"QueryRoot", [&shop](const selection& field, const json::object& arguments) {
            return resolve_query(shop, field, arguments);
          }};
}

graphql_object adjustment_group(const shop_model& shop, std::int64_t id, time_point created_at,
                                const json::object& input,
                                std::vector<std::pair<std::int64_t, quantity>> changes) {
  return {"InventoryAdjustmentGroup",
          [&shop, &input, id, created_at,
           changes = std::move(changes)](const selection& field, const json::object&) -> graphql_value {
            if (field.name == "id") return json::value(global_id("InventoryAdjustmentGroup", id));
            if (field.name == "createdAt") return to_json(created_at);
            if (field.name != "changes") { // reason, referenceDocumentUri
              const auto* given = input.if_contains(field.name);
              return given ? *given : json::value(nullptr);
            }
            std::vector<graphql_value> said;
            for (const auto& of : changes) {
              said.push_back(change(shop, of, "available"));
              said.push_back(change(shop, of, "on_hand"));
            }
            return said;
          }};
}

} // namespace lockstep::adapters::sandbox
