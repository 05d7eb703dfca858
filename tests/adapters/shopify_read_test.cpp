#include "adapters/shopify/shopify_adapter.hpp"

#include "adapters/shopify/order_page.hpp"
#include "tests/adapters/shopify_samples.hpp"
#include "tests/catch.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

using namespace lockstep;
using adapters::batch_verdict;
using adapters::channel_item;
using adapters::transport;
using adapters::shopify::order_cursor;
using tests::answered;
using tests::sample_adapter;

namespace {

namespace json = boost::json;

const std::string here = "gid://shopify/Location/2";

json::value variables_of(const adapters::http_request& request) {
  return json::parse(request.body).at("variables");
}

} // namespace

TEST_CASE("a read asks for each item at each place and keeps what is tracked and stocked") {
  const auto adapter = sample_adapter();
  const std::vector<channel_item> items{{"gid://shopify/InventoryItem/1", here},
                                        {"gid://shopify/InventoryItem/2", "gid://shopify/Location/3"}};
  CHECK(variables_of(adapter.encode_read(items)) ==
        json::parse(R"({"ids":["gid://shopify/InventoryItem/1","gid://shopify/InventoryItem/2"],
                        "place0":"gid://shopify/Location/2","place1":"gid://shopify/Location/3"})"));
  const auto result = adapter.decode_read(answered(R"({"data":{
    "place0":{"id":"gid://shopify/Location/2"},"place1":{"id":"gid://shopify/Location/3"},
    "nodes":[{"id":"gid://shopify/InventoryItem/1","sku":"A","tracked":true,
       "place0":{"quantities":[{"name":"available","quantity":-3}]},"place1":null},
      null,{},
      {"id":"gid://shopify/InventoryItem/2","sku":null,"tracked":false,
       "place0":null,"place1":{"quantities":[{"name":"available","quantity":0}]}}]}})"));
  REQUIRE(result.verdict == batch_verdict::judged);
  REQUIRE(result.items.size() == 4);
  CHECK(result.items[0].target.item == "gid://shopify/InventoryItem/1");
  CHECK(result.items[0].target.location == here);
  CHECK(result.items[0].value == -3);
  CHECK(result.items[0].sku == "A");
  CHECK_FALSE(result.items[1].value); // not stocked there
  CHECK_FALSE(result.items[3].value); // shown, but not tracked
}

TEST_CASE("a place that does not exist is still the account's own") {
  const auto result = sample_adapter().decode_read(answered(
      R"({"data":{"place0":null,"nodes":[{"id":"gid://shopify/InventoryItem/1","sku":"A","tracked":true,"place0":null}]}})"));
  REQUIRE(result.items.size() == 1);
  CHECK(result.items[0].target.location == here);
  CHECK_FALSE(result.items[0].value);
}

TEST_CASE("a list goes page by page and names variant, item and SKU") {
  const auto adapter = sample_adapter();
  CHECK(variables_of(adapter.encode_list("")).at("after").is_null());
  CHECK(variables_of(adapter.encode_list("c1")).at("after") == "c1");
  const auto result = adapter.decode_list(answered(R"({"data":{"productVariants":{"nodes":[
    {"id":"gid://shopify/ProductVariant/9007199254740993","sku":"A","inventoryItem":{"id":"gid://shopify/InventoryItem/5",
     "tracked":true,"inventoryLevel":{"quantities":[{"name":"available","quantity":7}]}}}],
    "pageInfo":{"hasNextPage":true,"endCursor":"c2"}}}})"));
  REQUIRE(result.verdict == batch_verdict::judged);
  REQUIRE(result.items.size() == 1);
  CHECK(result.items[0].variant == "9007199254740993");
  CHECK(result.items[0].target.item == "gid://shopify/InventoryItem/5");
  CHECK(result.items[0].target.location == here);
  CHECK(result.items[0].value == 7);
  CHECK(result.next_cursor == "c2");
  const auto last = adapter.decode_list(answered(
      R"({"data":{"productVariants":{"nodes":[],"pageInfo":{"hasNextPage":false,"endCursor":null}}}})"));
  CHECK(last.verdict == batch_verdict::judged);
  CHECK(last.next_cursor.empty());
}

