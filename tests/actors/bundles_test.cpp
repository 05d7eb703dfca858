// Bundles through the real actors: a line is recorded whole or not at all, at the bundle and at every leaf, and goes
// on with the composition it began with.
#include "tests/actors/gift.hpp"

#include "tests/catch.hpp"

#include <random>

using namespace lockstep;
using namespace lockstep::tests;
using namespace lockstep::tests::gifts;
using namespace std::chrono_literals;
using engine::refusal;

namespace {

// In every batch the facts of one order about the bundle and its two leaves are all there or none.
void expect_whole_orders(rig& engine) {
  engine.plan.before_commit = [](const storage::batch& batch) {
    std::map<std::string, std::map<engine::sku_id, engine::quantity>> ordered;
    for (const auto& row : batch.facts)
      if (row.fact.kind == engine::fact_kind::ordered) ordered[row.fact.reference][row.sku] += row.fact.units;
    for (const auto& [reference, units] : ordered) {
      CHECK(units.size() == 3);
      CHECK(units.at(cup) == units.at(gift));
      CHECK(units.at(tea) == 2 * units.at(gift));
    }
  };
}

} // namespace

TEST_CASE("a bundle's sale takes from every leaf in one transaction, with one answer", "[bundles]") {
  rig engine;
  define_gift(engine);
  expect_whole_orders(engine);
  const auto answers = engine.answers.by_request.size();
  const auto told = engine.ask(gift, line_of("o1", {.ordered = 3}));
  CHECK(told.reason == refusal::none);
  CHECK(told.sku == gift);
  CHECK(engine.answers.by_request.size() == answers + 1);
  CHECK(engine.plan.committed.back().facts.size() == 3);
  CHECK(available(engine, cup) == 7);
  CHECK(available(engine, tea) == 14);
  CHECK(engine.shared().admission.in_use() == 0);
  CHECK(engine.shared().counts.groups_in_flight.load() == 0);
}

TEST_CASE("partial shipments, cancels and returns of a bundle's line reach the leaves", "[bundles]") {
  rig engine;
  define_gift(engine);
  engine.ask(gift, line_of("o1", {.ordered = 5}));
  engine.ask(gift, line_of("o1", {.ordered = 5, .cancelled = 1, .shipped = 2}));
  engine.ask(gift, line_of("o1", {.shipped = 1})); // old news
  CHECK(figures(engine, tea).on_hand == 16);
  CHECK(figures(engine, tea).reserved == 4);
  CHECK(figures(engine, cup).on_hand == 8);
  CHECK(figures(engine, cup).reserved == 2);
  auto refund = line_of("o1", {.cancelled_now = 1});
  refund.key = key_of("refund");
  CHECK_FALSE(engine.ask(gift, refund).repeated);
  CHECK(engine.ask(gift, refund).repeated); // told twice, counted once: and it says of units cancelled before
  CHECK(figures(engine, tea).reserved == 4);
  engine::take_return back{.line = engine::line_key(shop, "o1", "1"), .units = 2};
  CHECK(engine.ask(gift, keyed("back", 7, back, shop)).reason == refusal::none);
  CHECK(engine.ask(gift, keyed("back", 7, back, shop)).repeated);
  CHECK(figures(engine, tea).inspecting == 4);
  CHECK(figures(engine, cup).inspecting == 2);
  CHECK(figures(engine, gift).inspecting == 0);
}

TEST_CASE("a sale of a bundle is recorded beyond stock, and every leaf that is short says so", "[bundles]") {
  rig engine;
  define_gift(engine, 1);
  CHECK(engine.ask(gift, line_of("o1", {.ordered = 2})).reason == refusal::none);
  CHECK(available(engine, cup) == -1);
  CHECK(available(engine, tea) == -2);
  CHECK(engine.shared().committed.open_incidents() == 2);
}

TEST_CASE("a request for a bundle is granted whole or not at all", "[bundles]") {
  rig engine;
  define_gift(engine, 2);
  CHECK(engine.ask(gift, order("k1", "o1", 3)).reason == refusal::insufficient_stock);
  CHECK(available(engine, cup) == 2);
  CHECK(available(engine, tea) == 4);
  CHECK(engine.ask(gift, order("k2", "o2", 2)).reason == refusal::none);
  CHECK(available(engine, cup) == 0);
  CHECK(engine.ask(gift, order("k2", "o2", 2)).repeated);
  CHECK(available(engine, tea) == 0);
}

