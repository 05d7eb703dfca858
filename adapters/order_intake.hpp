// From what a channel tells of orders to commands for SKUs. Pure; the same for webhooks, polls and replays.
#pragma once

#include "adapters/channel.hpp"
#include "engine/catalogue.hpp"
#include "engine/command.hpp"

#include <span>
#include <string>
#include <vector>

namespace lockstep::adapters {

struct order_command {
  engine::sku_id sku{};
  engine::command asked;
};

// A line that belongs to no known SKU, or says something impossible, or a part of an order that cannot be
// read; its siblings go on.
struct unmapped_line {
  std::string reference; // order and line
  std::string reason;
  std::string
      body; // the line as order_message JSON, no personal data: replay decodes it again; empty: unreadable
};

struct intake_plan {
  std::vector<order_command> commands;
  std::vector<unmapped_line> unmapped;
  std::size_t test_orders = 0; // ignored
};

// Maps each line by listing variant, then by SKU text. `ships_when_sold` as in engine::record_line.
[[nodiscard]] intake_plan plan_orders(const engine::catalogue& known, const engine::account& account,
                                      std::span<const order_message> orders, bool ships_when_sold);

// The stored form of a dead letter's body, and back. error_code::malformed with the place.
[[nodiscard]] std::string encode_order(const order_message& order);
[[nodiscard]] result<order_message> decode_order(std::string_view json);

} // namespace lockstep::adapters
