// The loader alone, asked by actors that count what they are told.
#include "tests/actors/rig.hpp"

#include "actors/loader.hpp"
#include "tests/catch.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;

namespace {

engine::error away() {
  return engine::make_error(engine::error_code::unavailable, "away, says the test");
}

engine::error contradicts_itself() {
  return engine::make_error(engine::error_code::corrupt, "a version is missing, says the test");
}

constexpr engine::sku_id numbered_sku(std::size_t number) {
  return engine::sku_id{static_cast<std::int64_t>(number)};
}

// SKUs 1, 2, ... with a fact each; SKU 2 with more than are read of it at once.
std::shared_ptr<storage::memory> filled(std::size_t skus, engine::version of_second) {
  auto content = storage::make_memory();
  const auto store = storage::open_memory(content);
  storage::batch batch{.number = 1, .facts = {}, .snapshots = {}, .records = {}};
  for (std::size_t sku = 1; sku <= skus; ++sku)
    for (engine::version version = 1; version <= (sku == 2 ? of_second : 1); ++version) {
      storage::sku_fact received{numbered_sku(sku), {}};
      received.fact.version = version;
      received.fact.at = rig::start_time();
      received.fact.kind = engine::fact_kind::received;
      received.fact.units = 1;
      received.fact.available = version;
      batch.facts.push_back(received);
    }
  REQUIRE(store->commit(batch).status == storage::commit_status::committed);
  return content;
}

// Asks for SKUs in the place of their actors.
class asking {
 public:
  explicit asking(rig& engine) : engine_(engine) {}

  void ask(engine::sku_id sku) {
    const auto owner = engine_.system().spawn([this, sku](caf::event_based_actor*) -> caf::behavior {
      return {[this, sku](const actors::sku_loaded& read) { told[sku].push_back(read); }};
    });
    owners_.push_back(owner);
    caf::anon_send(engine_.shared().loader, actors::load_sku{sku, owner});
  }

  void ask_for_first(std::size_t count) {
    for (std::size_t sku = 1; sku <= count; ++sku)
      ask(numbered_sku(sku));
  }

  // Version told of a SKU that was told once; -1: otherwise, or of an error.
  [[nodiscard]] engine::version version(engine::sku_id sku) const {
    const auto found = told.find(sku);
    const bool once = found != told.end() && found->second.size() == 1;
    return once && found->second.front().state ? found->second.front().state->version : -1;
  }

  std::map<engine::sku_id, std::vector<actors::sku_loaded>> told;

 private:
  rig& engine_;
  std::vector<caf::actor> owners_;
};

} // namespace

TEST_CASE("SKUs that ask while others are read are read together, within the bound", "[loader]") {
  rig engine{filled(600, 1)};
  std::vector<std::size_t> sizes;
  engine.plan.load_fails = [&](std::span<const engine::sku_id> skus) {
    sizes.push_back(skus.size());
    return std::nullopt;
  };
  asking those{engine};
  those.ask_for_first(600);
  engine.run();
  CHECK(those.told.size() == 600);
  for (std::size_t sku = 1; sku <= 600; ++sku)
    CHECK(those.version(numbered_sku(sku)) == 1);
  CHECK(sizes.size() < 10);
  CHECK(std::ranges::max(sizes) == limits::skus_per_load_max);
  sizes.clear();
  those.ask(numbered_sku(700)); // unknown, and alone
  engine.run();
  CHECK(sizes == std::vector<std::size_t>{1});
  CHECK(those.version(numbered_sku(700)) == 0);
}

TEST_CASE("a store that is away is asked again until it is back, and each SKU is told once", "[loader]") {
  rig engine{filled(20, 1)};
  int failures = 3;
  engine.plan.load_fails = [&](std::span<const engine::sku_id>) {
    return failures-- > 0 ? std::optional{away()} : std::nullopt;
  };
  asking those{engine};
  those.ask_for_first(10);
  engine.run();
  CHECK(those.told.empty());
  CHECK(failures == 2); // not one by one
  for (std::size_t sku = 11; sku <= 20; ++sku)
    those.ask(numbered_sku(sku));
  engine.advance(1s);
  CHECK(failures < 0);
  for (std::size_t sku = 1; sku <= 20; ++sku)
    CHECK(those.version(numbered_sku(sku)) == 1);
}