TEST_CASE("two lines of one request that share a leaf take it twice, or the request nothing", "[bundles]") {
  rig engine;
  define_gift(engine, 3);
  compose(engine, hamper, 1, {{tea, 3}, {spoon, 1}});
  stock(engine, spoon, 9);
  const auto lines = [&](const char* name, engine::quantity gifts, engine::quantity hampers) {
    std::vector<std::pair<engine::sku_id, engine::command>> all;
    all.emplace_back(gift, order(fmt::format("{} g", name), name, gifts));
    all.emplace_back(hamper, order(fmt::format("{} h", name), name, hampers));
    all.emplace_back(tea, order(fmt::format("{} t", name), name, 1));
    for (std::size_t i = 1; i < all.size(); ++i)
      all[i].second.key = {};
    return engine.send_group(std::move(all));
  };
  const auto much = lines("much", 1, 2); // 2 + 6 + 1 of tea, there are 6
  engine.run();
  CHECK(engine.answer(much).reason == refusal::insufficient_stock);
  CHECK(available(engine, tea) == 6);
  CHECK(available(engine, spoon) == 9);
  const auto fits = lines("fits", 1, 1);
  engine.run();
  CHECK(engine.answer(fits).reason == refusal::none);
  CHECK(engine.plan.committed.back().facts.size() == 3 + 3 + 1); // bundles with their leaves, and tea itself
  CHECK(available(engine, tea) == 0);
  CHECK(available(engine, spoon) == 8);
}

TEST_CASE("what has no meaning for a bundle is refused by name", "[bundles]") {
  rig engine;
  define_gift(engine);
  CHECK(engine.ask(gift, receive("r", 1)).reason == refusal::is_bundle);
  CHECK(engine.ask(gift, hold("h", 1, engine.now() + 1h)).reason == refusal::is_bundle);
  CHECK(engine.ask(gift, keyed("c", 1, engine::count{.counted = 4})).reason == refusal::is_bundle);
  CHECK(engine.ask(gift, keyed("i", 1, engine::inspect_return{.sellable = 1})).reason == refusal::is_bundle);
  CHECK(figures(engine, gift).version == 0);
}

TEST_CASE("an open order keeps its composition when it changes, after a restart and after the key retention",
          "[bundles]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    define_gift(engine);
    stock(engine, spoon, 10);
    engine.ask(gift, line_of("old", {.ordered = 2}));
    compose(engine, gift, 2, {{cup, 1}, {spoon, 3}});
    engine.ask(gift, line_of("new", {.ordered = 1}));
    engine.ask(gift, line_of("old", {.ordered = 3})); // edited: still of the old one
    CHECK(available(engine, cup) == 6);
    CHECK(available(engine, tea) == 14);
    CHECK(available(engine, spoon) == 7);
  }
  {
    rig engine{content};
    engine.ask(gift, line_of("old", {.shipped = 1}));
    CHECK(figures(engine, tea).on_hand == 18);
    CHECK(figures(engine, spoon).on_hand == 10);
  }
  rig engine{content};
  engine.advance(std::chrono::duration_cast<std::chrono::milliseconds>(limits::key_retention_default) + 2h);
  REQUIRE_FALSE(engine.shared().keys.target(engine::line_key(shop, "old", "1"))); // nobody remembers it
  engine.send(gift, line_of("old", {.shipped = 3}));
  CHECK(engine.last_admission == actors::admission::overloaded); // the bundle's owner is asked first
  engine.run();
  CHECK(engine.ask(gift, line_of("old", {.shipped = 3})).reason == refusal::none);
  CHECK(figures(engine, tea).on_hand == 14);
  CHECK(figures(engine, tea).reserved == 0);
  CHECK(figures(engine, spoon).on_hand == 10);
  CHECK(figures(engine, spoon).reserved == 3);
}

TEST_CASE("a line of a bundle that was composed anew waits until its revision is known", "[bundles]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    define_gift(engine);
    compose(engine, gift, 2, {{spoon, 3}});
  }
  rig engine{content};
  engine.send(gift, line_of("o1", {.ordered = 1}));
  CHECK(engine.last_admission == actors::admission::overloaded); // not done, and asked for
  engine.run();
  CHECK(engine.ask(gift, line_of("o1", {.ordered = 1})).reason == refusal::none);
  CHECK(available(engine, spoon) == -3);
}

TEST_CASE("a line goes on with its bundle when its listing is mapped to another SKU", "[bundles]") {
  rig engine;
  define_gift(engine);
  stock(engine, spoon, 10);
  engine.ask(gift, line_of("o1", {.ordered = 2}));
  engine.ask(spoon, line_of("o1", {.ordered = 2, .cancelled = 1})); // mapped to a plain SKU meanwhile
  CHECK(available(engine, spoon) == 10);
  CHECK(available(engine, tea) == 18);
  engine.ask(spoon, line_of("o2", {.ordered = 1}));
  engine.ask(gift, line_of("o2", {.ordered = 1, .cancelled = 1})); // and the other way round
  CHECK(available(engine, spoon) == 10);
  CHECK(available(engine, tea) == 18);
}

TEST_CASE("a plain SKU's open lines stay plain when it turns into a bundle", "[bundles]") {
  rig engine;
  engine.ask(gift, line_of("o1", {.ordered = 2}));
  define_gift(engine);
  engine.ask(gift, line_of("o1", {.ordered = 2, .cancelled = 2}));
  CHECK(available(engine, cup) == 10);
  CHECK(figures(engine, gift).reserved == 0);
}

