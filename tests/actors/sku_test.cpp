// SKU actors: expiry, snapshots, repeats, loading, restart.
#include "tests/actors/rig.hpp"

#include "actors/announcement.hpp"
#include "actors/loader.hpp"
#include "tests/catch.hpp"

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::refusal;

namespace {

constexpr engine::sku_id sku{1};
constexpr engine::sku_id other{2};

engine::sku_state replay(rig& engine, engine::sku_id of) {
  engine::sku_state state;
  state.retention = limits::key_retention_default;
  const auto facts = engine.reader().facts_after(of, 0, 100'000);
  for (const auto& row : *facts)
    engine::evolve(state, row.fact);
  return state;
}

void fail(rig& engine, engine::sku_id of) {
  caf::anon_send(engine.shared().skus.find(of).owner,
                 caf::make_error(caf::sec::runtime_error, "broken by the test"));
}

} // namespace

TEST_CASE("a hold expires by its SKU's own timer and its units return", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.ask(sku, hold("h1", 4, engine.now() + 30s));
  engine.ask(sku, hold("h2", 3, engine.now() + 90s));
  engine.advance(29s);
  CHECK(engine.ask(sku, read_stock()).figures.available == 3);
  engine.advance(2s);
  CHECK(replay(engine, sku).open_reservations == 1); // durable, though nobody asked
  CHECK(engine.ask(sku, read_stock()).figures.available == 7);
  engine.advance(60s);
  CHECK(replay(engine, sku).open_reservations == 0);
}

TEST_CASE("a hold past its time counts as expired though its timer has not run", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.ask(sku, hold("h1", 10, engine.now() + 30s));
  engine.scheduler().clock().current_time += 31s; // timers sleep
  CHECK(engine.ask(sku, hold("h2", 10, engine.now() + 30s)).reason == refusal::none);
}

TEST_CASE("a confirmed hold does not expire", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.ask(sku, hold("h1", 4, engine.now() + 30s));
  engine.ask(sku, confirm("c1", "h1"));
  engine.advance(60s);
  CHECK(engine.ask(sku, read_stock()).figures.reserved == 4);
}

TEST_CASE("the same movement again gets its first outcome, other content is refused", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  const auto first = engine.ask(sku, hold("h", 4, engine.now() + 1h));
  engine.ask(sku, hold("h2", 1, engine.now() + 1h));
  const auto again = engine.ask(sku, hold("h", 4, engine.now() + 2h));
  CHECK(again.repeated);
  CHECK(again.version == first.version);
  CHECK(again.available == 6);
  CHECK(again.figures.available == 5);
  CHECK(engine.ask(sku, hold("h", 5, engine.now() + 1h)).reason == refusal::key_reused);
}

TEST_CASE("a repeat goes to the SKU that decided first, whatever it is addressed to", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.ask(other, receive("r2", 10));
  const auto first = engine.ask(sku, hold("h", 4, engine.now() + 1h));
  const auto again = engine.ask(other, hold("h", 4, engine.now() + 1h));
  CHECK(again.repeated);
  CHECK(again.sku == sku);
  CHECK(again.version == first.version);
  CHECK(engine.ask(other, read_stock()).figures.available == 10);
}

TEST_CASE("a refused request leaves no trace and may be tried again", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 1));
  const auto keys = engine.shared().keys.size();
  CHECK(engine.ask(sku, hold("h", 2, engine.now() + 1h)).reason == refusal::insufficient_stock);
  CHECK(engine.shared().keys.size() == keys);
  engine.ask(sku, receive("r2", 1));
  CHECK(engine.ask(sku, hold("h", 2, engine.now() + 1h)).reason == refusal::none);
}

TEST_CASE("an order line keeps the SKU it was first recorded under", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
    engine.ask(other, receive("r2", 10));
    engine.ask(sku, sale("o1", 2));
    // Re-mapped since: the adapter now says `other`.
    const auto later = engine.ask(other, cancel_of_sale("o1", 1));
    CHECK(later.sku == sku);
    CHECK(later.figures.reserved == 1);
  }
  rig again{content};
  const auto after_restart = again.ask(other, cancel_of_sale("o1", 2));
  CHECK(after_restart.sku == sku);
  CHECK(after_restart.figures.reserved == 0);
  CHECK(again.ask(other, read_stock()).figures.available == 10);
}

