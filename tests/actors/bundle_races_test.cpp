// Bundles whose leaves are shared, quarantined, or promised while the bundle is being made.
#include "tests/actors/gift.hpp"

#include "tests/catch.hpp"

using namespace lockstep;
using namespace lockstep::tests;
using namespace lockstep::tests::gifts;
using namespace std::chrono_literals;
using engine::refusal;

TEST_CASE("two lines of one request that ship a shared leaf ship each unit of it once", "[bundles]") {
  rig engine;
  compose(engine, gift, 1, {{cup, 1}, {tea, 2}});
  compose(engine, hamper, 1, {{tea, 3}, {spoon, 1}});
  for (const auto sku : {cup, spoon})
    stock(engine, sku, 9);
  stock(engine, tea, 4);
  engine.ask(gift, line_of("g", {.ordered = 1}));
  engine.ask(hamper, line_of("h", {.ordered = 1})); // 5 of tea are promised
  const auto ship_both = [&] {
    const auto request = engine.send_group({{gift, line_of("g", {.mode = engine::line_mode::request, .shipped = 1})},
                                            {hamper, line_of("h", {.mode = engine::line_mode::request, .shipped = 1})}});
    engine.run();
    return engine.answer(request);
  };
  const auto refused = ship_both();
  CHECK(refused.reason == refusal::below_zero);
  CHECK(refused.sku == tea);
  CHECK(figures(engine, tea).on_hand == 4);
  CHECK(figures(engine, cup).on_hand == 9);
  engine.ask(tea, receive("more", 1));
  CHECK(ship_both().reason == refusal::none);
  CHECK(figures(engine, tea).on_hand == 0);
  CHECK(engine.shared().admission.in_use() == 0);
}

TEST_CASE("a leaf that is quarantined takes its bundles down, and back when it is released", "[bundles]") {
  rig engine;
  define_gift(engine);
  std::vector<engine::number> heard; // of the bundle
  const auto channel = engine.system().spawn([&heard](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[&heard](const actors::numbers_committed& told) {
      for (const auto& each : told.content->numbers)
        if (each.sku == gift) heard.push_back(each);
    }};
  });
  engine.shared().outlets.put_channel(shop, channel);
  engine.ask(gift, line_of("o1", {.ordered = 3}));
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.back().known);
  engine.record(storage::quarantined{tea, engine.now(), "a test", false});
  CHECK_FALSE(heard.back().known);
  CHECK(engine.ask(gift, order("k1", "o2", 1)).reason == refusal::quarantined);
  CHECK(engine.ask(gift, line_of("o3", {.ordered = 1})).reason == refusal::none); // it has happened
  CHECK_FALSE(heard.back().known);
  engine.record(storage::quarantined{tea, engine.now(), "released", true});
  CHECK(heard.back().known);
  CHECK(heard.back().available == 6);
  CHECK(engine.ask(gift, order("k2", "o2", 1)).reason == refusal::none);
  caf::anon_send_exit(channel, caf::exit_reason::user_shutdown);
}

TEST_CASE("while a SKU is being made a bundle nothing that moves it is admitted", "[bundles]") {
  rig engine;
  stock(engine, cup, 9);
  auto& slot = engine.shared().skus.slot(gift);
  ++slot.composing;
  const auto admits = [&](engine::command asked) {
    engine.send(gift, std::move(asked));
    return engine.last_admission == actors::admission::accepted;
  };
  CHECK_FALSE(admits(receive("r", 1)));
  CHECK_FALSE(admits(line_of("o1", {.ordered = 1})));
  CHECK_FALSE(admits(keyed("c", 1, engine::count{.counted = 4})));
  engine.send_group({{cup, order("k", "o2", 1)}, {gift, line_of("o2", {.ordered = 1})}});
  CHECK(engine.last_admission == actors::admission::overloaded);
  CHECK(admits(read_stock()));
  engine.run();
  CHECK(engine.shared().admission.in_use() == 0);
  CHECK(available(engine, cup) == 9);
  SECTION("it becomes one") {
    compose(engine, gift, 1, {{cup, 1}});
    CHECK(engine.ask(gift, line_of("o1", {.ordered = 1})).reason == refusal::none);
    CHECK(engine.ask(gift, receive("r", 1)).reason == refusal::is_bundle);
    CHECK(available(engine, cup) == 8);
    --slot.composing;
  }
  SECTION("it does not") {
    --slot.composing;
    CHECK(engine.ask(gift, receive("r", 1)).reason == refusal::none);
  }
}
