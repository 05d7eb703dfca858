#include "adapters/shopify/order_page.hpp"

#include "adapters/json_reader.hpp"
#include "adapters/shopify/global_id.hpp"
#include "adapters/shopify/graphql_answer.hpp"
#include "adapters/shopify/queries.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "adapters/shopify/stated_order.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

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
  return {.id = read_number(line["id"]),
          .line = read_number(of["id"]),
          .variant = read_variant(of),
          .sku = of["sku"].optional_text(),
          .units = line["quantity"].integer(),
          .kind = parse_restock(lower(line["restockType"].text()))};
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

// Id of an order or refund that may be broken; empty when it has none.
std::string id_of(json_reader::place object) {
  auto reader = object.alone();
  return read_number(reader.root()["id"]);
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
  return said;
}

// False when the lists, as long as they were asked for, may lack entries: of refunds, or of lines of one.
bool read_refunds(json_reader::place list, int refunds_asked, stated_order& into) {
  int count = 0;
  bool complete = true;
  list.each_if_present([&](json_reader::place refund) {
    auto reader = refund.alone();
    auto told = read_refund(reader.root(), into);
    if (reader.root()["refundLineItems"]["pageInfo"]["hasNextPage"].flag() || ++count == refunds_asked)
      complete = false;
    if (reader.failed())
      into.faults.push_back(fmt::format("refund {}: {}", id_of(refund), reader.failure().what));
    else
      into.refunds.push_back(std::move(told));
  });
  return complete;
}

// An order that cannot be read holds up neither its siblings nor the poll: it is told as a fault.
void take_order(json_reader::place order, orders_result& into, order_cursor& next) {
  auto reader = order.alone();
  auto said = read_order(reader.root());
  const bool all_refunds = read_refunds(reader.root()["refunds"], refunds_per_page, said);
  const auto lines = reader.root()["lineItems"]["pageInfo"];
  const bool goes_on = lines["hasNextPage"].flag();
  const order_cursor::unfinished rest{reader.root()["id"].text(), goes_on ? lines["endCursor"].text() : ""};
  if (reader.failed()) {
    into.orders.push_back({.order_id = id_of(order), .fault = reader.failure().what});
    return;
  }
  for (auto& message : to_messages(said))
    into.orders.push_back(std::move(message));
  if (goes_on) next.rest.push_back(rest);
  if (!all_refunds) next.refunds.push_back(rest.order);
}

// The refunds of an order once more, in lists as long as we ask for.
void take_refunds(json_reader::place order, orders_result& into) {
  auto reader = order.alone();
  stated_order said;
  said.id = read_number(reader.root()["id"]);
  said.test = reader.root()["test"].flag();
  said.created_at = reader.root()["createdAt"].time();
  said.updated_at = reader.root()["updatedAt"].time();
  if (!read_refunds(reader.root()["refunds"], refunds_per_rest, said))
    said.faults.push_back("more refunds, or refunded lines, than can be read");
  if (reader.failed()) said.faults.push_back(reader.failure().what);
  for (auto& message : to_messages(said))
    into.orders.push_back(std::move(message));
}

} // namespace

std::string order_cursor::text() const {
  if (!more && rest.empty() && refunds.empty()) return {};
  json::array unfinished_orders;
  for (const auto& [order, line] : rest)
    unfinished_orders.push_back(json::array{order, line});
  return json::serialize(json::object{{"after", after},
                                      {"more", more},
                                      {"rest", std::move(unfinished_orders)},
                                      {"refunds", json::array(refunds.begin(), refunds.end())}});
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
  reader.root()["refunds"].each_if_present(
      [&](json_reader::place order) { cursor.refunds.push_back(order.text()); });
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
  if (const auto order = data["refunds0"]; !order.is_null()) take_refunds(order, result);
  for (std::size_t i = 1; data.has("refunds" + std::to_string(i)); ++i) {
    const auto order = data["refunds" + std::to_string(i)];
    if (!order.is_null()) next.refunds.push_back(order["id"].text());
  }
  if (data.has("orders")) {
    data["orders"]["nodes"].each([&](json_reader::place order) { take_order(order, result, next); });
    const auto page = data["orders"]["pageInfo"];
    next.more = page["hasNextPage"].flag();
    if (next.more) next.after = page["endCursor"].text();
  } else if (!data.has("rest0") && !data.has("refunds0")) {
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