TEST_CASE("after a restart state, repeats and expiry go on where they were", "[sku]") {
  auto content = storage::make_memory();
  engine::sku_state before;
  std::int64_t first_version = 0;
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
    first_version = engine.ask(sku, hold("h", 4, engine.now() + 30s)).version;
    engine.ask(sku, sale("o1", 2));
    before = *engine.ask(sku, read_stock(true)).detail;
  }
  rig again{content};
  CHECK(same(*again.ask(sku, read_stock(true)).detail, before));
  const auto repeat = again.ask(sku, hold("h", 4, again.now() + 30s));
  CHECK(repeat.repeated);
  CHECK(repeat.version == first_version);
  again.advance(31s);
  CHECK(again.ask(sku, read_stock()).figures.available == 8);
  CHECK(again.ask(sku, sale("o1", 2)).figures.available == 8); // told twice, counted once
}

TEST_CASE("what was not durable at the crash never happened", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
    engine.plan.commits.assign(100, fault::unavailable);
    const auto request = engine.send(sku, hold("h", 4, engine.now() + 1h));
    engine.run();
    REQUIRE_FALSE(engine.answered(request));
  }
  rig again{content};
  CHECK(again.ask(sku, read_stock()).figures.available == 10);
  const auto tried_again = again.ask(sku, hold("h", 4, again.now() + 1h));
  CHECK_FALSE(tried_again.repeated);
  CHECK(tried_again.reason == refusal::none);
}

TEST_CASE("a quiet SKU with new facts writes one snapshot", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.advance(std::chrono::seconds{limits::idle_snapshot_after} - 1s);
  CHECK_FALSE(engine.reader().load_snapshot(sku)->has_value());
  engine.advance(2s);
  const auto written = *engine.reader().load_snapshot(sku);
  REQUIRE(written);
  CHECK(written->version == 1);
  const auto commits = engine.plan.attempts;
  engine.advance(10min);
  CHECK(engine.plan.attempts == commits); // nothing new, nothing written
}

TEST_CASE("a SKU that is loaded with facts since its snapshot writes one when it has been quiet", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
  }
  rig again{content};
  again.ask(sku, read_stock());
  again.advance(std::chrono::seconds{limits::idle_snapshot_after} - 1s);
  CHECK_FALSE(again.reader().load_snapshot(sku)->has_value()); // others may be waiting to be loaded
  again.advance(2s);
  CHECK(again.reader().load_snapshot(sku)->has_value());
}

TEST_CASE("a busy SKU writes snapshots on its way, at most one a commit, and loads from the last", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 100'000));
    std::size_t most = 0;
    engine.plan.before_commit = [&](const storage::batch& batch) {
      most = std::max(most, batch.snapshots.size());
    };
    for (int i = 0; i < 2 * limits::facts_between_snapshots_min + 500; ++i)
      engine.send(sku, receive(numbered("r", i), 1));
    engine.run();
    CHECK(most == 1);
    const auto written = *engine.reader().load_snapshot(sku);
    REQUIRE(written);
    CHECK(written->version >= 2 * limits::facts_between_snapshots_min - 1);
    const auto loaded = actors::read_state(engine.reader(), sku, limits::key_retention_default);
    REQUIRE(loaded.has_value());
    CHECK(loaded->snapshot_version == written->version);
    CHECK(same(loaded->state, replay(engine, sku)));
  }
  rig again{content};
  CHECK(again.ask(sku, read_stock()).figures.version == 2 * limits::facts_between_snapshots_min + 501);
}

TEST_CASE("commands that come while the state is loaded wait in order", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 3));
  }
  rig again{content};
  std::vector<std::uint32_t> requests;
  for (int i = 0; i < 5; ++i)
    requests.push_back(again.send(sku, hold(numbered("h", i), 1, again.now() + 1h)));
  again.run();
  for (std::size_t i = 0; i < requests.size(); ++i)
    CHECK(again.answer(requests[i]).reason == (i < 3 ? refusal::none : refusal::insufficient_stock));
}

TEST_CASE("a SKU whose stored state cannot be read is not guessed: the process ends", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
  }
  auto writer = storage::open_memory(content);
  storage::batch bad;
  bad.number = 1;
  bad.snapshots.push_back({sku, 1, rig::start_time(), "not a snapshot"});
  REQUIRE(writer->commit(bad).status == storage::commit_status::committed);
  rig engine{content};
  const auto request = engine.send(sku, read_stock());
  engine.run();
  CHECK_FALSE(engine.answered(request));
  CHECK(engine.exit_code == 70);
  CHECK(engine.ask(other, read_stock()).reason ==
        refusal::none); // what is in flight elsewhere is still answered
}

