#include "adapters/shopify/shopify_adapter.hpp"

#include "adapters/timestamp.hpp"
#include "tests/adapters/shopify_samples.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

using namespace lockstep;
using adapters::order_line;
using adapters::order_message;
using tests::sample_adapter;

namespace {

adapters::result<std::vector<order_message>> decode(std::string_view topic, std::string_view body) {
  const std::vector<adapters::header> headers{{"x-shopify-topic", std::string{topic}}};
  return sample_adapter().decode_webhook(headers, body);
}

// An order of one line: the line's members and the order's own, as JSON.
std::string order_of(std::string_view line, std::string_view more) {
  return fmt::format(
      R"({{"id":1001,"test":false,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-03T00:00:00+01:00",)"
      R"("email":"jane@example.com","line_items":[{{"id":11,"variant_id":21,"sku":"A",{}}}],{}}})",
      line, more);
}

std::string fulfilment(std::string_view status, int units) {
  return fmt::format(R"({{"status":"{}","line_items":[{{"id":11,"quantity":{}}}]}})", status, units);
}

std::string in_words(const order_line& line) {
  const auto word = [](const std::optional<engine::quantity>& units) {
    return units ? fmt::to_string(*units) : std::string{"?"};
  };
  return fmt::format("ordered {} shipped {} cancelled {}", word(line.ordered), word(line.shipped),
                     word(line.cancelled));
}

std::string refund_of(std::string_view lines, std::string_view more = "") {
  return fmt::format(
      R"({{"id":9007199254740995,"order_id":1001,"created_at":"2026-01-04T00:00:00Z","refund_line_items":[{}]{}}})",
      lines, more);
}

} // namespace

TEST_CASE("Shopify's sample of an order is a cancelled test order with two lines of one variant") {
  const auto orders = decode("orders/create", tests::order_sample);
  REQUIRE(orders.has_value());
  REQUIRE(orders->size() == 1);
  const auto& order = orders->front();
  CHECK(order.order_id == "820982911946154508");
  CHECK(order.test);
  CHECK(order.occurred_at == adapters::parse_timestamp("2022-01-01T00:00:00Z"));
  REQUIRE(order.lines.size() == 2);
  CHECK(order.lines[0].line_id == "866550311766439020");
  CHECK(order.lines[1].line_id == "141249953214522974");
  CHECK(order.lines[0].variant == "808950810");
  CHECK(order.lines[0].sku == "IPOD2008PINK");
  CHECK(in_words(order.lines[0]) == "ordered 1 shipped 0 cancelled 1");
}

TEST_CASE("a line's quantities are read from what was ordered, sent, being sent and still to be sent") {
  struct row {
    std::string_view line;
    std::string more;
    std::string_view read;
  };

  const row table[] = {
      {R"("quantity":3,"fulfillable_quantity":3)", R"("fulfillments":[])", "ordered 3 shipped 0 cancelled 0"},
      {R"("quantity":3,"fulfillable_quantity":1)", R"("fulfillments":[])", "ordered 3 shipped 0 cancelled 2"},
      {R"("quantity":3,"fulfillable_quantity":1)", R"("fulfillments":[)" + fulfilment("success", 2) + "]",
       "ordered 3 shipped 2 cancelled 0"},
      {R"("quantity":3,"fulfillable_quantity":0)", R"("fulfillments":[)" + fulfilment("success", 2) + "]",
       "ordered 3 shipped 2 cancelled 1"},
      {R"("quantity":5,"fulfillable_quantity":1)",
       R"("fulfillments":[)" + fulfilment("success", 1) + "," + fulfilment("success", 2) + "]",
       "ordered 5 shipped 3 cancelled 1"},
      // Handed to a fulfilment service: neither sent nor fulfillable, and not cancelled.
      {R"("quantity":3,"fulfillable_quantity":0)",
       R"("fulfillments":[)" + fulfilment("pending", 1) + "," + fulfilment("open", 2) + "]",
       "ordered 3 shipped 0 cancelled 0"},
      // A fulfilment that came to nothing.
      {R"("quantity":3,"fulfillable_quantity":3)",
       R"("fulfillments":[)" + fulfilment("cancelled", 1) + "," + fulfilment("failure", 1) + "," +
           fulfilment("error", 1) + "]",
       "ordered 3 shipped 0 cancelled 0"},
      // A status that is new to us: nothing is concluded from what is missing.
      {R"("quantity":3,"fulfillable_quantity":0)", R"("fulfillments":[)" + fulfilment("teleported", 3) + "]",
       "ordered 3 shipped 0 cancelled ?"},
      // A refund of sent units lowers fulfillable_quantity no further than the unsent ones.
      {R"("quantity":3,"fulfillable_quantity":2)", R"("fulfillments":[)" + fulfilment("success", 2) + "]",
       "ordered 3 shipped 2 cancelled 0"},
      {R"("quantity":3,"fulfillable_quantity":3)",
       R"("cancelled_at":"2026-01-03T00:00:00Z","fulfillments":[])", "ordered 3 shipped 0 cancelled 3"},
      {R"("quantity":3,"fulfillable_quantity":0)",
       R"("cancelled_at":"2026-01-03T00:00:00Z","fulfillments":[)" + fulfilment("success", 1) + "]",
       "ordered 3 shipped 1 cancelled 2"},
      // A subscription may leave members out: what is not stated stays unsaid.
      {R"("quantity":3)", R"("fulfillments":[])", "ordered 3 shipped 0 cancelled ?"},
      {R"("quantity":3,"fulfillable_quantity":1)", R"("fulfillments":null)",
       "ordered 3 shipped ? cancelled ?"},
      {R"("quantity":3,"fulfillable_quantity":1)", R"("tags":"")", "ordered 3 shipped ? cancelled ?"},
      // Impossible quantities are passed on for the intake to refuse by line.
      {R"("quantity":-1,"fulfillable_quantity":0)", R"("fulfillments":[])",
       "ordered -1 shipped ? cancelled ?"},
      {R"("quantity":9223372036854775807,"fulfillable_quantity":0)", R"("fulfillments":[])",
       "ordered 9223372036854775807 shipped ? cancelled ?"},
  };
  for (const auto& [line, more, read] : table) {
    INFO(line << " " << more);
    for (const auto* topic : {"orders/create", "orders/updated", "orders/cancelled"}) {
      const auto orders = decode(topic, order_of(line, more));
      REQUIRE(orders.has_value());
      REQUIRE(orders->size() == 1);
      REQUIRE(orders->front().lines.size() == 1);
      CHECK(in_words(orders->front().lines[0]) == read);
    }
  }
}

