#include "adapters/shopify/stated_order.hpp"

#include "engine/limits.hpp"

#include <algorithm>

namespace lockstep::adapters::shopify {

namespace {

// Units that will never be sent: ordered, but neither sent, nor with a fulfilment service, nor still to be
// sent. Unsaid when any of these is.
std::optional<quantity> cancelled_units(const stated_order& order, const stated_line& line,
                                        fulfilled_units sent) {
  if (!order.fulfilments_complete) return std::nullopt;
  if (order.cancelled) return std::max<quantity>(line.units - sent.shipped, 0);
  if (!line.fulfillable) return std::nullopt;
  return std::max<quantity>(line.units - sent.shipped - sent.in_progress - *line.fulfillable, 0);
}

bool is_possible(quantity units) {
  return units >= 0 && units <= limits::units_per_movement_max;
}

order_line to_line(const stated_order& order, const stated_line& line) {
  order_line said;
  said.line_id = line.id;
  said.variant = line.variant;
  said.sku = line.sku;
  said.ordered = line.units;
  if (!is_possible(line.units) || !order.fulfilments_stated) return said;
  const auto found = order.fulfilled.find(line.id);
  const auto sent = found == order.fulfilled.end() ? fulfilled_units{} : found->second;
  said.shipped = sent.shipped;
  said.cancelled = cancelled_units(order, line, sent);
  return said;
}

order_line to_line(const stated_refund& refund, const stated_refund_line& line) {
  order_line said;
  said.line_id = line.line;
  said.variant = line.variant;
  said.sku = line.sku;
  (line.kind == restock::cancel ? said.cancelled_now : said.returned_now) = line.units;
  said.movement_id = refund.id + ":" + line.id;
  return said;
}

} // namespace

void stated_order::add_fulfilled(std::string_view line, std::string_view status, quantity units) {
  auto& of_line = fulfilled[std::string{line}];
  if (status == "success")
    of_line.shipped += units;
  else if (status == "pending" || status == "open")
    of_line.in_progress += units;
  else if (status != "cancelled" && status != "error" && status != "failure")
    fulfilments_complete = false;
}

restock parse_restock(std::string_view type) {
  if (type == "cancel") return restock::cancel;
  if (type == "return") return restock::returned;
  return restock::none;
}

std::vector<order_message> to_messages(const stated_refund& refund) {
  order_message message{.order_id = refund.order,
                        .test = refund.test,
                        .occurred_at = refund.created_at,
                        .updated_at = refund.created_at,
                        .lines = {}};
  for (const auto& line : refund.lines) {
    if (line.kind != restock::none) message.lines.push_back(to_line(refund, line));
  }
  if (message.lines.empty()) return {};
  return {std::move(message)};
}

std::vector<order_message> to_messages(const stated_order& order) {
  order_message message{.order_id = order.id,
                        .test = order.test,
                        .occurred_at = order.created_at,
                        .updated_at = order.updated_at,
                        .lines = {}};
  for (const auto& line : order.lines)
    message.lines.push_back(to_line(order, line));
  std::vector<order_message> messages;
  if (!message.lines.empty()) messages.push_back(std::move(message));
  for (const auto& refund : order.refunds) {
    for (auto& told : to_messages(refund))
      messages.push_back(std::move(told));
  }
  for (const auto& fault : order.faults)
    messages.push_back({.order_id = order.id, .test = order.test, .fault = fault});
  return messages;
}

} // namespace lockstep::adapters::shopify