TEST_CASE("a store that goes away in the middle of what is read together fails only what was left",
          "[loader]") {
  const engine::version many = limits::facts_per_load_min + 50;
  rig engine{filled(20, many)};
  int failures = 1;
  engine.plan.page_fails = [&](engine::sku_id) {
    return failures-- > 0 ? std::optional{away()} : std::nullopt;
  };
  asking those{engine};
  those.ask_for_first(20);
  engine.run();
  CHECK(those.told.size() == 19);
  CHECK_FALSE(those.told.contains(numbered_sku(2)));
  engine.advance(1s);
  CHECK(those.version(numbered_sku(2)) == many);
  for (std::size_t sku = 1; sku <= 20; ++sku)
    CHECK(those.told[numbered_sku(sku)].size() == 1);
}

TEST_CASE("a SKU that cannot be read does not keep those beside it from being read", "[loader]") {
  rig engine{filled(20, 1)};
  engine.plan.load_fails = [](std::span<const engine::sku_id> skus) {
    return std::ranges::count(skus, numbered_sku(7)) > 0 ? std::optional{contradicts_itself()} : std::nullopt;
  };
  asking those{engine};
  those.ask_for_first(20);
  engine.run();
  for (std::size_t sku = 1; sku <= 20; ++sku)
    CHECK(those.version(numbered_sku(sku)) == (sku == 7 ? -1 : 1));
  REQUIRE(those.told[numbered_sku(7)].size() == 1);
  CHECK(those.told[numbered_sku(7)].front().failure.code == engine::error_code::corrupt);
}

TEST_CASE("the successor of a SKU's actor that asks beside it is told as well", "[loader]") {
  rig engine{filled(3, 1)};
  asking those{engine};
  those.ask_for_first(3);
  those.ask(numbered_sku(2));
  engine.run();
  CHECK(those.told[numbered_sku(2)].size() == 2);
  CHECK(those.version(numbered_sku(3)) == 1);
}

namespace {

// As the node does at its start.
void find_unsettled(rig& engine, std::size_t skus_known) {
  auto skus = std::make_shared<std::vector<engine::sku_id>>();
  for (std::size_t sku = 1; sku <= skus_known; ++sku)
    skus->push_back(numbered_sku(sku));
  auto held = std::make_shared<const std::vector<engine::sku_id>>(engine.held);
  const auto held_to = engine.now() - limits::key_retention_default;
  caf::anon_send(engine.shared().loader, actors::find_unsettled{held, held_to, true});
  caf::anon_send(engine.shared().loader, actors::find_unsettled{skus, held_to});
  engine.run();
}

engine::command expects(const char* supply, engine::quantity units, engine::time_point due) {
  engine::expect_supply body{.supply = key_of(supply), .units = units};
  body.due = due;
  return keyed(supply, 1, body);
}

} // namespace

TEST_CASE("SKUs with incidents are found among many, and nobody else is woken", "[loader]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(numbered_sku(3), sale("1001", 2));
    engine.ask(numbered_sku(4), receive("r", 5));
    engine.ask(numbered_sku(550), sale("1002", 1));
    engine.ask(numbered_sku(551), sale("1003", 1));
    engine.ask(numbered_sku(551), receive("r551", 5)); // covers it
  }
  rig again{content};
  find_unsettled(again, 600);
  CHECK(again.shared().skus.size() == 2);
  CHECK(again.shared().committed.oversold_units() == 3);
}

TEST_CASE("a supply of a SKU that nobody asks for after a restart is late when its time comes", "[loader]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(numbered_sku(1), expects("s1", 5, engine.now() + 1h));
    engine.ask(numbered_sku(2), expects("s2", 5, engine.now() + 1h));
    engine::receive whole{.units = 5, .supply = key_of("s2")};
    engine.ask(numbered_sku(2), keyed("r2", 1, whole));
  }
  rig again{content};
  find_unsettled(again, 600);
  CHECK(again.shared().skus.size() == 1);
  again.advance(1h + 1s);
  const auto open = again.shared().committed.incidents();
  REQUIRE(open.size() == 1);
  CHECK(open.front().incident.cause == engine::incident::kind::supply_late);
}