TEST_CASE("a jump of the wall clock is an alert, not a mass expiry", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.ask(sku, hold("h", 4, engine.now() + 1h));
  engine.wall = engine.now() + std::chrono::days{365};
  engine.advance(5min);
  CHECK(engine.ask(sku, read_stock()).figures.reserved == 4);
  engine.advance(1h);
  CHECK(engine.ask(sku, read_stock()).figures.reserved == 0);
}

TEST_CASE("a failed SKU actor is replaced once its facts are durable, and nothing is lost", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.plan.commits.assign(3, fault::unavailable);
  const auto in_flight = engine.send(sku, hold("h", 4, engine.now() + 1h));
  engine.run();
  fail(engine, sku);
  engine.run();
  const auto meanwhile = engine.send(sku, hold("h2", 7, engine.now() + 1h));
  engine.run();
  CHECK_FALSE(engine.answered(meanwhile)); // its predecessor's facts are not durable yet
  engine.advance(5s);
  CHECK(engine.answer(in_flight).reason == refusal::none);
  CHECK(engine.answer(meanwhile).reason == refusal::insufficient_stock); // it knows the predecessor's hold
  CHECK(engine.shared().counts.actor_restarts.load() == 1);
  CHECK(engine.exit_code == 0);
}

TEST_CASE(
    "a failed SKU actor's number is told by its successor, and who waited for it hears that it was lost",
    "[sku]") {
  std::optional<bool> told;
  std::vector<engine::quantity> numbers;
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.shared().outlets.put_channel(
      engine::account_id{1},
      engine.shared().system.spawn([&numbers](caf::event_based_actor*) -> caf::behavior {
        return {[&numbers](const actors::numbers_committed& m) {
          for (const auto& each : m.content->numbers)
            numbers.push_back(each.available);
        }};
      }));
  fail(engine, sku);
  {
    const auto asked = std::make_shared<actors::announcement>(1, [&told](bool all) { told = all; });
    caf::anon_send(engine.shared().skus.find(sku).owner,
                   actors::announce_number{[asked] { asked->told_one(); }});
  }
  engine.run();
  CHECK(told == false);
  CHECK(numbers == std::vector<engine::quantity>{10});
}

TEST_CASE("an actor that fails too often ends the process", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  for (std::size_t i = 0; i < limits::restarts_per_actor_max; ++i) {
    fail(engine, sku);
    engine.run();
    REQUIRE(engine.ask(sku, read_stock()).figures.available == 10);
  }
  CHECK(engine.exit_code == 0);
  fail(engine, sku);
  engine.run();
  CHECK(engine.exit_code == 70);
}

TEST_CASE("failures far apart are forgiven", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  for (std::size_t i = 0; i < 3 * limits::restarts_per_actor_max; ++i) {
    fail(engine, sku);
    engine.run();
    engine.advance(20s);
  }
  CHECK(engine.exit_code == 0);
  CHECK(engine.ask(sku, read_stock()).figures.available == 10);
}

TEST_CASE("a failed persistence actor ends the process", "[sku]") {
  rig engine;
  caf::anon_send(engine.shared().persistence, caf::make_error(caf::sec::runtime_error, "broken by the test"));
  engine.run();
  CHECK(engine.exit_code == 70);
}

TEST_CASE("top tells the hottest SKUs and incidents those oversold, as of the last commit", "[sku]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    for (int i = 0; i < 5; ++i)
      engine.ask(other, sale(numbered("o", i), 1));
    engine.ask(sku, receive("r", 10));
    engine.ask(sku, sale("p", 1));
    const auto hottest = engine.shared().committed.top(10, engine.now());
    REQUIRE(hottest.size() == 2);
    CHECK(hottest[0].sku == other);
    CHECK(hottest[0].available == -5);
    CHECK(engine.shared().committed.oversold_units() == 5);
  }
  rig again{content};
  CHECK(again.shared().committed.oversold_units() == 5); // open incidents survive a restart
}

