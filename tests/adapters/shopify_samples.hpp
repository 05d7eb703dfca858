// Samples and short-hands that several Shopify tests share.
#pragma once

#include "adapters/shopify/shopify_adapter.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lockstep::tests {

// Shopify's own sample of orders/create, reduced to what matters: a cancelled test order whose ids are beyond
// 2^53 and whose two lines carry the same variant. Byte for byte, because it is signed.
inline constexpr std::string_view order_sample =
    R"~({"id":820982911946154508,"admin_graphql_api_id":"gid:\/\/shopify\/Order\/820982911946154508","cancel_reason":"customer","cancelled_at":"2021-12-31T19:00:00-05:00","checkout_id":null,"confirmed":false,"created_at":"2021-12-31T19:00:00-05:00","currency":"USD","financial_status":"voided","fulfillment_status":"pending","location_id":null,"name":"#9999","number":234,"order_number":1234,"processed_at":null,"source_name":"web","test":true,"updated_at":"2021-12-31T19:00:00-05:00","fulfillments":[],"line_items":[{"id":866550311766439020,"admin_graphql_api_id":"gid:\/\/shopify\/LineItem\/866550311766439020","current_quantity":1,"fulfillable_quantity":1,"fulfillment_service":"manual","fulfillment_status":null,"gift_card":false,"name":"IPod Nano - 8GB","price":"199.00","product_exists":true,"product_id":632910392,"properties":[],"quantity":1,"requires_shipping":true,"sku":"IPOD2008PINK","variant_id":808950810,"variant_inventory_management":"shopify","variant_title":null},)~"
    R"~({"id":141249953214522974,"admin_graphql_api_id":"gid:\/\/shopify\/LineItem\/141249953214522974","current_quantity":1,"fulfillable_quantity":1,"fulfillment_service":"manual","fulfillment_status":null,"gift_card":false,"name":"IPod Nano - 8GB","price":"199.00","product_exists":true,"product_id":632910392,"properties":[],"quantity":1,"requires_shipping":true,"sku":"IPOD2008PINK","variant_id":808950810,"variant_inventory_management":"shopify","variant_title":null}],"refunds":[]})~";

inline adapters::channel_account sample_account() {
  return {.name = "eu",
          .base_url = "https://eu.example.com",
          .access_token = "token",
          .webhook_secrets = {"hush"},
          .location = "gid://shopify/Location/2"};
}

inline adapters::shopify::shopify_adapter with_secrets(std::vector<std::string> secrets) {
  auto account = sample_account();
  account.webhook_secrets = std::move(secrets);
  return adapters::shopify::shopify_adapter{std::move(account)};
}

inline adapters::shopify::shopify_adapter sample_adapter() {
  return adapters::shopify::shopify_adapter{sample_account()};
}

inline adapters::http_response answered(std::string body, long status = 200) {
  adapters::http_response answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

inline adapters::http_response ended(adapters::transport how) {
  adapters::http_response answer;
  answer.ended = how;
  answer.what = "no answer";
  return answer;
}

} // namespace lockstep::tests
