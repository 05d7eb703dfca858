#include "adapters/sandbox/shopify_shop.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/adapters/http_receiver.hpp"
#include "tests/adapters/shopify_samples.hpp"
#include "tests/catch.hpp"
#include "tests/comes_true.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

using namespace lockstep;
using namespace std::chrono_literals;
using adapters::sandbox::restock_type;
using adapters::sandbox::shop_options;
using adapters::sandbox::shop_statistics;
using adapters::sandbox::shopify_shop;
using tests::http_receiver;
using tests::received;

namespace {

std::unique_ptr<shopify_shop> open_shop(shop_options options = {}) {
  auto opened = shopify_shop::start(std::move(options));
  REQUIRE(opened.has_value());
  (*opened)->list({{"A", 201, 101, 10, true}, {"B", 202, 102, 3, true}});
  return std::move(*opened);
}

template <class Condition>
bool eventually(const shopify_shop& shop, Condition holds) {
  return tests::comes_true([&] { return holds(shop.statistics()); });
}

std::vector<adapters::order_message> decode(const received& webhook) {
  const auto adapter = tests::sample_adapter(); // its secret is the sandbox's default
  REQUIRE(adapter.verify_webhook(webhook.headers, webhook.body));
  auto told = adapter.decode_webhook(webhook.headers, webhook.body);
  REQUIRE(told.has_value());
  return *told;
}

} // namespace

TEST_CASE("an order lowers the number shown, then tells it with a signature over escaped slashes") {
  http_receiver receiver;
  const auto shop = open_shop({.first_id = 9007199254740993, .echo_levels = false});
  shop->subscribe(receiver.url());
  const auto placed = shop->place_order({{201, 4}, {202, 5}, {201, 1}});
  CHECK(shop->shown()[0].available == 5);
  REQUIRE(placed.lines.size() == 3);
  CHECK(placed.lines[1].line == 0); // refused: 5 of 3
  const auto got = receiver.wait_for(1);
  REQUIRE(got.size() == 1);
  CHECK(got[0].header("X-Shopify-Topic") == "orders/create");
  CHECK_FALSE(got[0].header("X-Shopify-Webhook-Id").empty());
  CHECK(got[0].body.find("gid:\\/\\/shopify\\/Order") != std::string::npos);
  const auto told = decode(got[0]);
  REQUIRE(told.size() == 1);
  CHECK(told[0].order_id == std::to_string(placed.order));
  REQUIRE(told[0].lines.size() == 2);
  CHECK(told[0].lines[0].ordered == 4);
  CHECK(told[0].lines[0].variant == "201");
  CHECK(told[0].lines[1].line_id == std::to_string(placed.lines[2].line));
  const auto rows = shop->shown();
  CHECK(rows[0].sold == 5);
  CHECK(rows[1].refused == 5);
}

TEST_CASE("cancel, refund, shipment and edit are told in the shapes of their topics") {
  http_receiver receiver;
  const auto shop = open_shop({.echo_levels = false});
  shop->subscribe(receiver.url());
  const auto placed = shop->place_order({{201, 6}});
  const auto line = placed.lines[0].line;
  REQUIRE(shop->fulfil(placed.order, line, 2));
  REQUIRE(shop->refund(placed.order, line, 1, restock_type::cancel));
  REQUIRE(shop->refund(placed.order, line, 1, restock_type::return_));
  REQUIRE(shop->edit(placed.order, line, 2));
  REQUIRE(shop->edit(placed.order, line, -1));
  REQUIRE(shop->cancel(placed.order));
  CHECK_FALSE(shop->cancel(placed.order));
  CHECK_FALSE(shop->fulfil(placed.order, line, 1));
  CHECK_FALSE(shop->refund(placed.order, line, 2, restock_type::return_));
  CHECK_FALSE(shop->edit(placed.order + 1000, line, 1));

  // create; update; update, refund; update, refund; edited, update; edited, update; cancelled, update, refund
  const auto got = receiver.wait_for(13);
  REQUIRE(got.size() == 13);
  std::map<std::string, int> topics;
  engine::quantity ordered = 0, shipped = 0, cancelled = 0;
  std::map<std::string, engine::quantity> cancelled_by_id, returned_by_id;
  for (const auto& webhook : got) {
    ++topics[webhook.header("X-Shopify-Topic")];
    for (const auto& order : decode(webhook)) {
      for (const auto& said : order.lines) {
        ordered = std::max(ordered, said.ordered.value_or(0));
        shipped = std::max(shipped, said.shipped.value_or(0));
        cancelled = std::max(cancelled, said.cancelled.value_or(0));
        if (said.cancelled_now) cancelled_by_id[said.movement_id] = said.cancelled_now;
        if (said.returned_now) returned_by_id[said.movement_id] = said.returned_now;
      }
    }
  }
  CHECK(topics == std::map<std::string, int>{{"orders/create", 1},
                                             {"orders/updated", 6},
                                             {"refunds/create", 3},
                                             {"orders/edited", 2},
                                             {"orders/cancelled", 1}});
  CHECK(ordered == 8);
  CHECK(shipped == 2);
  CHECK(cancelled == 6);
  CHECK(returned_by_id.size() == 1);
  CHECK(cancelled_by_id.size() == 2);
  const auto row = shop->shown()[0];
  CHECK(row.available == 8); // 10 less the two that were shipped; the returned one waits at the warehouse
  CHECK(row.sold == 8);
  CHECK(row.cancelled == 6);
  CHECK(row.shipped == 2);
  CHECK(row.returned == 1);
}

