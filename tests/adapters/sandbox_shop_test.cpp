// The client, the adapter and the sandbox together over real sockets: what the channel actor will do with
// them.
#include "adapters/http_client.hpp"
#include "adapters/sandbox/shopify_shop.hpp"
#include "adapters/shopify/shopify_adapter.hpp"
#include "tests/catch.hpp"

#include <fmt/format.h>

#include <future>
#include <map>
#include <set>
#include <thread>

using namespace lockstep;
using namespace std::chrono_literals;
using adapters::batch_verdict;
using adapters::http_client;
using adapters::http_request;
using adapters::http_response;
using adapters::row_verdict;
using adapters::transport;
using adapters::write_row;
using adapters::sandbox::misbehaviour;
using adapters::sandbox::restock_type;
using adapters::sandbox::shop_options;
using adapters::sandbox::shopify_shop;
using adapters::shopify::shopify_adapter;

namespace {

// A shop with its account's adapter and a client.
struct fixture {
  explicit fixture(shop_options options = {}) {
    auto opened = shopify_shop::start(std::move(options));
    REQUIRE(opened.has_value());
    shop = std::move(*opened);
    shop->list({{"A", 201, 101, 7, true}, {"B", 202, 102, 0, true}, {"", 203, 103, 4, false}});
    adapter = std::make_unique<shopify_adapter>(adapters::channel_account{.name = "eu",
                                                                          .base_url = shop->base_url(),
                                                                          .access_token = "shpat_sandbox",
                                                                          .webhook_secrets = {"hush"},
                                                                          .location = shop->location_id()});
  }

  http_response exchange(http_request request) {
    std::promise<http_response> answered;
    client.send(std::move(request), [&](http_response answer) { answered.set_value(std::move(answer)); });
    auto future = answered.get_future();
    REQUIRE(future.wait_for(30s) == std::future_status::ready);
    return future.get();
  }

  write_row row(std::int64_t item, engine::quantity value, std::optional<engine::quantity> expected) const {
    return {{shopify_shop::item_id(item), shop->location_id()}, value, expected};
  }

  adapters::write_result write(const std::vector<write_row>& rows, std::string_view key,
                               std::chrono::milliseconds timeout = 10s) {
    auto request = adapter->encode_write(rows, key, "1");
    request.total_timeout = timeout;
    return adapter->decode_write(exchange(std::move(request)), rows.size());
  }

  std::optional<engine::quantity> read(std::int64_t item) {
    const std::vector<adapters::channel_item> items{{shopify_shop::item_id(item), shop->location_id()}};
    const auto result = adapter->decode_read(exchange(adapter->encode_read(items)));
    REQUIRE(result.verdict == batch_verdict::judged);
    REQUIRE(result.items.size() == 1);
    return result.items[0].value;
  }