TEST_CASE("a read that is not as it must be gives nothing and is tried again") {
  const std::string bodies[] = {
      "",
      "<html>",
      "{}",
      R"({"data":{}})",
      R"({"data":{"nodes":7}})",
      R"({"data":{"place0":{"id":"gid://shopify/Location/2"},"nodes":[{"id":1}]}})",
      R"({"data":{"place0":{"id":"gid://shopify/Location/2"},"nodes":[{"id":"x","tracked":true,"place0":{"quantities":[{"name":"available","quantity":1.5}]}}]}})",
      R"({"data":{"productVariants":{"nodes":[{"id":"no global id"}]}}})",
      R"({"data":{"productVariants":{"nodes":[],"pageInfo":{"hasNextPage":true,"endCursor":null}}}})",
      R"({"errors":[{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]})",
  };
  for (const auto& body : bodies) {
    INFO(body);
    const auto read = sample_adapter().decode_read(answered(body));
    CHECK(read.verdict == batch_verdict::retry);
    CHECK(read.items.empty());
    CHECK_FALSE(read.what.empty());
    CHECK(sample_adapter().decode_list(answered(body)).verdict == batch_verdict::retry);
    CHECK(sample_adapter().decode_orders(answered(body)).verdict == batch_verdict::retry);
  }
  for (const auto how : {transport::not_sent, transport::answer_lost, transport::answer_too_big})
    CHECK(sample_adapter().decode_list(tests::ended(how)).verdict == batch_verdict::retry);
  CHECK(sample_adapter().decode_list(answered("{}", 401)).verdict == batch_verdict::unauthorized);
  CHECK(sample_adapter().decode_list(answered("{}", 429)).verdict == batch_verdict::throttled);
}

TEST_CASE("the cursor of orders survives its text") {
  order_cursor cursor{
      .after = "abc", .more = true, .rest = {{"gid://shopify/Order/1", "L\"1"}, {"o2", "l2"}}};
  const auto read = order_cursor::parse(cursor.text());
  CHECK(read.after == "abc");
  CHECK(read.more);
  REQUIRE(read.rest.size() == 2);
  CHECK(read.rest[0].order == "gid://shopify/Order/1");
  CHECK(read.rest[0].after == "L\"1");
  CHECK(order_cursor{.after = "", .more = false, .rest = {}}.text().empty());
  CHECK(order_cursor::parse("").more);
  for (const auto* nonsense : {"x", "{}", "[]", R"({"after":1,"more":true,"rest":[]})"}) {
    CHECK(order_cursor::parse(nonsense).after.empty());
    CHECK(order_cursor::parse(nonsense).more);
  }
}

TEST_CASE("the order poll asks from a time on, oldest change first") {
  using namespace std::chrono;
  const adapters::time_point since{sys_days{2026y / 3 / 5} + 7h + 8min + 9s + 10us};
  const auto request = sample_adapter().encode_orders(since, "");
  const auto variables = variables_of(request);
  CHECK(variables.at("query") == "updated_at:>='2026-03-05T07:08:09Z'");
  CHECK(variables.at("after").is_null());
  CHECK(variables_of(sample_adapter().encode_orders({}, "")).at("query") == "status:open");
  CHECK(json::value_to<std::string>(json::parse(request.body).at("query")).find("sortKey: UPDATED_AT") !=
        std::string::npos);
}

TEST_CASE("an order of the poll says the same as its webhooks") {
  const auto result = sample_adapter().decode_orders(answered(R"({"data":{"orders":{"nodes":[
    {"id":"gid://shopify/Order/820982911946154508","test":false,"createdAt":"2026-01-02T03:04:05Z",
     "updatedAt":"2026-01-03T00:00:00Z","cancelledAt":null,
     "lineItems":{"nodes":[{"id":"gid://shopify/LineItem/11","sku":"A","quantity":5,"fulfillableQuantity":1,
       "variant":{"id":"gid://shopify/ProductVariant/21"}},
       {"id":"gid://shopify/LineItem/12","sku":null,"quantity":1,"fulfillableQuantity":1,"variant":null}],
       "pageInfo":{"hasNextPage":false,"endCursor":null}},
     "fulfillments":[
       {"status":"SUCCESS","fulfillmentLineItems":{"nodes":[{"quantity":2,"lineItem":{"id":"gid://shopify/LineItem/11"}}],"pageInfo":{"hasNextPage":false}}},
       {"status":"CANCELLED","fulfillmentLineItems":{"nodes":[{"quantity":1,"lineItem":{"id":"gid://shopify/LineItem/11"}}],"pageInfo":{"hasNextPage":false}}}],
     "refunds":[{"id":"gid://shopify/Refund/31","createdAt":"2026-01-02T12:00:00Z","refundLineItems":{"nodes":[
       {"id":"gid://shopify/RefundLineItem/41","quantity":2,"restockType":"CANCEL","lineItem":{"id":"gid://shopify/LineItem/11","sku":"A","variant":{"id":"gid://shopify/ProductVariant/21"}}},
       {"id":"gid://shopify/RefundLineItem/42","quantity":1,"restockType":"RETURN","lineItem":{"id":"gid://shopify/LineItem/11","sku":"A","variant":null}},
       {"id":"gid://shopify/RefundLineItem/43","quantity":1,"restockType":"NO_RESTOCK","lineItem":{"id":"gid://shopify/LineItem/11","sku":"A","variant":null}}],
       "pageInfo":{"hasNextPage":false}}}]}],
    "pageInfo":{"hasNextPage":true,"endCursor":"E"}}}})"));
  REQUIRE(result.verdict == batch_verdict::judged);
  REQUIRE(result.orders.size() == 2);
  const auto& order = result.orders[0];
  CHECK(order.order_id == "820982911946154508");
  REQUIRE(order.lines.size() == 2);
  CHECK(order.lines[0].line_id == "11");
  CHECK(order.lines[0].variant == "21");
  CHECK(order.lines[0].ordered == 5);
  CHECK(order.lines[0].shipped == 2);
  CHECK(order.lines[0].cancelled == 2);
  CHECK(order.lines[1].sku.empty());
  const auto& refund = result.orders[1];
  CHECK(refund.order_id == order.order_id);
  CHECK(refund.occurred_at != order.occurred_at);
  REQUIRE(refund.lines.size() == 2);
  CHECK(refund.lines[0].cancelled_now == 2);
  CHECK(refund.lines[0].movement_id == "31:41");
  CHECK(refund.lines[1].returned_now == 1);
  CHECK(order_cursor::parse(result.next_cursor).after == "E");
}

