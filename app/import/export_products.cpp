#include "app/import/export_products.hpp"

#include "app/csv.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lockstep::app {

namespace json = boost::json;
using engine::quantity;
using engine::result;

namespace {

std::string text_member(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->as_string()} : std::string{};
}

quantity number_member(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found != nullptr && found->is_int64() ? found->as_int64() : 0;
}

bool flag_member(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found != nullptr && found->is_bool() && found->as_bool();
}

exported_product product_of(const json::value& shown) {
  exported_product product{text_member(shown, "sku"), text_member(shown, "title"), {}, {}};
  const auto* object = shown.if_object();
  const auto* identifiers = object == nullptr ? nullptr : object->if_contains("identifiers");
  if (identifiers != nullptr && identifiers->is_array())
    for (const auto& each : identifiers->as_array())
      product.identifiers.push_back({text_member(each, "scheme"), text_member(each, "value")});
  return product;
}

std::string number_text(const exported_product& product, quantity value) {
  return product.on_hand ? fmt::format("{}", value) : std::string{};
}

// Values of one scheme in one field.
std::string identifiers_text(const exported_product& product, std::string_view scheme) {
  std::string text;
  for (const auto& each : product.identifiers)
    if (each.scheme == scheme) text += fmt::format("{}{}", text.empty() ? "" : ";", each.value);
  return text;
}

// Ours always, in their usual order; then what else there is.
std::vector<std::string> schemes_of(const std::vector<exported_product>& products) {
  std::vector<std::string> schemes{"upc", "ean", "gtin", "asin", "walmart_item_id"};
  const auto usual = static_cast<std::ptrdiff_t>(schemes.size());
  for (const auto& product : products)
    for (const auto& each : product.identifiers)
      if (std::find(schemes.begin(), schemes.end(), each.scheme) == schemes.end())
        schemes.push_back(each.scheme);
  std::sort(schemes.begin() + usual, schemes.end());
  return schemes;
}

} // namespace

result<std::vector<exported_product>> read_catalogue(api_client& api) {
  std::map<std::string, exported_product> products;
  auto read = api.each_of_list("/v1/products?limit=500", "products", [&](const json::value& shown) {
    auto product = product_of(shown);
    auto code = product.code;
    products.insert_or_assign(std::move(code), std::move(product));
  });
  if (!read) return read.error();
  read = api.each_of_list("/v1/stock?limit=500", "stock", [&](const json::value& shown) {
    const auto product = products.find(text_member(shown, "sku"));
    if (product == products.end()) return; // new since its page was read
    if (flag_member(shown, "known")) product->second.on_hand = number_member(shown, "on_hand");
    product->second.reserved = number_member(shown, "reserved");
    product->second.available = number_member(shown, "available");
  });
  if (!read) return read.error();
  std::vector<exported_product> in_order;
  for (auto& [code, product] : products)
    in_order.push_back(std::move(product));
  return in_order;
}

std::string to_csv(const std::vector<exported_product>& products) {
  const auto schemes = schemes_of(products);
  std::vector<std::string> fields{"sku", "title"};
  fields.insert(fields.end(), schemes.begin(), schemes.end());
  fields.insert(fields.end(), {"on_hand", "reserved", "available"});
  auto text = csv_line(fields);
  for (const auto& product : products) {
    fields = {product.code, product.title};
    for (const auto& scheme : schemes)
      fields.push_back(identifiers_text(product, scheme));
    fields.push_back(number_text(product, product.on_hand.value_or(0)));
    fields.push_back(number_text(product, product.reserved));
    fields.push_back(number_text(product, product.available));
    text += csv_line(fields);
  }
  return text;
}

std::string to_ndjson(const std::vector<exported_product>& products) {
  std::string text;
  for (const auto& product : products) {
    json::array identifiers;
    for (const auto& each : product.identifiers)
      identifiers.push_back(json::object{{"scheme", each.scheme}, {"value", each.value}});
    json::object line{
        {"sku", product.code}, {"title", product.title}, {"identifiers", std::move(identifiers)}};
    line["on_hand"] = product.on_hand ? json::value(*product.on_hand) : json::value(nullptr);
    line["reserved"] = product.reserved;
    line["available"] = product.available;
    text += json::serialize(line) + '\n';
  }
  return text;
}

} // namespace lockstep::app
