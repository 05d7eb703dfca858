#include "adapters/order_intake.hpp"

#include "engine/key.hpp"
#include "engine/limits.hpp"
#include "engine/sku_owner.hpp"
#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <random>

using namespace lockstep;
using adapters::intake_plan;
using adapters::order_line;
using adapters::order_message;
using engine::account_id;
using engine::record_line;
using engine::sku_id;
using engine::take_return;

namespace {

const engine::time_point noon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5} +
                              std::chrono::hours{12}};
const engine::account shop{account_id{3}, "eu", "shopify", engine::account_mode::active};

engine::catalogue sample_catalogue() {
  engine::catalogue known;
  REQUIRE(known.put(shop).has_value());
  REQUIRE(known.put(engine::product{sku_id{1}, "A", "", {}}).has_value());
  REQUIRE(known.put(engine::product{sku_id{2}, "B", "", {}}).has_value());
  REQUIRE(known.put(engine::listing{engine::listing_id{1}, shop.id, sku_id{1}, "item1", "21", "place", {}})
              .has_value());
  return known;
}

order_line make_line(std::string id, std::string variant, std::string sku, engine::quantity ordered) {
  order_line line;
  line.line_id = std::move(id);
  line.variant = std::move(variant);
  line.sku = std::move(sku);
  line.ordered = ordered;
  return line;
}

order_message make_order(std::vector<order_line> lines) {
  return {
      .order_id = "1001", .test = false, .occurred_at = noon, .updated_at = noon, .lines = std::move(lines)};
}

intake_plan plan(const order_message& order) {
  return adapters::plan_orders(sample_catalogue(), shop, {&order, 1}, false);
}

} // namespace

TEST_CASE("a line is known by its variant, and by its SKU when the variant is not listed") {
  const auto made = plan(
      make_order({make_line("1", "21", "B", 2), make_line("2", "99", "B", 3), make_line("3", "", "A", 1)}));
  REQUIRE(made.commands.size() == 3);
  CHECK(made.commands[0].sku == sku_id{1});
  CHECK(made.commands[1].sku == sku_id{2});
  CHECK(made.commands[2].sku == sku_id{1});
  CHECK(made.unmapped.empty());
}

TEST_CASE("a line's state is a fact of its account, under the line's own id and without a key") {
  auto line = make_line("11", "21", "", 5);
  line.cancelled = 1;
  line.shipped = 2;
  const auto made = adapters::plan_orders(sample_catalogue(), shop, std::vector{make_order({line})}, true);
  REQUIRE(made.commands.size() == 1);
  const auto& asked = made.commands[0].asked;
  CHECK(asked.key.is_nil());
  CHECK(asked.account == shop.id);
  CHECK(asked.occurred_at == noon);
  CHECK(asked.reference == "1001/11");
  const auto& state = std::get<record_line>(asked.body);
  CHECK(state.line == engine::line_key(shop.id, "1001", "11"));
  CHECK(state.mode == engine::line_mode::fact);
  CHECK(state.ordered == 5);
  CHECK(state.cancelled == 1);
  CHECK(state.shipped == 2);
  CHECK(state.cancelled_now == 0);
  CHECK(state.ships_when_sold);
}

TEST_CASE("what a refund moves has a key of its own") {
  order_line line;
  line.line_id = "11";
  line.variant = "21";
  line.cancelled_now = 2;
  line.returned_now = 1;
  line.movement_id = "31:41";
  const auto made = plan(make_order({line}));
  REQUIRE(made.commands.size() == 2);
  const auto key = engine::line_key(shop.id, "1001", "11");
  const auto& cancel = std::get<record_line>(made.commands[0].asked.body);
  CHECK(made.commands[0].asked.key == engine::movement_key(key, "cancel", "31:41"));
  CHECK(cancel.line == key);
  CHECK(cancel.cancelled_now == 2);
  CHECK_FALSE(cancel.ordered);
  const auto& back = std::get<take_return>(made.commands[1].asked.body);
  CHECK(made.commands[1].asked.key == engine::movement_key(key, "return", "31:41"));
  CHECK(back.line == key);
  CHECK(back.units == 1);
}