TEST_CASE("times are read with their offset, and an order keeps the time it was placed") {
  const auto orders = decode("orders/updated", order_of(R"("quantity":1)", R"("refunds":[])"));
  REQUIRE(orders.has_value());
  CHECK(orders->front().occurred_at == adapters::parse_timestamp("2026-01-02T03:04:05Z"));
  CHECK(orders->front().updated_at == adapters::parse_timestamp("2026-01-02T23:00:00Z"));
}

TEST_CASE("a refund cancels or returns units under an id of its own; without restock it moves none") {
  const auto told = decode(
      "refunds/create",
      refund_of(
          R"({"id":51,"line_item_id":11,"quantity":2,"restock_type":"cancel","line_item":{"variant_id":21,"sku":"A"}},)"
          R"({"id":52,"line_item_id":12,"quantity":1,"restock_type":"return"},)"
          R"({"id":53,"line_item_id":13,"quantity":1,"restock_type":"no_restock"},)"
          R"({"id":54,"line_item_id":14,"quantity":1,"restock_type":"legacy_restock"})"));
  REQUIRE(told.has_value());
  REQUIRE(told->size() == 1);
  const auto& refund = told->front();
  CHECK(refund.order_id == "1001");
  CHECK(refund.occurred_at == adapters::parse_timestamp("2026-01-04T00:00:00Z"));
  REQUIRE(refund.lines.size() == 2);
  CHECK(refund.lines[0].line_id == "11");
  CHECK(refund.lines[0].variant == "21");
  CHECK(refund.lines[0].sku == "A");
  CHECK(refund.lines[0].cancelled_now == 2);
  CHECK(refund.lines[0].returned_now == 0);
  CHECK(refund.lines[0].movement_id == "9007199254740995:51");
  CHECK_FALSE(refund.lines[0].ordered);
  CHECK(refund.lines[1].returned_now == 1);
  CHECK(refund.lines[1].movement_id == "9007199254740995:52");
  const auto money_only = decode("refunds/create", refund_of(""));
  REQUIRE(money_only.has_value());
  CHECK(money_only->empty());
}

TEST_CASE("a refund of a test order is a test") {
  const auto told = decode("refunds/create",
                           refund_of(R"({"id":52,"line_item_id":12,"quantity":1,"restock_type":"return"})",
                                     R"(,"transactions":[{"id":1,"test":false},{"id":2,"test":true}])"));
  REQUIRE(told.has_value());
  REQUIRE(told->size() == 1);
  CHECK(told->front().test);
}

TEST_CASE("refunds inside an order say the same as refunds/create, and know their line from the order") {
  const std::string refund = refund_of(R"({"id":51,"line_item_id":11,"quantity":2,"restock_type":"cancel"})");
  const auto orders = decode("orders/updated", order_of(R"("quantity":3,"fulfillable_quantity":1)",
                                                        R"("fulfillments":[],"refunds":[)" + refund + "]"));
  REQUIRE(orders.has_value());
  REQUIRE(orders->size() == 2);
  CHECK(in_words(orders->at(0).lines[0]) == "ordered 3 shipped 0 cancelled 2");
  CHECK(orders->at(1).lines[0].cancelled_now == 2);
  CHECK(orders->at(1).lines[0].movement_id == "9007199254740995:51");
  CHECK(orders->at(1).lines[0].sku == "A");
}

