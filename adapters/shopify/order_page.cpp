#include "adapters/shopify/order_page.hpp"

#include "adapters/json_reader.hpp"
#include "adapters/shopify/global_id.hpp"
#include "adapters/shopify/graphql_answer.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "adapters/shopify/stated_order.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace lockstep::adapters::shopify {

namespace {

namespace json = boost::json;

// Lengths asked for in the order fragment of queries.cpp.
constexpr std::size_t fulfilments_asked = 10;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string read_variant(json_reader::place line) {
  const auto variant = line["variant"];
  return variant.is_null() ? std::string{} : read_number(variant["id"]);
}

stated_line read_line(json_reader::place line) {
  return {.id = read_number(line["id"]),
          .variant = read_variant(line),
          .sku = line["sku"].optional_text(),
          .units = line["quantity"].integer(),
          .fulfillable = line["fulfillableQuantity"].integer()};
}

// A full list may lack entries. Then what was shipped is at least this, and what was cancelled is left
// unsaid: webhooks, which carry all of it, tell it.
void read_fulfilments(json_reader::place list, stated_order& into) {
  into.fulfilments_stated = true;
  into.fulfilments_complete = true;
  std::size_t count = 0;
  list.each([&](json_reader::place fulfilment) {
    const auto status = lower(fulfilment["status"].text());
    const auto lines = fulfilment["fulfillmentLineItems"];
    lines["nodes"].each([&](json_reader::place line) {
      const auto units = line["quantity"].optional_integer(); // nullable by Shopify's schema
      into.add_fulfilled(read_number(line["lineItem"]["id"]), status, units.value_or(0));
    });
    if (lines["pageInfo"]["hasNextPage"].flag() || ++count == fulfilments_asked)
      into.fulfilments_complete = false;
  });
}

stated_refund_line read_refund_line(json_reader::place line) {
  const auto of = line["lineItem"];
  stated_refund_line said{.id = read_number(line["id"]),
                          .line = read_number(of["id"]),
                          .variant = read_variant(of),
                          .sku = of["sku"].optional_text(),
                          .units = line["quantity"].integer(),
                          .kind = restock::none};
  const auto type = line["restockType"];
  if (const auto kind = parse_restock(lower(type.text())))
    said.kind = *kind;
  else
    type.fail("a restock type");
  return said;
}

stated_refund read_refund(json_reader::place refund, const stated_order& order) {
  stated_refund said;
  said.id = read_number(refund["id"]);
  said.order = order.id;
  said.created_at = refund["createdAt"].is_null() ? order.updated_at : refund["createdAt"].time();
  said.test = order.test;
  refund["refundLineItems"]["nodes"].each(
      [&](json_reader::place line) { said.lines.push_back(read_refund_line(line)); });
  return said;
}

stated_order read_order(json_reader::place order) {
  stated_order said;
  said.id = read_number(order["id"]);
  said.test = order["test"].flag();
  said.cancelled = !order["cancelledAt"].is_null();
  said.created_at = order["createdAt"].time();
  said.updated_at = order["updatedAt"].time();
  order["lineItems"]["nodes"].each([&](json_reader::place line) { said.lines.push_back(read_line(line)); });
  read_fulfilments(order["fulfillments"], said);
  order["refunds"].each_if_present(
      [&](json_reader::place refund) { said.refunds.push_back(read_refund(refund, said)); });
  return said;
}

void take_order(json_reader::place order, orders_result& into, order_cursor& next) {
  for (auto& message : to_messages(read_order(order)))
    into.orders.push_back(std::move(message));
  const auto lines = order["lineItems"]["pageInfo"];
  if (lines["hasNextPage"].flag()) next.rest.push_back({order["id"].text(), lines["endCursor"].text()});
}

} // namespace

std::string order_cursor::text() const {
  if (!more && rest.empty()) return {};
  json::array unfinished_orders;
  for (const auto& [order, line] : rest)
    unfinished_orders.push_back(json::array{order, line});
  return json::serialize(
      json::object{{"after", after}, {"more", more}, {"rest", std::move(unfinished_orders)}});
}

order_cursor order_cursor::parse(std::string_view text) {
  if (text.empty()) return {};
  const auto document = parse_json(text);
  if (!document) return {};
  json_reader reader{*document};
  order_cursor cursor;
  cursor.after = reader.root()["after"].text();
  cursor.more = reader.root()["more"].flag();
  reader.root()["rest"].each([&](json_reader::place entry) {
    std::vector<std::string> pair;
    entry.each([&](json_reader::place part) { pair.push_back(part.text()); });
    if (pair.size() == 2) cursor.rest.push_back({pair[0], pair[1]});
  });
  return reader.failed() ? order_cursor{} : cursor;
}

orders_result shopify_adapter::decode_orders(const http_response& answer) const {
  const auto judged = judge_read(answer);
  orders_result result{.verdict = judged.verdict,
                       .orders = {},
                       .next_cursor = {},
                       .throttle = judged.throttle,
                       .what = judged.what};
  if (judged.verdict != batch_verdict::judged) return result;
  json_reader reader{judged.document};
  const auto data = reader.root()["data"];
  order_cursor next;
  next.more = false;
  for (std::size_t i = 0; data.has("rest" + std::to_string(i)); ++i) {
    const auto order = data["rest" + std::to_string(i)];
    if (!order.is_null()) take_order(order, result, next); // null: deleted meanwhile
  }
  if (data.has("orders")) {
    data["orders"]["nodes"].each([&](json_reader::place order) { take_order(order, result, next); });
    const auto page = data["orders"]["pageInfo"];
    next.more = page["hasNextPage"].flag();
    if (next.more) next.after = page["endCursor"].text();
  } else if (!data.has("rest0")) {
    data["orders"].fail("a list of orders");
  }
  result.next_cursor = next.text();
  if (reader.failed()) {
    result.orders.clear();
    result.next_cursor.clear();
    result.verdict = batch_verdict::retry;
    result.what = reader.failure().what;
  }
  return result;
}

} // namespace lockstep::adapters::shopify
