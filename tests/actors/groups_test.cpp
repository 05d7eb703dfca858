// Multi-line requests: all or nothing, in one transaction, competing ones decided fairly and in bounded time.
#include "tests/actors/rig.hpp"

#include "tests/catch.hpp"

#include <algorithm>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::refusal;

namespace {

constexpr engine::sku_id a{1};
constexpr engine::sku_id b{2};
constexpr engine::sku_id c{3};

using members = std::vector<std::pair<engine::sku_id, engine::command>>;

void stock(rig& engine, engine::quantity units) {
  for (const auto sku : {a, b, c})
    engine.ask(sku, receive(numbered("stock", static_cast<int>(sku)), units));
}

// Holds one unit or more on each SKU. The first member's key is the group's.
members bundle(rig& engine, const std::string& name, std::vector<engine::sku_id> skus,
               engine::quantity units = 1) {
  members out;
  for (std::size_t i = 0; i < skus.size(); ++i)
    out.emplace_back(skus[i], hold(fmt::format("{}{}", name, i), units, engine.now() + 1h));
  return out;
}

engine::quantity available(rig& engine, engine::sku_id sku) {
  return engine.ask(sku, read_stock()).figures.available;
}

} // namespace

TEST_CASE("a group is granted whole, in one transaction, with one answer", "[groups]") {
  rig engine;
  stock(engine, 5);
  const auto answers = engine.answers.by_request.size();
  const auto request = engine.send_group(bundle(engine, "g", {c, a, b}, 2));
  engine.run();
  REQUIRE(engine.answered(request));
  CHECK(engine.answer(request).reason == refusal::none);
  CHECK(engine.answer(request).sku == c); // the first as submitted speaks for all
  CHECK(engine.answers.by_request.size() == answers + 1);
  CHECK(engine.plan.committed.back().facts.size() == 3);
  for (const auto sku : {a, b, c})
    CHECK(available(engine, sku) == 3);
  CHECK(engine.shared().admission.in_use() == 0);
  CHECK(engine.shared().counts.groups_in_flight.load() == 0);
}

TEST_CASE("a group that one SKU cannot serve takes nothing anywhere", "[groups]") {
  rig engine;
  stock(engine, 5);
  engine.ask(b, hold("x", 5, engine.now() + 1h));
  const auto keys = engine.shared().keys.size();
  const auto request = engine.send_group(bundle(engine, "g", {a, b, c}));
  engine.run();
  REQUIRE(engine.answered(request));
  CHECK(engine.answer(request).reason == refusal::insufficient_stock);
  CHECK(engine.answer(request).sku == b);
  CHECK(available(engine, a) == 5);
  CHECK(available(engine, c) == 5);
  CHECK(engine.shared().keys.size() == keys);
  CHECK(engine.shared().admission.in_use() == 0);
  engine.ask(b, release("y", "x"));
  const auto again = engine.send_group(bundle(engine, "g", {a, b, c}));
  engine.run();
  CHECK(engine.answer(again).reason == refusal::none); // a refusal is not remembered
}

TEST_CASE("of two groups that compete for the last units exactly one succeeds", "[groups]") {
  // Both orders of the members as submitted, and every early interleaving of deliveries.
  const auto steps = GENERATE(0, 1, 2, 3, 4, 5, 6, 8, 12);
  rig engine;
  stock(engine, 1);
  const auto first = engine.send_group(bundle(engine, "g", {a, b, c}));
  for (int i = 0; i < steps && engine.scheduler().has_job(); ++i)
    engine.scheduler().run_once();
  const auto second = engine.send_group(bundle(engine, "h", {c, b}));
  for (int i = 0; i < steps && engine.scheduler().has_job(); ++i)
    engine.scheduler().run_once_lifo();
  const auto third = engine.send_group(bundle(engine, "i", {b, a}));
  engine.run();
  engine.advance(3s);
  int granted = 0;
  for (const auto request : {first, second, third}) {
    REQUIRE(engine.answered(request));
    granted += engine.answer(request).reason == refusal::none ? 1 : 0;
  }
  CHECK(granted == 1);
  CHECK(available(engine, b) == 0);
  CHECK(engine.shared().counts.groups_waiting.load() == 0);
  CHECK(engine.shared().admission.in_use() == 0);
}