TEST_CASE("the owner of a supply that was late before a restart runs again", "[loader]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(numbered_sku(1), expects("s1", 5, engine.now() + 1h));
    engine.advance(1h + 1s);
    engine.ask(numbered_sku(1), keyed("c1", 1, engine::cancel_supply{.supply = key_of("s1")}));
    engine.ask(numbered_sku(2), expects("s2", 5, engine.now() + 1h));
    engine.advance(1h + 1s);
  }
  rig again{content};
  find_unsettled(again, 600);
  CHECK(again.shared().skus.size() == 1);
  CHECK(again.shared().committed.open_incidents() == 1);
}

TEST_CASE("after a restart holds end in time though nobody asks for their SKUs", "[loader]") {
  constexpr std::size_t skus = 400; // more than are read at once
  auto content = storage::make_memory();
  engine::time_point ends{};
  {
    rig engine{content};
    ends = engine.now() + 15min;
    for (std::size_t sku = 1; sku <= skus; ++sku) {
      engine.ask(numbered_sku(sku), receive(fmt::format("r{}", sku), 5));
      engine.ask(numbered_sku(sku), hold(fmt::format("h{}", sku), 2, ends));
    }
    engine.ask(numbered_sku(skus), release("over", fmt::format("h{}", skus)));
    engine.ask(numbered_sku(1), hold("long", 1, engine.now() + 20 * 24h));
  }
  rig again{content};
  find_unsettled(again, skus);
  CHECK(again.shared().skus.size() == skus - 1);
  // The SKU's mailboxes are full when the time comes.
  again.advance(15min - 1s);
  std::vector<std::uint32_t> asked;
  for (int i = 0; i < 20; ++i)
    for (std::size_t sku = 1; sku < skus; ++sku)
      asked.push_back(again.send(numbered_sku(sku), read_stock()));
  again.advance(1s + 100ms);
  std::size_t ended = 0;
  for (std::size_t sku = 1; sku < skus; ++sku)
    for (const auto& row : *again.reader().history(numbered_sku(sku), 0, 10)) {
      if (row.fact.kind != engine::fact_kind::expired) continue;
      ++ended;
      CHECK(row.fact.at - ends <= 100ms);
    }
  CHECK(ended == skus - 1);
}

TEST_CASE("a short hold ends by itself though nothing ran for longer than the key retention", "[loader]") {
  std::vector<storage::stored_fact> facts;
  {
    rig engine;
    engine.ask(numbered_sku(1), receive("r", 5));
    engine.ask(numbered_sku(1), hold("short", 2, engine.now() + 15min));
    facts = *engine.reader().facts_after(numbered_sku(1), 0, 10);
    REQUIRE(facts.size() == 2);
  }
  auto content = storage::make_memory();
  storage::batch batch{.number = 1, .facts = {}, .snapshots = {}, .records = {}};
  constexpr auto stopped = limits::key_retention_default + 24h;
  for (auto& [row, sku, fact] : facts) {
    fact.at -= stopped;
    if (fact.kind == engine::fact_kind::held) fact.expires_at -= stopped;
    batch.facts.push_back({sku, fact});
  }
  REQUIRE(storage::open_memory(content)->commit(batch).status == storage::commit_status::committed);
  rig again{content};
  CHECK(again.shared().keys.size() == 0);
  find_unsettled(again, 1);
  again.advance(100ms);
  const auto newest = *again.reader().history(numbered_sku(1), 0, 1);
  CHECK(newest.front().fact.kind == engine::fact_kind::expired);
}

TEST_CASE("a hold longer than the key retention ends in time after a restart", "[loader]") {
  auto content = storage::make_memory();
  engine::time_point ends{};
  {
    rig engine{content};
    ends = engine.now() + 20 * 24h;
    engine.ask(numbered_sku(1), receive("r", 5));
    engine.ask(numbered_sku(1), hold("long", 2, ends));
  }
  rig again{content};
  again.held.clear(); // as if its facts were older than what a start reads
  find_unsettled(again, 10);
  CHECK(again.shared().skus.size() == 1);
  again.scheduler().advance_time(ends - again.now() - 1s);
  again.advance(1s + 100ms);
  CHECK(again.reader().history(numbered_sku(1), 0, 1)->front().fact.kind == engine::fact_kind::expired);
}