TEST_CASE("an order or refund that cannot be read is told as a fault, and its siblings go on") {
  const auto order = [](int id, const std::string& created, const std::string& refund_units) {
    return R"({"id":"gid://shopify/Order/)" + std::to_string(id) + R"(","test":false,"createdAt":)" +
           created +
           R"(,"updatedAt":"2026-01-03T00:00:00Z","cancelledAt":null,"fulfillments":[],
      "lineItems":{"nodes":[{"id":"gid://shopify/LineItem/11","sku":"A","quantity":5,"fulfillableQuantity":5,"variant":null}],
        "pageInfo":{"hasNextPage":false,"endCursor":null}},
      "refunds":[{"id":"gid://shopify/Refund/31","createdAt":null,"refundLineItems":{"nodes":[
        {"id":"gid://shopify/RefundLineItem/41","quantity":)" +
           refund_units +
           R"(,"restockType":"SOMETHING_NEW","lineItem":{"id":"gid://shopify/LineItem/11","sku":"A","variant":null}}],
        "pageInfo":{"hasNextPage":false,"endCursor":null}}}]})";
  };
  const std::string good = R"("2026-01-02T03:04:05Z")";
  const auto result = sample_adapter().decode_orders(answered(
      R"({"data":{"orders":{"nodes":[)" + order(1, "\"soon\"", "1") + "," + order(2, good, "1") + "," +
      order(3, good, "null") + R"(,{"id":7}],"pageInfo":{"hasNextPage":true,"endCursor":"E"}}}})"));
  REQUIRE(result.verdict == batch_verdict::judged);
  REQUIRE(result.orders.size() == 5);
  CHECK(result.orders[0].order_id == "1");
  CHECK(result.orders[0].lines.empty());
  CHECK(result.orders[0].fault.starts_with("/createdAt: "));
  CHECK(result.orders[1].order_id == "2");
  CHECK(result.orders[1].lines.size() == 1);
  CHECK(result.orders[2].order_id == "3");
  CHECK(result.orders[2].lines.size() == 1);
  CHECK(result.orders[3].order_id == "3");
  CHECK(result.orders[3].fault.starts_with("refund 31: /refundLineItems/nodes/0/quantity: "));
  CHECK(result.orders[4].order_id.empty());
  CHECK(result.orders[4].fault.starts_with("/id: "));
  CHECK(order_cursor::parse(result.next_cursor).after == "E");
}

TEST_CASE("a long order goes on in the next page, beside the orders that follow") {
  const auto line = [](int id) {
    return R"({"id":"gid://shopify/LineItem/)" + std::to_string(id) +
           R"(","sku":"A","quantity":1,"fulfillableQuantity":1,"variant":null})";
  };
  const std::string head =
      R"("test":false,"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-03T00:00:00Z","cancelledAt":null,"fulfillments":[])";
  const auto first = sample_adapter().decode_orders(answered(
      R"({"data":{"orders":{"nodes":[{"id":"gid://shopify/Order/7",)" + head +
      R"(,"refunds":[],"lineItems":{"nodes":[)" + line(1) +
      R"(],"pageInfo":{"hasNextPage":true,"endCursor":"L1"}}}],"pageInfo":{"hasNextPage":false,"endCursor":"E"}}}})"));
  REQUIRE(first.orders.size() == 1);
  const auto request = sample_adapter().encode_orders({}, first.next_cursor);
  CHECK(variables_of(request).at("order0") == "gid://shopify/Order/7");
  CHECK(variables_of(request).at("line0") == "L1");
  CHECK_FALSE(variables_of(request).as_object().contains("first")); // no more orders to come
  const auto second = sample_adapter().decode_orders(
      answered(R"({"data":{"rest0":{"id":"gid://shopify/Order/7",)" + head + R"(,"lineItems":{"nodes":[)" +
               line(2) + R"(],"pageInfo":{"hasNextPage":false,"endCursor":null}}}}})"));
  REQUIRE(second.verdict == batch_verdict::judged);
  REQUIRE(second.orders.size() == 1);
  CHECK(second.orders[0].lines[0].line_id == "2");
  CHECK(second.next_cursor.empty());
}