namespace {

// A group that has prepared on `a` and stands still before `b`: its next message is kept in a's mailbox's
// place. Made by failing nobody: b's owner is held by an actor that never answers.
struct stalled_group {
  explicit stalled_group(rig& engine) : engine_(engine), real_(engine.shared().skus.find(b).owner) {
    const auto deaf = engine.system().spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](actors::prepare_member& asked) { kept_ = std::move(asked); }};
    });
    deaf_ = deaf;
    engine.shared().skus.replace(b, deaf);
    request = engine.send_group(bundle(engine, "stalled", {a, b}));
    engine.run();
    engine.shared().skus.replace(b, real_);
  }

  ~stalled_group() {
    caf::anon_send_exit(deaf_, caf::exit_reason::user_shutdown);
    engine_.run();
  }

  stalled_group(const stalled_group&) = delete;
  stalled_group& operator=(const stalled_group&) = delete;

  // The chain goes on.
  void go_on() {
    caf::anon_send(real_, std::move(kept_));
    engine_.run();
  }

  std::uint32_t request = 0;

 private:
  rig& engine_;
  caf::actor real_;
  caf::actor deaf_;
  actors::prepare_member kept_;
};

} // namespace

TEST_CASE("a request that fails only for prepared units waits for that group, and loses when it commits",
          "[groups]") {
  rig engine;
  stock(engine, 1);
  stalled_group ahead{engine};
  const auto single = engine.send(a, hold("s", 1, engine.now() + 1h));
  const auto group = engine.send_group(bundle(engine, "g", {a, c}));
  engine.run();
  CHECK_FALSE(engine.answered(single));
  CHECK_FALSE(engine.answered(group));
  CHECK(engine.shared().counts.groups_waiting.load() == 2);
  ahead.go_on();
  CHECK(engine.answer(ahead.request).reason == refusal::none);
  CHECK(engine.answer(single).reason == refusal::insufficient_stock);
  CHECK(engine.answer(group).reason == refusal::insufficient_stock);
  CHECK(available(engine, c) == 1);
}

TEST_CASE("a request that waited for a group gets the units when the group is aborted", "[groups]") {
  rig engine;
  stock(engine, 1);
  stalled_group ahead{engine};
  const auto waiting = engine.send_group(bundle(engine, "g", {a, c}));
  engine.run();
  CHECK_FALSE(engine.answered(waiting));
  engine.ask(b, hold("last of b", 1, engine.now() + 1h)); // so that the first group fails there
  ahead.go_on();
  CHECK(engine.answer(ahead.request).reason == refusal::insufficient_stock);
  CHECK(engine.answer(waiting).reason == refusal::none);
  CHECK(available(engine, a) == 0);
  CHECK(available(engine, c) == 0);
}

TEST_CASE("nobody waits for a group longer than the bound", "[groups]") {
  rig engine;
  stock(engine, 1);
  stalled_group ahead{engine};
  const auto single = engine.send(a, hold("s", 1, engine.now() + 1h));
  const auto group = engine.send_group(bundle(engine, "g", {a, c}));
  engine.run();
  engine.advance(std::chrono::milliseconds{limits::group_wait_max} - 10ms);
  CHECK_FALSE(engine.answered(single));
  engine.advance(20ms);
  CHECK(engine.answer(single).reason == refusal::insufficient_stock);
  CHECK(engine.answer(group).reason == refusal::insufficient_stock);
  ahead.go_on(); // and the slow one still succeeds
  CHECK(engine.answer(ahead.request).reason == refusal::none);
}

TEST_CASE("more waiters than the bound are refused at once", "[groups]") {
  rig engine;
  stock(engine, 1);
  stalled_group ahead{engine};
  std::vector<std::uint32_t> requests;
  for (std::size_t i = 0; i < limits::group_waiters_per_sku_max + 1; ++i)
    requests.push_back(engine.send(a, hold(numbered("s", i), 1, engine.now() + 1h)));
  engine.run();
  CHECK_FALSE(engine.answered(requests.front()));
  CHECK(engine.answer(requests.back()).reason == refusal::insufficient_stock);
  ahead.go_on();
  for (const auto request : requests)
    CHECK(engine.answered(request));
}

TEST_CASE("marketplace facts never wait for a group, and the group keeps its promise", "[groups]") {
  rig engine;
  stock(engine, 1);
  stalled_group ahead{engine};
  CHECK(engine.ask(a, sale("o1", 1)).reason == refusal::none);
  ahead.go_on();
  CHECK(engine.answer(ahead.request).reason == refusal::none);
  CHECK(available(engine, a) == -1);
}

