// Content that the store refuses for good: the process ends over it once, and no later one does.
#include "tests/actors/rig.hpp"

#include "tests/catch.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::refusal;

namespace {

constexpr engine::sku_id sku{1};
constexpr engine::sku_id other{2};

// Facts of a SKU as the ledger has them.
std::vector<engine::fact> ledger_of(rig& engine, engine::sku_id of) {
  std::vector<engine::fact> out;
  const auto stored = engine.reader().facts_after(of, 0, 1'000);
  for (const auto& row : *stored)
    out.push_back(row.fact);
  return out;
}

// Stands where a channel actor would: keeps what commits tell.
caf::actor spawn_kept_numbers(rig& engine, std::vector<actors::committed_numbers>& into) {
  return engine.system().spawn([&into](caf::event_based_actor*) -> caf::behavior {
    return {
        [&into](const actors::numbers_committed& told) { into.push_back(*told.content); },
        [](const actors::sku_quarantined&) {},
    };
  });
}

bool refuse_five(const storage::batch& batch) {
  return std::ranges::any_of(batch.facts,
                             [](const storage::sku_fact& row) { return std::abs(row.fact.units) == 5; });
}

void release(rig& engine) {
  engine.record(storage::quarantined{sku, engine.now(), "looked at", true});
}

engine::command named(engine::command made, const std::string& reference) {
  made.reference = reference;
  return made;
}

engine::command line_of_six(engine::record_line told, const std::string& key = "") {
  told.line = engine::line_key(shop, "o6", "1");
  return named(keyed(key, 5, told, shop), "o6/1");
}

struct poison {
  const char* name;
  engine::command asked;
};

// Whatever is recorded rather than granted, with five units in its fact.
std::vector<poison> poisons() {
  const auto at = engine::main_location;
  return {{"a sale", named(sale("o5", 5), "o5/1")},
          {"a cumulative cancel", line_of_six({.cancelled = 5})},
          {"a shipment", line_of_six({.shipped = 5})},
          {"a refund", line_of_six({.cancelled_now = 5}, "refund 1")},
          {"a return", keyed("return 1", 5, engine::take_return{{}, at, 5, {}}, shop)},
          {"a receipt", receive("receipt 1", 5)},
          {"a count", keyed("count 1", 25, engine::count{at, 25, {}})},
          {"a safety rule", keyed("rule 1", 5, engine::set_safety{{engine::safety_rule::kind::units, 5}})}};
}

} // namespace

TEST_CASE("content the store refuses quarantines its SKU, and what came before it is kept", "[commit]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r1", 10));
    engine.ask(other, receive("r2", 10));
    engine.plan.refuses = refuse_five;
    std::vector<std::uint32_t> before, after;
    for (int i = 0; i < 3; ++i)
      before.push_back(engine.send(other, hold(numbered("b", i), 1, engine.now() + 1h)));
    engine.run(); // other's actor is ahead of the culprit's
    const auto culprit = engine.send(sku, hold("c", 5, engine.now() + 1h));
    for (int i = 0; i < 3; ++i)
      after.push_back(engine.send(sku, hold(numbered("a", i), 1, engine.now() + 1h)));
    engine.run();
    for (const auto request : before)
      CHECK(engine.answered(request));
    for (const auto request : after)
      CHECK_FALSE(engine.answered(request));
    REQUIRE(engine.answered(culprit));
    CHECK(engine.answer(culprit).kind == actors::answer_kind::quarantined);
    CHECK(engine.exit_code == 70);
    CHECK(ledger_of(engine, sku).size() == 1);
    CHECK(ledger_of(engine, other).size() == 4);
  }
  rig again{content};
  std::vector<actors::committed_numbers> told;
  again.shared().outlets.put_channel(shop, spawn_kept_numbers(again, told));
  CHECK(again.ask(sku, hold("x", 1, again.now() + 1h)).reason == refusal::quarantined);
  CHECK(again.ask(sku, sale("o1", 1)).reason == refusal::none); // facts are taken
  REQUIRE(told.size() == 1);
  CHECK_FALSE(told.front().numbers.front().known); // and nothing is pushed
  CHECK(again.shared().counts.quarantined.load() == 1);

  release(again);
  CHECK(told.back().numbers.front().known); // told without waiting for the next movement
  CHECK(again.shared().counts.quarantined.load() == 0);
  CHECK(again.ask(sku, hold("x", 1, again.now() + 1h)).reason == refusal::none);
  CHECK(told.back().numbers.front().known);
}

TEST_CASE("what the store refused ends no second process, though its marketplace tells it again",
          "[commit]") {
  auto content = storage::make_memory();
  auto culprit = sale("o5", 5);
  culprit.reference = "o5/1";
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
    engine.plan.refuses = refuse_five;
    engine.send(sku, culprit);
    engine.run();
    REQUIRE(engine.exit_code == 70);
  }
  rig again{content};
  again.plan.refuses = refuse_five;
  CHECK(again.ask(sku, culprit).reason == refusal::quarantined);
  CHECK(again.ask(sku, sale("o1", 1)).reason == refusal::none);
  CHECK(again.exit_code == 0);
  CHECK(again.shared().letters.open() == 1);

  again.plan.refuses = {};
  release(again);
  CHECK(again.ask(sku, culprit).reason == refusal::none);
  CHECK(ledger_of(again, sku).back().units == 5);
}

TEST_CASE("a fact of whatever kind that the store refused is refused in words by the next process, and taken "
          "when its SKU is released",
          "[commit]") {
  for (const auto& [name, asked] : poisons()) {
    INFO(name);
    auto content = storage::make_memory();
    {
      rig engine{content};
      engine.ask(sku, receive("r", 20));
      engine.ask(sku, sale("o6", 6));
      engine.plan.refuses = refuse_five;
      engine.send(sku, asked);
      engine.run();
      REQUIRE(engine.exit_code == 70);
      REQUIRE(ledger_of(engine, sku).size() == 2);
    }
    rig again{content};
    again.plan.refuses = refuse_five;
    for (int time = 0; time < 2; ++time)
      CHECK(again.ask(sku, asked).reason == refusal::quarantined);
    CHECK(again.ask(sku, sale("o1", 1)).reason == refusal::none);
    CHECK(again.exit_code == 0);
    again.plan.refuses = {};
    release(again);
    CHECK(again.ask(sku, asked).reason == refusal::none);
    CHECK(ledger_of(again, sku).back().units == 5);
  }
}

TEST_CASE(
    "an expiry that the store refused waits for the release of its SKU, and nothing else is blamed for it",
    "[commit]") {
  auto content = storage::make_memory();
  const auto innocent = named(sale("o1", 1), "o1/1");
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
    engine.ask(sku, hold("h", 5, engine.now() + 1h));
    engine.plan.refuses = refuse_five;
    engine.send(sku, innocent);
    engine.scheduler().advance_time(2h);
    engine.run();
    REQUIRE(engine.exit_code == 70);
  }
  rig again{content};
  again.plan.refuses = refuse_five;
  again.advance(3h);
  CHECK(again.ask(sku, innocent).reason == refusal::none);
  CHECK(again.exit_code == 0);
  CHECK(again.shared().letters.open() == 0);
  CHECK(ledger_of(again, sku).back().kind == engine::fact_kind::ordered);
  again.plan.refuses = {};
  release(again);
  again.advance(1s);
  CHECK(ledger_of(again, sku).back().kind == engine::fact_kind::expired);
  CHECK(again.ask(sku, read_stock()).figures.available == 9);
}