TEST_CASE("the content tells a repeat from other units under the same key, whenever it is told") {
  order_line line;
  line.line_id = "11";
  line.variant = "21";
  line.cancelled_now = 2;
  line.movement_id = "31:41";
  auto order = make_order({line});
  const auto content = plan(order).commands[0].asked.content;
  order.occurred_at += std::chrono::hours{1};
  CHECK(plan(order).commands[0].asked.content == content);
  order.lines[0].cancelled_now = 3;
  CHECK(plan(order).commands[0].asked.content != content);
}

TEST_CASE("of an order found open its totals count, not what once moved them, also when it is told again") {
  auto line = make_line("11", "21", "", 5);
  line.shipped = 3;
  line.cancelled_now = 1;
  line.returned_now = 1;
  line.movement_id = "7";
  auto order = make_order({line});
  CHECK(plan(order).commands.size() == 3);
  order.found_open = true;
  const auto told_again = adapters::decode_order(adapters::encode_order(order));
  REQUIRE(told_again.has_value());
  for (const auto& each : {order, *told_again}) {
    const auto made = plan(each);
    REQUIRE(made.commands.size() == 1);
    CHECK(std::get<engine::record_line>(made.commands[0].asked.body).found_open);
  }
}

TEST_CASE("a test order is counted and never touches stock") {
  auto order = make_order({make_line("1", "21", "", 2), make_line("2", "", "nobody", 2)});
  order.test = true;
  const auto made = plan(order);
  CHECK(made.test_orders == 1);
  CHECK(made.commands.empty());
  CHECK(made.unmapped.empty());
}

TEST_CASE("a line that cannot be recorded is kept with its reason, and its siblings go on") {
  const auto with = [](auto change) {
    auto line = make_line("7", "21", "A", 1);
    change(line);
    return line;
  };
  const auto much = limits::units_per_movement_max + 1;
  const std::pair<order_line, std::string_view> table[] = {
      {make_line("7", "99", "nobody", 1), "unknown SKU"},
      {make_line("7", "", "", 1), "unknown SKU"},
      {make_line("7", "", "a", 1), "unknown SKU"}, // codes are case-sensitive
      {make_line("7", "21", "A", 0), "impossible quantity ordered"},
      {make_line("7", "21", "A", -1), "impossible quantity ordered"},
      {make_line("7", "21", "A", much), "impossible quantity ordered"},
      {with([](order_line& l) { l.cancelled = -1; }), "impossible quantity cancelled"},
      {with([&](order_line& l) { l.cancelled_now = much; }), "impossible quantity cancelled"},
      {with([&](order_line& l) { l.shipped = much; }), "impossible quantity shipped"},
      {with([](order_line& l) { l.returned_now = -1; }), "impossible quantity returned"},
      {with([](order_line& l) { l.returned_now = 1; }), "no refund id"},
      {with([](order_line& l) { l.line_id = ""; }), "no order or line id"},
      {with([](order_line& l) { l.line_id = std::string(limits::reference_bytes_max, '1'); }),
       "the order's and line's ids are no usable text"},
      {with([](order_line& l) { l.line_id = std::string("1\0002", 3); }),
       "the order's and line's ids are no usable text"},
  };
  for (const auto& [line, reason] : table) {
    INFO(reason);
    const auto made = plan(make_order({make_line("1", "21", "", 2), line, make_line("3", "", "B", 1)}));
    CHECK(made.commands.size() == 2);
    REQUIRE(made.unmapped.size() == 1);
    CHECK(made.unmapped[0].reason == reason);
    CHECK(made.unmapped[0].reference == "1001/" + line.line_id);
    const auto kept = adapters::decode_order(made.unmapped[0].body);
    REQUIRE(kept.has_value());
    CHECK(kept->order_id == "1001");
    REQUIRE(kept->lines.size() == 1);
    CHECK(kept->lines[0].line_id == line.line_id);
    CHECK(kept->lines[0].ordered == line.ordered);
  }
}

