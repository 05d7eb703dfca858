// Shopify Admin GraphQL, version 2026-04, and Shopify's webhooks. Pure: text in, text out. Limits, their
// sources and the reading of Shopify's order quantities are in README.md beside this file.
//
// Ids: items and locations are Shopify's global ids ("gid://shopify/InventoryItem/1"), because writes name
// them so; orders, lines, variants and refunds are the decimal numbers that both webhooks and global ids
// carry.
#pragma once

#include "adapters/channel.hpp"

namespace lockstep::adapters::shopify {

inline constexpr std::string_view api_version = "2026-04";

// Rows of one inventorySetQuantities, and ids of one read: Shopify's bound on any list of an input.
inline constexpr std::size_t rows_max = 250;

// Any thread: nothing in it changes.
class shopify_adapter final : public channel_adapter {
 public:
  // `account.location` is the location that lists and reads look at; it must be a global id.
  explicit shopify_adapter(channel_account account);

  [[nodiscard]] capabilities able_to() const override;

  // At most rows_max rows, no (item, location) twice. `key`: at most 255 bytes.
  [[nodiscard]] http_request encode_write(std::span<const write_row> rows, std::string_view key,
                                          std::string_view reference) const override;
  [[nodiscard]] write_result decode_write(const http_response& answer, std::size_t rows) const override;

  // At most rows_max items. An item that Shopify does not know is missing from the answer.
  [[nodiscard]] http_request encode_read(std::span<const channel_item> items) const override;
  [[nodiscard]] read_result decode_read(const http_response& answer) const override;

  [[nodiscard]] http_request encode_list(std::string_view cursor) const override;
  [[nodiscard]] read_result decode_list(const http_response& answer) const override;

  // A cursor is good for the same `since` only. An order too long for a page goes on in the next ones.
  [[nodiscard]] http_request encode_orders(time_point since, std::string_view cursor) const override;
  [[nodiscard]] orders_result decode_orders(const http_response& answer) const override;

  [[nodiscard]] bool verify_webhook(std::span<const header> headers, std::string_view body) const override;
  [[nodiscard]] result<std::vector<order_message>> decode_webhook(std::span<const header> headers,
                                                                  std::string_view body) const override;

 private:
  [[nodiscard]] http_request make_request(std::string body) const;

  channel_account account_;
};

} // namespace lockstep::adapters::shopify
