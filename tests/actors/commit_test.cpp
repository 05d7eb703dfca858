// Persistence under faults: what leaves, when, and how it recovers.
#include "tests/actors/rig.hpp"

#include "tests/catch.hpp"

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

class kept_facts final : public actors::fact_listener {
 public:
  void committed(std::shared_ptr<const std::vector<storage::sku_fact>> facts) noexcept override {
    all.insert(all.end(), facts->begin(), facts->end());
  }

  std::vector<storage::sku_fact> all;
};

// Stands where a channel actor would: keeps what commits tell.
caf::actor spawn_kept_numbers(rig& engine, std::vector<actors::committed_numbers>& into) {
  return engine.system().spawn([&into](caf::event_based_actor*) -> caf::behavior {
    return {
        [&into](const actors::numbers_committed& told) { into.push_back(*told.content); },
        [](const actors::sku_quarantined&) {},
    };
  });
}

} // namespace

TEST_CASE("a movement is answered with its figures after its facts are in the ledger", "[commit]") {
  rig engine;
  const auto got = engine.ask(sku, receive("r", 10));
  CHECK(got.kind == actors::answer_kind::decided);
  CHECK(got.reason == refusal::none);
  CHECK(got.version == 1);
  CHECK(got.available == 10);
  CHECK(got.figures.total == 10);
  const auto ledger = ledger_of(engine, sku);
  REQUIRE(ledger.size() == 1);
  CHECK(ledger.front().kind == engine::fact_kind::received);
  CHECK(ledger.front().available == 10);
}

TEST_CASE("what queues together is one commit and one delivery to the sink", "[commit]") {
  rig engine;
  engine.ask(sku, receive("r", 100));
  const auto commits = engine.plan.attempts;
  const auto deliveries = engine.answers.deliveries;
  for (int i = 0; i < 20; ++i)
    engine.send(sku, hold(numbered("h", i), 1, engine.now() + 1h));
  engine.run();
  CHECK(engine.plan.attempts == commits + 1);
  CHECK(engine.answers.deliveries == deliveries + 1);
  CHECK(engine.answers.by_request.size() == 21);
}

TEST_CASE("while the store is away nothing is observable, and everything comes when it is back", "[commit]") {
  rig engine;
  std::vector<actors::committed_numbers> told;
  auto tail = std::make_shared<kept_facts>();
  engine.ask(sku, receive("r", 10));
  engine.shared().outlets.put_channel(shop, spawn_kept_numbers(engine, told));
  engine.shared().outlets.listen(tail);
  engine.plan.commits.assign(6, fault::unavailable);

  const auto granted = engine.send(sku, hold("h", 10, engine.now() + 1h));
  const auto refused = engine.send(sku, hold("h2", 1, engine.now() + 1h));
  const auto repeated = engine.send(sku, hold("h", 10, engine.now() + 1h));
  const auto read = engine.send(sku, read_stock());
  const auto sold = engine.send(sku, sale("o1", 2));
  engine.run();
  CHECK(engine.answers.by_request.size() == 1);
  CHECK(told.empty());
  CHECK(tail->all.empty());
  CHECK(engine.shared().committed.incidents().empty());
  CHECK_FALSE(engine.shared().counts.store_available.load());
  CHECK(ledger_of(engine, sku).size() == 1);

  engine.advance(10s); // back-off and again, without anybody's help
  CHECK(engine.shared().counts.store_available.load());
  REQUIRE(engine.answers.by_request.size() == 6);
  CHECK(engine.answer(granted).reason == refusal::none);
  CHECK(engine.answer(refused).reason == refusal::insufficient_stock);
  CHECK(engine.answer(repeated).repeated);
  CHECK(engine.answer(repeated).version == engine.answer(granted).version);
  CHECK(engine.answer(read).figures.available == 0);
  CHECK(engine.answer(sold).figures.oversold == 2);
  CHECK(engine.shared().committed.oversold_units() == 2);
  REQUIRE(told.size() == 1);
  REQUIRE(told.front().numbers.size() == 1);
  CHECK(told.front().numbers.front().version == engine.answer(sold).figures.version);
  REQUIRE(told.front().sales.size() == 1);
  CHECK(told.front().sales.front().units == 2);
  CHECK(told.front().sales.front().account == shop);
  CHECK(tail->all.size() + 1 == ledger_of(engine, sku).size());
}

