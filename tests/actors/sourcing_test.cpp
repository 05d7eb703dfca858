// From where orders are served as rules come and go, and rules that are durable before they are shown.
#include "tests/actors/rig.hpp"

#include "actors/rule_changes.hpp"
#include "adapters/order_intake.hpp"
#include "tests/catch.hpp"

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::refusal;

namespace {

constexpr engine::sku_id mug{1};
constexpr engine::location_id east{2};

// A seller with two warehouses and one shop.
engine::catalogue seller(std::optional<engine::sourcing_rule> sourcing) {
  engine::catalogue made;
  REQUIRE(made.put(engine::product{mug, "MUG", "", {}}));
  REQUIRE(made.put(engine::location{east, "east", "", 1}));
  REQUIRE(made.put(engine::account{shop, "shop", "fake", engine::account_mode::active, std::move(sourcing)}));
  return made;
}

void tell(rig& engine, const engine::catalogue& known, adapters::order_line line) {
  adapters::order_message order;
  order.order_id = "1001";
  line.line_id = "1";
  line.sku = "MUG";
  order.lines = {line};
  const auto plan = adapters::plan_orders(known, *known.find(shop), {&order, 1}, false);
  REQUIRE(plan.commands.size() == 1);
  CHECK(engine.ask(mug, plan.commands.front().asked).reason == refusal::none);
}

engine::quantity on_hand(rig& engine, engine::location_id location) {
  const auto answer = engine.ask(mug, read_stock(true));
  for (const auto& each : answer.detail->stock)
    if (each.location == location) return each.on_hand;
  return 0;
}

} // namespace

TEST_CASE("an order leaves from where it was promised, though the sourcing rule is gone since", "[sourcing]") {
  rig engine;
  engine.ask(mug, receive("main", 10));
  engine.ask(mug, keyed("east", 1, engine::receive{east, 10, {}}));
  const auto ruled = seller(engine::sourcing_rule{.locations = {east}});
  engine.shared().sourcing.read(ruled);
  adapters::order_line line;
  line.ordered = 4;
  tell(engine, ruled, line);
  const auto bare = seller(std::nullopt);
  engine.shared().sourcing.read(bare);
  line.shipped = 4;
  tell(engine, bare, line);
  CHECK(on_hand(engine, east) == 6);
  CHECK(on_hand(engine, engine::main_location) == 10);
}

TEST_CASE("without a sourcing rule an order is promised from the main location, whatever it has", "[sourcing]") {
  rig engine;
  engine.ask(mug, keyed("east", 1, engine::receive{east, 10, {}}));
  const auto bare = seller(std::nullopt);
  engine.shared().sourcing.read(bare);
  adapters::order_line line;
  line.ordered = 4;
  tell(engine, bare, line);
  const auto answer = engine.ask(mug, read_stock(true));
  for (const auto& each : answer.detail->stock)
    CHECK(each.reserved == (each.location == engine::main_location ? 4 : 0));
}

TEST_CASE("what a channel is given of its rules when it starts is durable", "[rules]") {
  rig engine;
  auto known = seller(std::nullopt);
  std::vector<storage::record> records;
  engine::account_rule fewer{shop, "", {}};
  fewer.rule.cap = 4;
  records.emplace_back(fewer);
  actors::rule_changes ruled{known, records};
  REQUIRE(known.put(fewer));
  ruled.apply(known, records);
  engine.plan.commits = {fault::unavailable, fault::unavailable};
  actors::work_ptr item{new actors::work_item};
  item->records = records;
  item->durable = ruled.told(engine.shared(), {});
  caf::anon_send(engine.shared().persistence, actors::decided{std::move(item)});
  engine.run();
  CHECK(engine.shared().ruled.of(shop) == engine::account_rules{});
  engine.advance(5s);
  CHECK(engine.shared().ruled.of(shop) == known.rules_of(shop));
  CHECK(engine.shared().ruled.of(shop).all.cap == 4);
}
