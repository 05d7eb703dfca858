// Orders with their lines, fulfilments and refunds.
#include "adapters/sandbox/admin_parts.hpp"

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

graphql_value line_item(const shop_model& shop, const sold_line& line) {
  return graphql_object{"LineItem", [&](const selection& field, const json::object&) -> graphql_value {
                          const auto* of = shop.find_variant(line.variant);
                          if (field.name == "id") return json::value(global_id("LineItem", line.id));
                          if (field.name == "quantity") return json::value(line.ordered);
                          if (field.name == "currentQuantity") return json::value(line.current());
                          if (field.name == "sku")
                            return of ? text_or_null(of->item.sku) : json::value(nullptr);
                          if (field.name == "variant")
                            return of ? variant_object(shop, *of) : graphql_value{json::value(nullptr)};
                          return json::value(line.open()); // fulfillableQuantity, unfulfilledQuantity
                        }};
}

graphql_value line_of(const shop_model& shop, const sold_order& order, std::int64_t id) {
  const auto found =
      std::find_if(order.lines.begin(), order.lines.end(), [id](const sold_line& l) { return l.id == id; });
  return found == order.lines.end() ? graphql_value{json::value(nullptr)} : line_item(shop, *found);
}

graphql_value to_object(const shop_model& shop, const sold_order& order, const fulfilled_line& of) {
  return graphql_object{"FulfillmentLineItem",
                        [&](const selection& field, const json::object&) -> graphql_value {
                          if (field.name == "lineItem") return line_of(shop, order, of.line);
                          if (field.name == "quantity") return json::value(of.units);
                          return json::value(global_id("FulfillmentLineItem", of.id));
                        }};
}

graphql_value to_object(const shop_model& shop, const sold_order& order, const fulfilment& of) {
  return graphql_object{
      "Fulfillment", [&](const selection& field, const json::object& arguments) -> graphql_value {
        if (field.name == "id") return json::value(global_id("Fulfillment", of.id));
        if (field.name == "status") return json::value("SUCCESS");
        if (field.name == "createdAt") return to_json(of.created_at);
        return indexed_connection("FulfillmentLineItemConnection", of.lines, arguments,
                                  [&](const fulfilled_line& line) { return to_object(shop, order, line); });
      }};
}

json::value restock_name(restock_type type) {
  switch (type) {
  case restock_type::cancel: return "CANCEL";
  case restock_type::return_: return "RETURN";
  case restock_type::no_restock: return "NO_RESTOCK";
  }
  return nullptr;
}

graphql_value to_object(const shop_model& shop, const sold_order& order, const refund_line& line) {
  return graphql_object{"RefundLineItem", [&](const selection& field, const json::object&) -> graphql_value {
                          if (field.name == "id") return json::value(global_id("RefundLineItem", line.id));
                          if (field.name == "quantity") return json::value(line.units);
                          if (field.name == "restockType") return restock_name(line.type);
                          return line_of(shop, order, line.line);
                        }};
}

graphql_value to_object(const shop_model& shop, const sold_order& order, const refund& given) {
  return graphql_object{
      "Refund", [&](const selection& field, const json::object& arguments) -> graphql_value {
        if (field.name == "id") return json::value(global_id("Refund", given.id));
        if (field.name == "createdAt") return to_json(given.created_at);
        return indexed_connection("RefundLineItemConnection", given.lines, arguments,
                                  [&](const refund_line& line) { return to_object(shop, order, line); });
      }};
}

// The first `first` of a list that is no connection.
template <class List>
graphql_value shortened(const shop_model& shop, const sold_order& order, const List& list,
                        const json::object& arguments) {
  std::vector<graphql_value> objects;
  for (const auto& of : list) {
    if (objects.size() == first_of(arguments)) break;
    objects.push_back(to_object(shop, order, of));
  }
  return objects;
}

} // namespace

graphql_value order_object(const shop_model& shop, const sold_order& order) {
  return graphql_object{"Order", [&](const selection& field, const json::object& arguments) -> graphql_value {
                          if (field.name == "id") return json::value(global_id("Order", order.id));
                          if (field.name == "test") return json::value(order.test);
                          if (field.name == "createdAt") return to_json(order.created_at);
                          if (field.name == "updatedAt") return to_json(order.updated_at);
                          if (field.name == "cancelledAt")
                            return order.cancelled_at ? to_json(*order.cancelled_at) : json::value(nullptr);
                          if (field.name == "fulfillments")
                            return shortened(shop, order, order.fulfilments, arguments);
                          if (field.name == "refunds")
                            return shortened(shop, order, order.refunds, arguments);
                          return indexed_connection(
                              "LineItemConnection", order.lines, arguments,
                              [&](const sold_line& line) { return line_item(shop, line); });
                        }};
}

} // namespace lockstep::adapters::sandbox