TEST_CASE("one member that refuses a bundle's message leaves all members as they were", "[bundles]") {
  rig engine;
  define_gift(engine);
  auto old = line_of("o1", {.ordered = 1});
  old.occurred_at = engine.now() - limits::key_retention_default - 1h;
  CHECK(engine.ask(gift, old).reason == refusal::older_than_window);
  engine::record_line much{.ordered = limits::units_per_movement_max};
  CHECK(engine.ask(gift, line_of("o2", much)).reason == refusal::invalid_quantity); // twice that of tea
  for (const auto sku : {cup, tea})
    CHECK(available(engine, sku) == (sku == cup ? 10 : 20));
  CHECK(figures(engine, gift).version == 0);
}

TEST_CASE("every leaf's last unit goes to one buyer, whatever is delivered when", "[bundles]") {
  // 200 SKUs of one unit to ten; 50 buyers of each want one, plain or in a bundle of it and its neighbour.
  const auto bundles = GENERATE(false, true);
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(bundles, seed);
  constexpr int skus = 200;
  constexpr int buyers = 50;
  std::minstd_rand random{seed};
  rig engine{storage::make_memory(), {}, 100'000};
  std::vector<engine::quantity> there;
  for (int i = 0; i < skus; ++i) {
    there.push_back(std::uniform_int_distribution<int>{1, 10}(random));
    stock(engine, engine::sku_id{i + 1}, there.back());
    if (bundles) compose(engine, engine::sku_id{1'000 + i}, 1, {{engine::sku_id{i + 1}, 1}, {engine::sku_id{(i + 1) % skus + 1}, 1}});
  }
  std::vector<std::pair<int, std::uint32_t>> asked;
  for (int buyer = 0; buyer < buyers; ++buyer)
    for (int i = 0; i < skus; ++i) {
      const auto name = fmt::format("{} of {}", buyer, i);
      asked.emplace_back(i, engine.send(engine::sku_id{bundles ? 1'000 + i : i + 1}, order(name, name, 1)));
      REQUIRE(engine.last_admission == actors::admission::accepted);
      for (int steps = std::uniform_int_distribution<int>{0, 12}(random); steps > 0 && engine.scheduler().has_job(); --steps)
        steps % 2 == 0 ? engine.scheduler().run_once() : engine.scheduler().run_once_lifo();
    }
  engine.run();
  engine.advance(3s);
  std::vector<engine::quantity> granted(skus);
  for (const auto& [i, request] : asked) {
    REQUIRE(engine.answered(request));
    if (engine.answer(request).reason != refusal::none) continue;
    ++granted[static_cast<std::size_t>(i)];
    if (bundles) ++granted[static_cast<std::size_t>((i + 1) % skus)];
  }
  for (int i = 0; i < skus; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto left = available(engine, engine::sku_id{i + 1});
    CHECK(left == there[at] - granted[at]); // exactly what was granted is gone
    CHECK(left >= 0);
    // A bundle that nobody got any more lacks a leaf.
    const auto next = static_cast<std::size_t>((i + 1) % skus);
    CHECK((bundles ? left == 0 || there[next] == granted[next] : left == 0));
  }
  CHECK(engine.shared().counts.groups_waiting.load() == 0);
  CHECK(engine.shared().admission.in_use() == 0);
}

TEST_CASE("a bundle's number is told in the commit of its leaves, and what its shop sold is the bundle's",
          "[bundles]") {
  rig engine;
  define_gift(engine);
  std::vector<std::shared_ptr<const actors::committed_numbers>> heard;
  const auto channel = engine.system().spawn([&heard](caf::event_based_actor*) -> caf::behavior {
    return {[&heard](const actors::numbers_committed& told) { heard.push_back(told.content); }};
  });
  engine.shared().outlets.put_channel(shop, channel);
  engine.ask(gift, line_of("o1", {.ordered = 3}));
  REQUIRE(heard.size() == 1);
  const auto number_of = [&](engine::sku_id sku) -> std::optional<engine::number> {
    for (const auto& each : heard.back()->numbers)
      if (each.sku == sku) return each;
    return std::nullopt;
  };
  REQUIRE(number_of(gift));
  CHECK(number_of(gift)->available == 7);
  CHECK(number_of(gift)->known);
  CHECK(number_of(gift)->by_sale);
  CHECK(number_of(cup)->available == 7);
  REQUIRE(heard.back()->sales.size() == 1);
  CHECK(heard.back()->sales.front().sku == gift);
  CHECK(heard.back()->sales.front().units == 3);
  engine.ask(tea, keyed("count", 1, engine::count{.counted = 9})); // 6 promised
  CHECK(number_of(gift)->available == 1);
  CHECK(number_of(gift)->by_person);
  heard.clear();
  compose(engine, gift, 2, {{spoon, 1}});
  REQUIRE_FALSE(heard.empty()); // a leaf nobody has heard of was asked
  REQUIRE(number_of(gift));
  CHECK_FALSE(number_of(gift)->known);
  caf::anon_send_exit(channel, caf::exit_reason::user_shutdown);
}