TEST_CASE("a webhook that is not answered with 2xx comes again with the same payload and id") {
  http_receiver receiver{{503, 0, 200}};
  const auto shop = open_shop({.webhook_retry_first = 1ms, .echo_levels = false});
  shop->subscribe(receiver.url());
  const auto placed = shop->place_order({{201, 1}});
  const auto got = receiver.wait_for(3);
  REQUIRE(got.size() >= 3);
  for (const auto& webhook : got) {
    CHECK(webhook.body == got[0].body);
    CHECK(webhook.header("X-Shopify-Webhook-Id") == got[0].header("X-Shopify-Webhook-Id"));
  }
  CHECK(eventually(
      *shop, [](const shop_statistics& s) { return s.webhooks_delivered == 1 && s.webhooks_waiting == 0; }));
  CHECK(shop->statistics().subscribed);
}

TEST_CASE("a receiver that takes longer than the cut-off has not received") {
  tests::raw_server silent{[](tests::raw_server::socket& peer) {
    tests::read_request(peer);
    tests::read_request(peer);
  }};
  const auto shop = open_shop({.webhook_timeout = 50ms, .webhook_retry_first = 1h, .echo_levels = false});
  shop->subscribe(silent.url());
  shop->place_order({{201, 1}});
  CHECK(eventually(*shop, [](const shop_statistics& s) { return s.webhooks_failed == 1; }));
  http_receiver receiver; // recovery: a new subscriber gets what is told from now on
  shop->subscribe(receiver.url());
  shop->place_order({{201, 1}});
  CHECK(receiver.wait_for(1).size() == 1);
}

TEST_CASE("after eight failures in a row the subscription is gone, until somebody subscribes again") {
  http_receiver refusing{{500}};
  const auto shop = open_shop({.webhook_connections = 1, .webhook_retry_first = 1ms, .echo_levels = false});
  shop->subscribe(refusing.url());
  shop->place_order({{201, 1}});
  REQUIRE(eventually(*shop, [](const shop_statistics& s) { return !s.subscribed; }));
  CHECK(refusing.wait_for(8).size() == 8);
  shop->place_order({{201, 1}});
  http_receiver receiver;
  shop->subscribe(receiver.url());
  const auto placed = shop->place_order({{201, 1}});
  const auto got = receiver.wait_for(1);
  REQUIRE(got.size() == 1);
  CHECK(decode(got[0])[0].order_id == std::to_string(placed.order));
}

TEST_CASE("duplicates share the event and differ in the delivery; losses are counted") {
  http_receiver receiver;
  const auto shop =
      open_shop({.seed = 7,
                 .echo_levels = false,
                 .webhooks = {.lost = 0.3, .duplicate = 0.4, .late = 0.5, .lateness_max = 20ms}});
  shop->subscribe(receiver.url());
  shop->list({{"A", 201, 101, 1000, true}});
  constexpr int orders = 200;
  for (int i = 0; i < orders; ++i)
    shop->place_order({{201, 1}});
  REQUIRE(eventually(*shop, [](const shop_statistics& s) {
    return s.webhooks_waiting == 0 && s.webhooks_delivered + s.webhooks_lost >= orders;
  }));
  const auto statistics = shop->statistics();
  const auto got = receiver.wait_for(statistics.webhooks_delivered);
  std::set<std::string> events, deliveries, told;
  std::vector<std::string> sequence;
  for (const auto& webhook : got) {
    events.insert(webhook.header("X-Shopify-Event-Id"));
    deliveries.insert(webhook.header("X-Shopify-Webhook-Id"));
    sequence.push_back(decode(webhook)[0].order_id);
    told.insert(sequence.back());
  }
  CHECK(deliveries.size() == got.size());
  CHECK(events.size() == told.size());
  CHECK(events.size() < got.size()); // some twice
  CHECK(told.size() < orders);       // some never
  CHECK(told.size() > orders / 2);
  CHECK_FALSE(std::is_sorted(sequence.begin(), sequence.end()));
  CHECK(shop->shown()[0].available == 1000 - orders);
}

TEST_CASE("orders that come side by side are sold, never more than shown") {
  const auto shop = open_shop({.echo_levels = false});
  shop->list({{"A", 201, 101, 5'000, true}});
  std::vector<std::thread> shoppers;
  for (int i = 0; i < 2; ++i)
    shoppers.emplace_back([&] {
      for (int n = 0; n < 3'000; ++n)
        shop->place_order({{201, 1}});
    });
  for (auto& shopper : shoppers)
    shopper.join();
  const auto row = shop->shown()[0];
  CHECK(row.sold == 5'000);
  CHECK(row.refused == 1'000);
  CHECK(row.available == 0);
}