TEST_CASE("the same group again gets the first outcome, its members are not touched", "[groups]") {
  auto content = storage::make_memory();
  {
    rig engine{content};
    stock(engine, 5);
    engine.send_group(bundle(engine, "g", {b, a, c}));
    engine.run();
    const auto again = engine.send_group(bundle(engine, "g", {b, a, c}));
    engine.run();
    CHECK(engine.answer(again).repeated);
    for (const auto sku : {a, b, c})
      CHECK(available(engine, sku) == 4);
  }
  rig restarted{content};
  const auto again = restarted.send_group(bundle(restarted, "g", {b, a, c}));
  restarted.run();
  CHECK(restarted.answer(again).repeated);
  for (const auto sku : {a, b, c})
    CHECK(available(restarted, sku) == 4);
}

TEST_CASE("the same group twice at the same time is decided once", "[groups]") {
  rig engine;
  stock(engine, 5);
  const auto first = engine.send_group(bundle(engine, "g", {b, a, c}));
  const auto twin = engine.send_group(bundle(engine, "g", {b, a, c}));
  const auto single = engine.send(b, hold("g0", 1, engine.now() + 1h));
  engine.run();
  CHECK(engine.answer(first).reason == refusal::none);
  CHECK(engine.answer(twin).reason == refusal::in_progress);
  CHECK(engine.answer(single).reason == refusal::in_progress);
  for (const auto sku : {a, b, c})
    CHECK(available(engine, sku) == 4);
}

TEST_CASE("a group is durable whole or not at all, whatever else is committed meanwhile", "[groups]") {
  // Every commit is looked at: a group's facts are all in it or none.
  rig engine;
  stock(engine, 100);
  std::map<std::string, std::size_t> batches_of_group;
  engine.plan.before_commit = [&](const storage::batch& batch) {
    std::map<std::string, std::size_t> facts;
    for (const auto& row : batch.facts)
      if (!row.fact.reference.empty()) ++facts[row.fact.reference];
    for (const auto& [name, count] : facts) {
      CHECK(count == 3);
      ++batches_of_group[name];
    }
  };
  std::vector<std::uint32_t> requests;
  for (int g = 0; g < 10; ++g) {
    auto group = bundle(engine, numbered("g", g), {c, b, a});
    for (auto& [sku, asked] : group)
      asked.reference = fmt::format("group {}", g);
    requests.push_back(engine.send_group(std::move(group)));
    for (const auto sku : {a, b, c})
      requests.push_back(
          engine.send(sku, hold(fmt::format("s{} {}", g, static_cast<int>(sku)), 1, engine.now() + 1h)));
    for (int i = 0; i < 7 && engine.scheduler().has_job(); ++i)
      g % 2 == 0 ? engine.scheduler().run_once() : engine.scheduler().run_once_lifo();
  }
  engine.run();
  for (const auto request : requests)
    CHECK(engine.answer(request).reason == refusal::none);
  CHECK(batches_of_group.size() == 10);
  for (const auto& [name, batches] : batches_of_group)
    CHECK(batches == 1);
  for (const auto sku : {a, b, c})
    CHECK(available(engine, sku) == 80);
}

TEST_CASE("an actor that fails while a group is under way ends the process", "[groups]") {
  rig engine;
  stock(engine, 1);
  stalled_group ahead{engine};
  caf::anon_send(engine.shared().skus.find(a).owner,
                 caf::make_error(caf::sec::runtime_error, "broken by the test"));
  engine.run();
  CHECK(engine.exit_code == 70);
}

TEST_CASE("a member that fails before it commits ends the process, though its group's messages are gone",
          "[groups]") {
  rig engine;
  stock(engine, 1);
  const auto request = engine.send_group(bundle(engine, "g", {a, b}));
  engine.scheduler().run_once(); // `a` has prepared, `b` will fail between preparing and committing
  caf::anon_send(engine.shared().skus.find(b).owner,
                 caf::make_error(caf::sec::runtime_error, "broken by the test"));
  engine.run();
  CHECK_FALSE(engine.answered(request));
  CHECK(engine.exit_code == 70);
}

TEST_CASE("a group with a repeated SKU line of a moved line is refused, not moved", "[groups]") {
  rig engine;
  stock(engine, 5);
  engine.ask(a, order("k1", "o1", 1));
  auto moved = order("k2", "o1", 2);
  std::get<engine::record_line>(moved.body).line = engine::line_key(api, "o1", "k1"); // recorded under `a`
  const auto request = engine.send_group({{b, hold("g", 1, engine.now() + 1h)}, {c, moved}});
  engine.run();
  CHECK(engine.answer(request).reason == refusal::key_reused);
  CHECK(available(engine, b) == 5);
  CHECK(available(engine, c) == 5);
}
