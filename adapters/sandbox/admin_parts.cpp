#include "adapters/sandbox/admin_parts.hpp"

#include "adapters/timestamp.hpp"

#include <charconv>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

graphql_value page_info(bool more, std::string end) {
  return graphql_object{
      "PageInfo", [more, end = std::move(end)](const selection& field, const json::object&) -> graphql_value {
        if (field.name == "hasNextPage") return json::value(more);
        if (field.name == "endCursor") return text_or_null(end);
        if (field.name == "hasPreviousPage") return json::value(false);
        return json::value(nullptr);
      }};
}

graphql_value level_quantity(const shop_model::listed& of, std::string name) {
  return graphql_object{
      "InventoryQuantity",
      [&of, name = std::move(name)](const selection& field, const json::object&) -> graphql_value {
        if (field.name == "name") return json::value(name);
        if (field.name == "quantity") return json::value(of.item.available);
        if (field.name == "updatedAt")
          return name == "available" ? to_json(of.updated_at) : json::value(nullptr);
        return json::value(global_id("InventoryQuantity", of.item.inventory_item) + "?name=" + name);
      }};
}

graphql_value inventory_level(const shop_model& shop, const shop_model::listed& of) {
  return graphql_object{
      "InventoryLevel", [&](const selection& field, const json::object& arguments) -> graphql_value {
        if (field.name == "item") return item_object(shop, of);
        if (field.name == "location") return location_object(shop);
        if (field.name == "updatedAt") return to_json(of.updated_at);
        if (field.name == "quantities") {
          std::vector<graphql_value> named;
          for (const auto& name : arguments.at("names").as_array())
            named.push_back(level_quantity(of, std::string{name.as_string()}));
          return named;
        }
        return json::value(fmt::format("gid://shopify/InventoryLevel/{}?inventory_item_id={}",
                                       shop.location(), of.item.inventory_item));
      }};
}

} // namespace

json::value to_json(time_point time) {
  return json::value(format_timestamp(time));
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string_view text_of(const json::object& arguments, std::string_view name) {
  const auto* value = arguments.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view{text->data(), text->size()} : std::string_view{};
}

std::size_t first_of(const json::object& arguments) {
  constexpr std::int64_t page_max = 250;
  const auto* first = arguments.if_contains("first");
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(first && first->is_int64() ? first->get_int64() : 50, 0, page_max));
}

std::int64_t to_number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

graphql_value connection(std::string_view type, std::vector<graphql_value> nodes, bool more,
                         std::string end) {
  return graphql_object{type, [nodes = std::move(nodes), more, end = std::move(end)](const selection& field,
                                                                                     const json::object&) {
                          return field.name == "nodes" ? graphql_value{nodes} : page_info(more, end);
                        }};
}

graphql_value location_object(const shop_model& shop) {
  return graphql_object{"Location", [&shop](const selection& field, const json::object&) -> graphql_value {
                          if (field.name == "id") return json::value(global_id("Location", shop.location()));
                          return json::value("Shop location");
                        }};
}

graphql_value item_object(const shop_model& shop, const shop_model::listed& of) {
  return graphql_object{
      "InventoryItem", [&](const selection& field, const json::object& arguments) -> graphql_value {
        if (field.name == "id") return json::value(global_id("InventoryItem", of.item.inventory_item));
        if (field.name == "sku") return text_or_null(of.item.sku);
        if (field.name == "tracked") return json::value(of.item.tracked);
        const bool here = number_of(text_of(arguments, "locationId"), "Location") == shop.location();
        return here ? inventory_level(shop, of) : graphql_value{json::value(nullptr)};
      }};
}

graphql_value variant_object(const shop_model& shop, const shop_model::listed& of) {
  return graphql_object{"ProductVariant", [&](const selection& field, const json::object&) -> graphql_value {
                          if (field.name == "id")
                            return json::value(global_id("ProductVariant", of.item.variant));
                          if (field.name == "sku") return text_or_null(of.item.sku);
                          if (field.name == "inventoryItem") return item_object(shop, of);
                          return json::value(of.item.available);
                        }};
}

std::string global_id(std::string_view kind, std::int64_t number) {
  return fmt::format("gid://shopify/{}/{}", kind, number);
}

std::int64_t number_of(std::string_view id, std::string_view kind) {
  const auto prefix = fmt::format("gid://shopify/{}/", kind);
  return id.starts_with(prefix) ? to_number(id.substr(prefix.size())) : 0;
}

} // namespace lockstep::adapters::sandbox