TEST_CASE("a refund that cannot be read is told as a fault, and its order goes on") {
  const auto orders = decode(
      "orders/updated",
      order_of(R"("quantity":3,"fulfillable_quantity":1)",
               R"("fulfillments":[],"refunds":[)" +
                   refund_of(R"({"id":51,"line_item_id":11,"quantity":-2,"restock_type":"cancel"})") + "," +
                   refund_of(R"({"id":52,"line_item_id":11,"quantity":1,"restock_type":"return"})") + "]"));
  REQUIRE(orders.has_value());
  REQUIRE(orders->size() == 3);
  CHECK(in_words(orders->at(0).lines[0]) == "ordered 3 shipped 0 cancelled 2");
  CHECK(orders->at(1).lines[0].returned_now == 1);
  CHECK(orders->at(2).order_id == "1001");
  CHECK(orders->at(2).lines.empty());
  CHECK(orders->at(2).fault ==
        "refund 9007199254740995: /refund_line_items/0/quantity: a possible quantity expected");
}

TEST_CASE("a restock type that is new to us moves nothing, its siblings do") {
  const auto told = decode("refunds/create",
                           refund_of(R"({"id":51,"line_item_id":11,"quantity":2,"restock_type":"maybe"},)"
                                     R"({"id":52,"line_item_id":12,"quantity":1,"restock_type":"return"})"));
  REQUIRE(told.has_value());
  REQUIRE(told->size() == 1);
  REQUIRE(told->front().lines.size() == 1);
  CHECK(told->front().lines[0].line_id == "12");
}

TEST_CASE("a message that cannot be read says which order it is of, when that can be read") {
  const auto order = decode("orders/create", R"({"id":1001,"test":false,"created_at":"soon"})");
  REQUIRE_FALSE(order.has_value());
  CHECK(order.error().what.ends_with(", in order 1001"));
  const auto refund = decode("refunds/create", R"({"id":31,"order_id":1002})");
  REQUIRE_FALSE(refund.has_value());
  CHECK(refund.error().what.ends_with(", in order 1002"));
}

TEST_CASE("topics that tell no totals are taken and tell nothing") {
  for (const auto* topic :
       {"orders/edited", "inventory_levels/update", "products/update", "app/uninstalled"}) {
    const auto told = decode(topic, R"({"order_edit":{"id":1}})");
    REQUIRE(told.has_value());
    CHECK(told->empty());
  }
}

TEST_CASE("a malformed message names the place, not the value") {
  struct row {
    std::string_view topic;
    std::string body;
    std::string_view place;
  };

  const row table[] = {
      {"orders/create", "", "byte 0"},
      {"orders/create", "[]", "the document"},
      {"orders/create", "{}", "/id"},
      {"orders/create", R"({"id":"12"})", "/id"},
      {"orders/create", R"({"id":1.5})", "/id"},
      {"orders/create", R"({"id":-5})", "/id"},
      {"orders/create", R"({"id":0})", "/id"},
      {"orders/create", R"({"id":1})", "/test"},
      {"orders/create", R"({"id":1,"test":false,"created_at":"soon"})", "/created_at"},
      {"orders/create",
       R"({"id":1,"test":false,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"})",
       "/line_items"},
      {"orders/create", order_of(R"("quantity":"2")", R"("refunds":[])"), "/line_items/0/quantity"},
      {"orders/create", order_of(R"("quantity":2.0)", R"("refunds":[])"), "/line_items/0/quantity"},
      {"orders/create", order_of(R"("quantity":1e3)", R"("refunds":[])"), "/line_items/0/quantity"},
      {"orders/create", order_of(R"("quantity":99999999999999999999)", R"("refunds":[])"),
       "/line_items/0/quantity"},
      {"orders/create", order_of(R"("quantity":1)", R"("fulfillments":[{"status":"success"}])"),
       "/fulfillments/0/line_items"},
      {"orders/create", order_of(R"("quantity":1)", R"("fulfillments":[)" + fulfilment("success", -1) + "]"),
       "/fulfillments/0/line_items/0/quantity"},
      {"refunds/create", refund_of(R"({"id":51,"line_item_id":11,"quantity":2})"),
       "/refund_line_items/0/restock_type"},
      {"refunds/create", refund_of(R"({"id":51,"line_item_id":11,"quantity":-2,"restock_type":"cancel"})"),
       "/refund_line_items/0/quantity"},
      {"refunds/create", refund_of(R"({"id":51,"quantity":2,"restock_type":"cancel"})"),
       "/refund_line_items/0/line_item_id"},
  };
  for (const auto& [topic, body, place] : table) {
    INFO(body);
    const auto told = decode(topic, body);
    REQUIRE_FALSE(told.has_value());
    CHECK(told.error().code == engine::error_code::malformed);
    CHECK(told.error().what.starts_with(place));
    CHECK(told.error().what.find("jane") == std::string::npos);
  }
  CHECK_FALSE(sample_adapter().decode_webhook({}, tests::order_sample).has_value());
}

TEST_CASE("any part of an order is malformed or an order, and never more") {
  const std::string whole{tests::order_sample};
  for (std::size_t length = 0; length < whole.size(); length += 3)
    CHECK_FALSE(decode("orders/create", whole.substr(0, length)).has_value());
  const std::string deep = R"({"id":)" + std::string(100, '[') + std::string(100, ']') + "}";
  CHECK_FALSE(decode("orders/create", deep).has_value());
}