  // All pages of the poll: units by line, as the messages state them.
  std::map<std::string, adapters::order_line> poll(engine::time_point since) {
    std::map<std::string, adapters::order_line> lines;
    std::string cursor;
    pages = 0;
    do {
      const auto page = adapter->decode_orders(exchange(adapter->encode_orders(since, cursor)));
      REQUIRE(page.verdict == batch_verdict::judged);
      for (const auto& order : page.orders) {
        for (const auto& line : order.lines) {
          if (line.ordered) lines[line.line_id] = line;
        }
      }
      cursor = page.next_cursor;
      REQUIRE(++pages < 1'000);
    } while (!cursor.empty());
    return lines;
  }

  std::unique_ptr<shopify_shop> shop;
  std::unique_ptr<shopify_adapter> adapter;
  http_client client{{.insecure_http = true}};
  int pages = 0;
};

} // namespace

TEST_CASE("a write is applied, compared, and refused row by row") {
  fixture at;
  auto result = at.write({at.row(101, 5, 7), at.row(102, 2, std::nullopt)}, "k1");
  REQUIRE(result.verdict == batch_verdict::judged);
  CHECK(result.rows[0].verdict == row_verdict::applied);
  CHECK(at.read(101) == 5);
  CHECK(at.read(102) == 2);
  CHECK_FALSE(at.read(103)); // not tracked
  CHECK(result.throttle.cost == 10);
  CHECK(result.throttle.maximum == 2000);
  CHECK(result.throttle.restore_per_second == 100);

  result = at.write({at.row(101, 9, 7), at.row(102, 3, 2), at.row(999, 1, 0)}, "k2");
  REQUIRE(result.verdict == batch_verdict::judged);
  CHECK(result.rows[0].verdict == row_verdict::stale);
  CHECK(result.rows[1].verdict == row_verdict::not_applied);
  CHECK(result.rows[2].verdict == row_verdict::rejected);
  CHECK(result.rows[2].reason.starts_with("INVALID_INVENTORY_ITEM"));
  CHECK(at.read(102) == 2);
}

TEST_CASE("a sale at the shop makes the write that did not know of it stale") {
  fixture at;
  at.shop->place_order({{201, 2}});
  CHECK(at.write({at.row(101, 6, 7)}, "k1").rows.at(0).verdict == row_verdict::stale);
  CHECK(at.write({at.row(101, 4, 5)}, "k2").rows.at(0).verdict == row_verdict::applied);
  CHECK(at.shop->statistics().writes_stale == 1);
}

TEST_CASE("250 rows travel in one write and one read") {
  fixture at;
  std::vector<adapters::sandbox::shop_item> items;
  std::vector<write_row> rows;
  std::vector<adapters::channel_item> wanted;
  for (int i = 0; i < 250; ++i) {
    items.push_back({fmt::format("S{}", i), 1000 + i, 5000 + i, 0, true});
    rows.push_back(at.row(5000 + i, i, 0));
    wanted.push_back(rows.back().target);
  }
  at.shop->list(items);
  const auto result = at.write(rows, "k1");
  REQUIRE(result.verdict == batch_verdict::judged);
  CHECK(std::all_of(result.rows.begin(), result.rows.end(),
                    [](const auto& row) { return row.verdict == row_verdict::applied; }));
  const auto read = at.adapter->decode_read(at.exchange(at.adapter->encode_read(wanted)));
  REQUIRE(read.verdict == batch_verdict::judged);
  REQUIRE(read.items.size() == 250);
  CHECK(read.items[249].value == 249);
}

TEST_CASE("the list walks every variant with its SKU, item and number") {
  fixture at;
  std::vector<adapters::sandbox::shop_item> items;
  for (int i = 0; i < 600; ++i)
    items.push_back({fmt::format("S{}", i), 1000 + i, 5000 + i, i, true});
  at.shop->list(items);
  std::map<std::string, adapters::shown> by_variant;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = at.adapter->decode_list(at.exchange(at.adapter->encode_list(cursor)));
    REQUIRE(page.verdict == batch_verdict::judged);
    for (const auto& one : page.items)
      by_variant[one.variant] = one;
    cursor = page.next_cursor;
    REQUIRE(++pages < 10);
  } while (!cursor.empty());
  CHECK(pages == 3);
  REQUIRE(by_variant.size() == 603);
  CHECK(by_variant["1599"].sku == "S599");
  CHECK(by_variant["1599"].target.item == shopify_shop::item_id(5599));
  CHECK(by_variant["1599"].value == 599);
  CHECK_FALSE(by_variant["203"].value);
}