TEST_CASE("an order survives its stored form") {
  auto line = make_line("866550311766439020", "808950810", "Größe \"L\"", 5);
  line.shipped = 2;
  line.cancelled_now = 1;
  line.returned_now = 3;
  line.movement_id = "31:41";
  auto order = make_order({line, make_line("2", "", "", 1)});
  order.test = true;
  const auto read = adapters::decode_order(adapters::encode_order(order));
  REQUIRE(read.has_value());
  CHECK(read->order_id == order.order_id);
  CHECK(read->test);
  CHECK(read->occurred_at == order.occurred_at);
  REQUIRE(read->lines.size() == 2);
  CHECK(read->lines[0].sku == line.sku);
  CHECK(read->lines[0].ordered == 5);
  CHECK(read->lines[0].shipped == 2);
  CHECK_FALSE(read->lines[0].cancelled);
  CHECK(read->lines[0].cancelled_now == 1);
  CHECK(read->lines[0].returned_now == 3);
  CHECK(read->lines[0].movement_id == "31:41");
  for (const auto* broken : {"", "{}", "[]", R"({"order_id":7})"})
    CHECK_FALSE(adapters::decode_order(broken).has_value());
}

TEST_CASE("a part of an order that could not be read becomes a dead letter without a body") {
  const auto made = plan({.order_id = "1001", .fault = "/createdAt: a time expected"});
  CHECK(made.commands.empty());
  REQUIRE(made.unmapped.size() == 1);
  CHECK(made.unmapped[0].reference == "1001");
  CHECK(made.unmapped[0].reason == "/createdAt: a time expected");
  CHECK(made.unmapped[0].body.empty());
}

// The story of one line in the messages a shop may send of it: placed (4), cancelled by a refund (1), shipped
// (2).
TEST_CASE("messages of an order converge in any order of delivery, with any of them repeated") {
  const auto state = [](engine::quantity shipped, engine::quantity cancelled) {
    auto line = make_line("11", "21", "", 4);
    line.shipped = shipped;
    line.cancelled = cancelled;
    return make_order({line});
  };
  order_line refunded;
  refunded.line_id = "11";
  refunded.variant = "21";
  refunded.cancelled_now = 1;
  refunded.movement_id = "31:41";
  const std::vector<order_message> story{state(0, 0), state(0, 1), make_order({refunded}), state(2, 1)};

  rc::check("any delivery ends in the same figures", [&] {
    auto delivered =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, story.size()));
    for (std::size_t i = 0; i < story.size(); ++i)
      delivered.push_back(i); // each at least once
    delivered = *rc::gen::apply(
        [](std::vector<std::size_t> all, std::uint32_t seed) {
          std::shuffle(all.begin(), all.end(), std::mt19937{seed});
          return all;
        },
        rc::gen::just(delivered), rc::gen::arbitrary<std::uint32_t>());

    engine::sku_state fresh;
    fresh.retention = limits::key_retention_default;
    engine::sku_owner owner{sku_id{1}, std::move(fresh)};
    engine::command stock;
    stock.body = engine::receive{.units = 10, .note = {}};
    stock.key = engine::request_key("test", "stock");
    static_cast<void>(owner.apply(stock, noon, nullptr));

    std::map<engine::uuid, engine::remembered> memory; // what the key memory of the node does
    for (const auto at : delivered) {
      for (const auto& [sku, asked] : plan(story[at]).commands) {
        const auto prior = memory.find(asked.key);
        const bool known = !asked.key.is_nil() && prior != memory.end();
        const auto applied = owner.apply(asked, noon, known ? &prior->second : nullptr);
        RC_ASSERT(applied.decision.reason == engine::refusal::none);
        if (!asked.key.is_nil() && !known)
          memory[asked.key] = {asked.content, applied.decision.version, applied.figures.available};
      }
    }
    const auto figures = engine::figures_of(owner.state());
    RC_ASSERT(figures.on_hand == 8);
    RC_ASSERT(figures.reserved == 1);
    RC_ASSERT(figures.available == 7);
    RC_ASSERT(figures.oversold == 0);
  });
}