namespace {

// Nine days pass in which nothing happens but the sweep of old keys.
void outlive_the_window(rig& engine) {
  engine.scheduler().clock().current_time += std::chrono::days{9};
  for (std::size_t shard = 0; shard < actors::key_memory::shards; ++shard)
    std::ignore = engine.shared().keys.sweep(engine.now());
}

} // namespace

TEST_CASE("an open line keeps its SKU beyond the window, a closed one does not", "[sku]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.ask(sku, sale("o1", 2));
  outlive_the_window(engine);
  CHECK(engine.ask(other, cancel_of_sale("o1", 1)).sku == sku); // re-mapped meanwhile
  outlive_the_window(engine);
  CHECK(engine.ask(other, cancel_of_sale("o1", 2)).sku == sku);
  CHECK(engine.ask(sku, read_stock()).figures.reserved == 0);
  outlive_the_window(engine);
  CHECK(engine.ask(other, cancel_of_sale("o1", 2)).sku == other);
}

TEST_CASE("a line that a shipment closes is swept, too", "[sku]") {
  rig engine;
  const auto line = engine::line_key(shop, "o1", "1");
  engine.ask(sku, receive("r", 10));
  engine.ask(sku, sale("o1", 2));
  engine.ask(sku, keyed("s", 2, engine::ship{line, 2}));
  outlive_the_window(engine);
  CHECK_FALSE(engine.shared().keys.target(line));
}

TEST_CASE("a loaded SKU brings the keys of its open lines", "[sku]") {
  const auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 10));
    engine.ask(sku, sale("o1", 2));
  }
  rig engine{content};
  engine.ask(sku, read_stock());
  outlive_the_window(engine);
  CHECK(engine.ask(other, cancel_of_sale("o1", 1)).sku == sku);
}

TEST_CASE("an announced number still says whether a sale moved it", "[sku]") {
  const auto content = storage::make_memory();
  {
    rig engine{content};
    engine.ask(sku, receive("r", 2));
    engine.ask(sku, sale("o1", 2));
    engine.ask(other, receive("r2", 2));
  }
  rig engine{content};
  std::vector<engine::number> told;
  const auto listening = engine.system().spawn([&told]() -> caf::behavior {
    return {[&told](const actors::numbers_committed& what) {
      told.insert(told.end(), what.content->numbers.begin(), what.content->numbers.end());
    }};
  });
  engine.shared().outlets.put_channel(shop, listening);
  for (const auto each : {sku, other})
    caf::anon_send(engine.shared().skus.find(each).owner, actors::announce_number{});
  engine.run();
  REQUIRE(told.size() == 2);
  CHECK(told[0].available == 0);
  CHECK(told[0].by_sale);
  CHECK_FALSE(told[1].by_sale);
  caf::anon_send_exit(listening, caf::exit_reason::user_shutdown);
  engine.run();
}

namespace {

// What the dynamic safety stock of the SKU was set to, in order.
std::vector<engine::quantity> safeties(rig& engine) {
  std::vector<engine::quantity> out;
  for (const auto& each : *engine.reader().facts_after(sku, 0, 1'000))
    if (each.fact.kind == engine::fact_kind::safety_set) out.push_back(each.fact.units);
  return out;
}

} // namespace

TEST_CASE("dynamic safety follows what a SKU sells within the slowest account's lag, by facts, once a minute", "[sku]") {
  rig engine;
  engine::duration lag = 10min;
  engine.shared().slowest_lag = [&](engine::sku_id) { return lag; };
  engine.ask(sku, receive("r", 1'000));
  engine.ask(sku, keyed("s", 1, engine::set_safety{{engine::safety_rule::kind::dynamic, 0}}));
  engine.advance(2min);
  CHECK(safeties(engine) == std::vector<engine::quantity>{0}); // nothing was sold
  for (int i = 0; i < 100; ++i)
    engine.ask(sku, sale(numbered("o", i), 1));
  engine.advance(2s);
  const auto soon = safeties(engine).size();
  CHECK(soon <= 2);
  engine.advance(61s);
  const auto told = safeties(engine);
  REQUIRE(told.size() == 2);
  CHECK(told.back() > 0);
  CHECK(engine.ask(sku, read_stock()).figures.safety == told.back());
  lag = 0s; // nobody shows it any more
  engine.advance(16min);
  CHECK(safeties(engine).back() == 0);
  engine.advance(60min);
  CHECK(safeties(engine).size() == 3);
}