namespace {

std::string refund_of(int id, bool has_more) {
  return fmt::format(
      R"({{"id":"gid://shopify/Refund/{}","createdAt":null,"refundLineItems":{{"nodes":[)"
      R"({{"id":"gid://shopify/RefundLineItem/41","quantity":1,"restockType":"RETURN",)"
      R"("lineItem":{{"id":"gid://shopify/LineItem/11","sku":"A","variant":null}}}}],"pageInfo":{{"hasNextPage":{}}}}}}})",
      id, has_more);
}

std::string order_head(int id) {
  return fmt::format(R"("id":"gid://shopify/Order/{}","test":false,"createdAt":"2026-01-02T03:04:05Z",)"
                     R"("updatedAt":"2026-01-03T00:00:00Z")",
                     id);
}

std::string refunded_order(int id, const std::string& refunds) {
  return "{" + order_head(id) +
         R"(,"cancelledAt":null,"fulfillments":[],"lineItems":{"nodes":[],"pageInfo":{"hasNextPage":false}},"refunds":[)" +
         refunds + "]}";
}

} // namespace

TEST_CASE("refunds that do not fit their page are asked for again, order by order") {
  std::string many = refund_of(1, false);
  for (int i = 2; i <= 5; ++i)
    many += "," + refund_of(i, false);
  const auto first = sample_adapter().decode_orders(
      answered(R"({"data":{"orders":{"nodes":[)" + refunded_order(7, many) + "," +
               refunded_order(8, refund_of(9, true)) + "," + refunded_order(9, refund_of(10, false)) +
               R"(],"pageInfo":{"hasNextPage":false,"endCursor":"E"}}}})"));
  REQUIRE(first.verdict == batch_verdict::judged);
  CHECK(first.orders.size() == 7);
  const auto request = sample_adapter().encode_orders({}, first.next_cursor);
  CHECK(variables_of(request).at("refunds0") == "gid://shopify/Order/7");
  CHECK(variables_of(request).at("refunds1") == "gid://shopify/Order/8");
  CHECK_FALSE(variables_of(request).as_object().contains("refunds2"));

  const auto second = sample_adapter().decode_orders(
      answered(R"({"data":{"refunds0":{)" + order_head(7) + R"(,"refunds":[)" + many + "," +
               refund_of(6, false) + R"(]},"refunds1":{"id":"gid://shopify/Order/8"}}})"));
  REQUIRE(second.verdict == batch_verdict::judged);
  REQUIRE(second.orders.size() == 6);
  CHECK(second.orders[5].order_id == "7");
  CHECK(second.orders[5].lines[0].movement_id == "6:41");
  CHECK(variables_of(sample_adapter().encode_orders({}, second.next_cursor)).at("refunds0") ==
        "gid://shopify/Order/8");

  const auto third = sample_adapter().decode_orders(
      answered(R"({"data":{"refunds0":{)" + order_head(8) + R"(,"refunds":[)" + refund_of(9, true) + "]}}}"));
  REQUIRE(third.orders.size() == 2);
  CHECK(third.orders[1].order_id == "8");
  CHECK_FALSE(third.orders[1].fault.empty());
  CHECK(third.next_cursor.empty());
}

TEST_CASE("when not all fulfilments are told, the poll leaves cancels unsaid rather than guess") {
  const auto result = sample_adapter().decode_orders(answered(R"({"data":{"orders":{"nodes":[
    {"id":"gid://shopify/Order/1","test":false,"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-03T00:00:00Z",
     "cancelledAt":null,"refunds":[],
     "lineItems":{"nodes":[{"id":"gid://shopify/LineItem/11","sku":"A","quantity":5,"fulfillableQuantity":0,"variant":null}],
       "pageInfo":{"hasNextPage":false,"endCursor":null}},
     "fulfillments":[{"status":"SUCCESS","fulfillmentLineItems":{"nodes":[{"quantity":2,"lineItem":{"id":"gid://shopify/LineItem/11"}}],"pageInfo":{"hasNextPage":true}}}]}],
    "pageInfo":{"hasNextPage":false,"endCursor":null}}}})"));
  REQUIRE(result.orders.size() == 1);
  CHECK(result.orders[0].lines[0].shipped == 2);
  CHECK_FALSE(result.orders[0].lines[0].cancelled);
}