TEST_CASE("the poll finds every order and line, long orders included, and what became of them") {
  fixture at{{.cost_maximum = 1'000'000}};
  const auto since = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) - 1s;
  at.shop->list({{"A", 201, 101, 10'000, true}});
  engine::quantity units = 0;
  std::size_t lines = 0;
  adapters::sandbox::placed_order last;
  for (const std::size_t length : {1U, 99U, 100U, 101U, 1'112U, 3U, 700U, 600U, 2U, 351U}) {
    last = at.shop->place_order(std::vector<adapters::sandbox::order_request>(length, {201, 1}));
    lines += length;
    units += static_cast<engine::quantity>(length);
  }
  REQUIRE(at.shop->fulfil(last.order, last.lines[0].line));
  REQUIRE(at.shop->refund(last.order, last.lines[1].line, 1, restock_type::cancel));
  const auto polled = at.poll(since);
  CHECK(polled.size() == lines);
  engine::quantity told = 0;
  for (const auto& [id, line] : polled)
    told += *line.ordered;
  CHECK(told == units);
  CHECK(polled.at(std::to_string(last.lines[0].line)).shipped == 1);
  CHECK(polled.at(std::to_string(last.lines[1].line)).cancelled == 1);
  CHECK(polled.at(std::to_string(last.lines[350].line)).cancelled == 0);
  CHECK(at.poll(since + 1h).empty());
}

TEST_CASE("a parcel or a refund of several lines is one, whole or not at all, and the poll tells its lines") {
  fixture at{{.cost_maximum = 1'000'000}};
  const auto since = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) - 1s;
  at.shop->list({{"A", 201, 101, 100, true}});
  const auto placed = at.shop->place_order({{201, 3}, {201, 2}, {201, 1}});
  const auto line = [&](std::size_t i) { return placed.lines[i].line; };
  CHECK_FALSE(at.shop->fulfil(placed.order, {}));
  CHECK_FALSE(at.shop->fulfil(placed.order, {{line(0), 3}, {line(1), 3}})); // one too many
  CHECK_FALSE(at.shop->fulfil(placed.order, {{line(0), 2}, {line(0), 2}})); // together
  CHECK_FALSE(at.shop->refund(placed.order, {{line(0), 1}, {999, 1}}, restock_type::cancel));
  CHECK(at.shop->shown().at(0).shipped == 0);
  CHECK(at.shop->shown().at(0).cancelled == 0);
  CHECK(at.shop->fulfil(placed.order, {{line(0), 2}, {line(1), 2}}));
  CHECK(at.shop->refund(placed.order, {{line(0), 1}, {line(2), 1}}, restock_type::cancel));
  CHECK(at.shop->refund(placed.order, {{line(0), 1}, {line(1), 1}}, restock_type::return_));
  CHECK(at.shop->shown().at(0).shipped == 4);
  CHECK(at.shop->shown().at(0).cancelled == 2);
  CHECK(at.shop->shown().at(0).returned == 2);
  CHECK(at.shop->shown().at(0).available == 96); // six sold, two back on sale
  const auto polled = at.poll(since);
  CHECK(polled.at(std::to_string(line(0))).shipped == 2);
  CHECK(polled.at(std::to_string(line(0))).cancelled == 1);
  CHECK(polled.at(std::to_string(line(1))).shipped == 2);
  CHECK(polled.at(std::to_string(line(2))).cancelled == 1);
}

TEST_CASE("more refunds than a page tells are read whole, and the first poll reads open orders only") {
  fixture at{{.cost_maximum = 1'000}};
  at.shop->list({{"A", 201, 101, 100, true}});
  const auto placed = at.shop->place_order({{201, 9}});
  const auto line = placed.lines[0].line;
  REQUIRE(at.shop->fulfil(placed.order, line, 9));
  for (int i = 0; i < 7; ++i)
    REQUIRE(at.shop->refund(placed.order, line, 1, restock_type::return_));
  const auto cancelled = at.shop->place_order({{201, 1}});
  REQUIRE(at.shop->cancel(cancelled.order));
  std::set<std::string> returns;
  std::set<std::string> orders;
  std::string cursor;
  do {
    const auto page = at.adapter->decode_orders(at.exchange(at.adapter->encode_orders({}, cursor)));
    REQUIRE(page.verdict == batch_verdict::judged);
    for (const auto& order : page.orders) {
      CHECK(order.fault.empty());
      orders.insert(order.order_id);
      for (const auto& told : order.lines)
        if (told.returned_now == 1) returns.insert(told.movement_id);
    }
    cursor = page.next_cursor;
  } while (!cursor.empty());
  CHECK(returns.size() == 7);
  CHECK(orders == std::set<std::string>{std::to_string(placed.order)});
}

TEST_CASE("an order says what was shown before each line, and when that was written") {
  fixture at;
  const auto first = at.shop->place_order({{201, 2}, {201, 9}});
  CHECK(first.lines.at(0).shown == 7);
  CHECK(first.lines.at(1).shown == 5); // refused
  CHECK(first.lines.at(0).written_at == engine::time_point{});
  REQUIRE(at.write({at.row(101, 20, 5)}, "k1").verdict == batch_verdict::judged);
  const auto second = at.shop->place_order({{201, 1}});
  CHECK(second.lines.at(0).shown == 20);
  CHECK(second.lines.at(0).written_at > engine::time_point{});
}

TEST_CASE("every fault of the API has its verdict, and the next write goes through") {
  struct row {
    misbehaviour what;
    batch_verdict verdict;
    bool executed;
  };

  const row table[] = {
      {misbehaviour::server_error, batch_verdict::uncertain, false},
      {misbehaviour::html, batch_verdict::uncertain, false},
      {misbehaviour::truncated, batch_verdict::uncertain, true},
      {misbehaviour::answer_lost, batch_verdict::uncertain, true},
      {misbehaviour::silent, batch_verdict::uncertain, false},
      {misbehaviour::down, batch_verdict::uncertain, false},
      {misbehaviour::throttled, batch_verdict::throttled, false},
      {misbehaviour::slow, batch_verdict::judged, true},
  };
  for (const auto& [what, verdict, executed] : table) {
    INFO(static_cast<int>(what));
    fixture at{{.api = {.lateness = 10ms}}};
    at.shop->misbehave(what, 1);
    CHECK(at.write({at.row(101, 5, 7)}, "k1", what == misbehaviour::silent ? 200ms : 10s).verdict == verdict);
    CHECK(at.read(101) == (executed ? 5 : 7));
    const auto recovered = at.write({at.row(101, 3, executed ? 5 : 7)}, "k2");
    REQUIRE(recovered.verdict == batch_verdict::judged);
    CHECK(recovered.rows[0].verdict == row_verdict::applied);
    CHECK(at.read(101) == 3);
  }
}

TEST_CASE("a write that lands late is refused as running meanwhile, and is stale once it has landed") {
  fixture at{{.cost_maximum = 1'000'000, .api = {.lateness = 300ms}}};
  at.shop->misbehave(misbehaviour::lands_late, 1);
  CHECK(at.write({at.row(101, 5, 7)}, "k1").verdict == batch_verdict::uncertain);
  CHECK(at.write({at.row(101, 5, 7)}, "k1").verdict == batch_verdict::repeat_key);
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (at.read(101) != 5 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CHECK(at.write({at.row(101, 5, 7)}, "k1").rows.at(0).verdict == row_verdict::stale);
  CHECK(at.write({at.row(101, 6, 5)}, "k1").verdict == batch_verdict::new_key);
  CHECK(at.write({at.row(101, 6, 5)}, "k2").rows.at(0).verdict == row_verdict::applied);
}

TEST_CASE("a shop that is gone was not asked, a wrong token is told") {
  fixture at;
  auto request = at.adapter->encode_write(std::vector{at.row(101, 5, 7)}, "k1", "1");
  for (auto& [name, value] : request.headers) {
    if (name == "X-Shopify-Access-Token") value = "wrong";
  }
  CHECK(at.adapter->decode_write(at.exchange(request), 1).verdict == batch_verdict::unauthorized);
  const std::vector rows{at.row(101, 5, 7)};
  at.shop.reset();
  CHECK(at.write(rows, "k1").verdict == batch_verdict::retry);
}

TEST_CASE("points that run out come back at the stated rate") {
  fixture at{{.cost_maximum = 15, .cost_restore_per_second = 100}};
  int throttled = 0;
  int applied = 0;
  const auto until = std::chrono::steady_clock::now() + 20s;
  for (int i = 0; (throttled == 0 || applied < 3) && std::chrono::steady_clock::now() < until; ++i) {
    const auto result = at.write({at.row(101, i, std::nullopt)}, fmt::format("k{}", i));
    if (result.verdict == batch_verdict::throttled)
      ++throttled;
    else if (result.verdict == batch_verdict::judged)
      ++applied;
  }
  CHECK(throttled >= 1);
  CHECK(applied >= 3);
}
