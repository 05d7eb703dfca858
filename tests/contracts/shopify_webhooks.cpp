#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/contracts/shopify.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace lockstep::contracts {

namespace {

namespace json = boost::json;

adapters::shopify::shopify_adapter with_secret(std::string secret) {
  return adapters::shopify::shopify_adapter{{.name = "shop",
                                             .base_url = "https://shop.example.com",
                                             .access_token = "token",
                                             .webhook_secrets = {std::move(secret)},
                                             .location = "gid://shopify/Location/2"}};
}

std::string text_of(const json::value& in, std::string_view name) {
  const auto* value = in.as_object().if_contains(name);
  return value ? json::value_to<std::string>(*value) : std::string{};
}

void check_signatures(const std::string& directory, report& to) {
  const auto text = read_file(directory + "/vectors/signature-vectors.json", to);
  json::error_code failure;
  const auto vectors = json::parse(text, failure);
  to.check(!failure, "the signature vectors are JSON");
  if (failure) return;
  std::size_t number = 0;
  for (const auto& vector : vectors.at("shopify").as_array()) {
    const auto file = text_of(vector, "body_file");
    auto body = file.empty() ? text_of(vector, "body") : read_file(directory + "/vectors/" + file, to);
    const std::vector<adapters::header> headers{{"X-Shopify-Hmac-Sha256", text_of(vector, "header_base64")}};
    const auto adapter = with_secret(text_of(vector, "secret"));
    to.check(adapter.verify_webhook(headers, body), fmt::format("signature vector {} is accepted", number));
    body += ' ';
    to.check(!adapter.verify_webhook(headers, body),
             fmt::format("signature vector {} is refused for a longer body", number));
    ++number;
  }
}

void check_order(const std::string& name, const std::string& body, std::string_view topic, std::size_t lines,
                 report& to) {
  const std::vector<adapters::header> headers{{"X-Shopify-Topic", std::string{topic}}};
  const auto orders = with_secret("hush").decode_webhook(headers, body);
  std::size_t found = 0;
  if (orders) {
    for (const auto& order : *orders)
      found += order.lines.size();
  }
  to.check(orders.has_value() && found == lines, fmt::format("{} has {} lines", name, lines),
           orders.has_value() ? fmt::format("{} lines", found) : orders.error().what);
}

} // namespace

void check_shopify_webhooks(const std::string& directory, report& to) {
  check_signatures(directory, to);
  const auto sample = read_file(directory + "/vectors/shopify-orders-create.reduced.json", to);
  check_order("Shopify's sample of orders/create", sample, "orders/create", 2, to);
  // Sample messages of the shops, when they lie beside the contracts.
  const auto payloads = directory + "/../data/payloads/";
  if (!std::filesystem::exists(payloads)) return;
  json::error_code failure;
  const auto order = json::parse(read_file(payloads + "shopify_order.json", to), failure);
  if (!failure) check_order("the sample order", json::serialize(order.at("order")), "orders/updated", 3, to);
  const auto refund = json::parse(read_file(payloads + "shopify_refund.json", to), failure);
  const std::vector<adapters::header> headers{{"X-Shopify-Topic", "refunds/create"}};
  if (failure) return;
  const auto told = with_secret("hush").decode_webhook(headers, json::serialize(refund.at("refund")));
  to.check(!told.has_value() && told.error().what.starts_with("/refund_line_items/0/restock_type"),
           "a refund of 2016, without restock_type, is refused with the place");
}

} // namespace lockstep::contracts