TEST_CASE("retries back off: an hour without a store costs few attempts", "[commit]") {
  rig engine;
  engine.plan.commits.assign(100'000, fault::unavailable);
  const auto request = engine.send(sku, receive("r", 1));
  const auto before = engine.plan.attempts;
  engine.advance(1h);
  const auto attempts = engine.plan.attempts - before;
  CHECK(attempts > 3600 / 5);
  CHECK(attempts < 3600);
  engine.plan.commits.clear();
  engine.advance(10s);
  CHECK(engine.answered(request));
}

TEST_CASE("a commit of unknown outcome is looked up, never written twice", "[commit]") {
  const auto kept = GENERATE(fault::unknown_kept, fault::unknown_lost);
  const auto lookups_away = GENERATE(0, 1, 3);
  rig engine;
  engine.plan.commits = {kept};
  engine.plan.lookups_fail.assign(static_cast<std::size_t>(lookups_away), true);
  const auto request = engine.send(sku, receive("r", 10));
  engine.run();
  engine.advance(20s);
  REQUIRE(engine.answered(request));
  CHECK(engine.answer(request).version == 1);
  CHECK(ledger_of(engine, sku).size() == 1);
  CHECK(engine.shared().counts.unknown_commits.load() == 1);
  CHECK(engine.ask(sku, receive("r2", 1)).version == 2);
}

TEST_CASE("a fenced writer stops, answers nothing and says so once", "[commit]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  engine.plan.commits = {fault::fenced};
  const auto request = engine.send(sku, hold("h", 1, engine.now() + 1h));
  engine.run();
  engine.advance(10s);
  CHECK_FALSE(engine.answered(request));
  CHECK(engine.exit_code == 75);
  engine.send(sku, hold("h2", 1, engine.now() + 1h));
  CHECK(engine.last_admission == actors::admission::draining);
  CHECK(engine.shared().admission.in_use() == 0);
  CHECK(ledger_of(engine, sku).size() == 1);
}

TEST_CASE("a second writer of the same store fences the first for real", "[commit]") {
  rig first;
  first.ask(sku, receive("r", 10));
  rig second{first.content()};
  const auto lost = first.send(sku, hold("h", 1, first.now() + 1h));
  first.run();
  CHECK_FALSE(first.answered(lost));
  CHECK(first.exit_code == 75);
  CHECK(second.ask(sku, hold("h", 10, second.now() + 1h)).reason == refusal::none);
}

TEST_CASE("trouble beside the commits is told while it lasts", "[commit]") {
  rig engine;
  CHECK(engine.shared().counts.store_trouble.get().empty());
  engine.plan.trouble = "the log cannot be moved";
  engine.advance(15s);
  CHECK(engine.shared().counts.store_trouble.get() == "the log cannot be moved");
  CHECK(engine.ask(sku, receive("r", 1)).reason == refusal::none);
  engine.plan.trouble.clear();
  engine.advance(15s);
  CHECK(engine.shared().counts.store_trouble.get().empty());
}

TEST_CASE("the age of the oldest thing not durable grows while the store is away", "[commit]") {
  rig engine;
  engine.ask(sku, receive("r", 10));
  const auto& counts = engine.shared().counts;
  CHECK(counts.oldest_queued.load() == 0);
  CHECK(counts.committed_at.load() == engine.now().time_since_epoch().count());
  engine.advance(1s);
  const auto began = engine.now();
  engine.plan.commits.assign(5, fault::unavailable);
  engine.send(sku, receive("s", 10));
  engine.run();
  engine.advance(50ms);
  engine.send(other, receive("t", 10));
  engine.run();
  CHECK(counts.oldest_queued.load() == began.time_since_epoch().count());
  CHECK(counts.committed_at.load() < began.time_since_epoch().count());
  engine.advance(10s);
  CHECK(counts.oldest_queued.load() == 0);
  CHECK(counts.committed_at.load() > began.time_since_epoch().count());
}

TEST_CASE("refusals are counted by their reason", "[commit]") {
  rig engine;
  engine.ask(sku, receive("r", 1));
  engine.ask(sku, hold("h", 5, engine.now() + 1h));
  engine.ask(sku, hold("i", 5, engine.now() + 1h));
  const auto counted = [&](refusal reason) {
    return engine.shared().counts.refusals[static_cast<std::size_t>(reason)].load();
  };
  CHECK(counted(refusal::insufficient_stock) == 2);
  CHECK(counted(refusal::none) == 0);
}

TEST_CASE("the actors' scheduler gives a sign of life every second", "[commit]") {
  rig engine;
  auto& last = engine.shared().counts.last_turn;
  last.store(0);
  engine.run();
  CHECK(last.load() == 0);
  engine.advance(1s);
  CHECK(last.load() != 0);
}

TEST_CASE("content refused only in company is kept in parts and nothing stops", "[commit]") {
  rig engine;
  engine.ask(sku, receive("r1", 100));
  engine.plan.refuses = [](const storage::batch& batch) { return batch.facts.size() > 3; };
  for (int i = 0; i < 10; ++i)
    engine.send(sku, hold(numbered("h", i), 1, engine.now() + 1h));
  engine.run();
  CHECK(engine.exit_code == 0);
  CHECK(engine.answers.by_request.size() == 11);
  CHECK(ledger_of(engine, sku).size() == 11);
}

TEST_CASE("a barrier is answered when everything before it is durable and answered", "[commit]") {
  rig engine;
  engine.ask(sku, receive("r", 100));
  engine.plan.commits.assign(3, fault::unavailable);
  const auto held = engine.send(sku, hold("h", 1, engine.now() + 1h));
  const auto first = engine.send_barrier();
  const auto second = engine.send_barrier();
  engine.run();
  CHECK_FALSE(engine.answered(first));
  engine.advance(5s);
  CHECK(engine.answered(held));
  CHECK(engine.answered(first));
  CHECK(engine.answered(second));
  CHECK(engine.answer(first).kind == actors::answer_kind::recorded);
  const auto idle = engine.send_barrier();
  engine.run();
  CHECK(engine.answered(idle));
}

TEST_CASE("credits come back with the answers, and without one the command is not admitted", "[commit]") {
  rig engine{storage::make_memory(), {.total = 16, .per_sku = 16, .per_source = 16, .reserve = 4}};
  engine.ask(sku, receive("r", 100));
  engine.plan.commits.assign(3, fault::unavailable);
  for (int i = 0; i < 9; ++i)
    engine.send(sku, hold(numbered("h", i), 1, engine.now() + 1h));
  CHECK(engine.last_admission == actors::admission::accepted);
  const auto shed = engine.send(sku, hold("too many", 1, engine.now() + 1h));
  CHECK(engine.last_admission == actors::admission::overloaded);
  engine.send(sku, sale("o1", 1)); // it happened: there is room for it
  CHECK(engine.last_admission == actors::admission::accepted);
  engine.advance(5s);
  CHECK_FALSE(engine.answered(shed));
  CHECK(engine.shared().admission.in_use() == 0);
  CHECK(engine.ask(sku, hold("too many", 1, engine.now() + 1h)).reason ==
        refusal::none); // not done before: its key is free
}
