#include "engine/codec.hpp"
#include "engine/sku_owner.hpp"
#include "tests/catch.hpp"
#include "tests/engine/lone_sku.hpp"

using namespace lockstep::test;
namespace limits = lockstep::limits;

namespace {

command take_hold(const char* name, quantity units) {
  return make_command(hold{.reservation = named(name), .units = units, .expires_at = start_of_tests + 1h},
                      named(name));
}

} // namespace

TEST_CASE("a snapshot is due after a thousand facts") {
  lone_sku sku;
  CHECK_FALSE(sku.owner.dirty());
  for (int i = 1; i <= limits::facts_between_snapshots_min; ++i) {
    CHECK_FALSE(sku.owner.snapshot_due());
    (void)sku.apply(make_command(receive{.units = 1}));
    CHECK(sku.owner.dirty());
  }
  CHECK(sku.owner.snapshot_due());
  const auto snapshot = sku.owner.take_snapshot();
  CHECK_FALSE(sku.owner.snapshot_due());
  CHECK_FALSE(sku.owner.dirty());
  const auto decoded = decode_snapshot(snapshot, sku.retention);
  REQUIRE(decoded.has_value());
  CHECK(same(*decoded, sku.state()));
}

TEST_CASE("a SKU of many lines is due for a snapshot after as many facts") {
  lone_sku sku;
  for (int i = 0; i < 3'000; ++i) {
    (void)sku.apply(make_command(record_line{.line = named(std::to_string(i)), .cancelled = 1}));
  }
  (void)sku.owner.take_snapshot();
  for (int i = 0; i < 2'999; ++i)
    (void)sku.apply(make_command(receive{.units = 1}));
  CHECK_FALSE(sku.owner.snapshot_due());
  (void)sku.apply(make_command(receive{.units = 1}));
  CHECK(sku.owner.snapshot_due());
}

TEST_CASE("an owner that was folded from an old snapshot is dirty") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 1}));
  CHECK(sku_owner{sku_id{1}, sku.state(), 0}.dirty());
  CHECK_FALSE(sku_owner{sku_id{1}, sku.state(), 1}.dirty());
  CHECK_FALSE(sku_owner{sku_id{1}, sku.state()}.dirty());
}

TEST_CASE("a clock behind the last fact never makes facts go back in time") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 5}));
  (void)sku.apply(take_hold("h1", 1));
  sku.now -= 1h;
  const auto done = sku.apply(make_command(confirm{named("h1")}));
  CHECK(done.decision.facts.front().at == start_of_tests);
}

TEST_CASE("what was decided says whether anything moved") {
  lone_sku sku;
  CHECK(sku.apply(make_command(receive{.units = 5})).moved);
  CHECK_FALSE(sku.apply(make_command(read_stock{})).moved);
  CHECK_FALSE(sku.apply(take_hold("h1", 6)).moved);
  CHECK(sku.apply(take_hold("h1", 5)).moved);
  CHECK_FALSE(sku.apply(take_hold("h1", 5)).moved);
  sku.wait(1h);
  const auto read = sku.apply(make_command(read_stock{}));
  CHECK(read.moved);
  CHECK(read.decision.facts.empty());
  CHECK(read.expired.size() == 1);
  CHECK(read.expired.front().available == 5);
  CHECK(read.figures.available == 5);
}

TEST_CASE("a repeat tells the first outcome, not the present one") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 5}));
  (void)sku.apply(take_hold("h1", 2));
  (void)sku.apply(take_hold("h2", 3));
  const auto again = sku.apply(take_hold("h1", 2));
  CHECK(again.decision.repeated);
  CHECK(again.decision.version == 2);
  CHECK(again.decision.available == 3);
  CHECK(again.decision.reservation == named("h1"));
  CHECK(again.figures.available == 0);
}

TEST_CASE("a prepared member has no version, and no fact until it commits") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 5}));
  CHECK(sku.prepare(1, take_hold("h1", 5)).verdict == prepared::granted);
  CHECK(sku.state().version == 1);
  CHECK(sku.stock().reserved == 0);
  CHECK(sku.owner.has_prepared());
  sku.wait(1min);
  const auto done = sku.commit(1);
  CHECK(done.decision.version == 2);
  CHECK(done.decision.facts.front().at == start_of_tests + 1min);
  CHECK(done.decision.facts.front().key == named("h1"));
  CHECK_FALSE(sku.owner.has_prepared());
}

TEST_CASE("of two groups that compete for the last units one waits and gets them when the other ends") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 3}));
  CHECK(sku.prepare(1, take_hold("a", 2)).verdict == prepared::granted);
  CHECK(sku.prepare(2, take_hold("b", 2)).verdict == prepared::waits);
  sku.abort(1);
  CHECK(sku.prepare(2, take_hold("b", 2)).verdict == prepared::granted);
  CHECK(sku.prepare(3, take_hold("c", 2)).verdict == prepared::waits);
  CHECK(sku.commit(2).decision.reason == refusal::none);
  const auto refused = sku.prepare(3, take_hold("c", 2));
  CHECK(refused.verdict == prepared::refused);
  CHECK(refused.reason == refusal::insufficient_stock);
}

TEST_CASE("a member that was decided before is prepared again and commits to its first outcome") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 3}));
  (void)sku.apply(take_hold("a", 3));
  CHECK(sku.prepare(1, take_hold("a", 3)).verdict == prepared::granted);
  const auto done = sku.commit(1);
  CHECK(done.decision.repeated);
  CHECK(done.decision.version == 2);
  CHECK(done.decision.facts.empty());
  CHECK(sku.prepare(2, take_hold("a", 2)).reason == refusal::key_reused);
}

TEST_CASE("a member whose hold has come past its time meanwhile is held all the same") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 3}));
  CHECK(sku.prepare(1, take_hold("a", 2)).verdict == prepared::granted);
  sku.wait(2h);
  const auto done = sku.commit(1);
  CHECK(done.decision.facts.front().kind == fact_kind::held);
  CHECK(sku.apply(make_command(expire_holds{})).expired.size() == 1);
  CHECK(sku.stock().available == 3);
}

TEST_CASE("a reservation that a fact has closed since its member was prepared is no reason to fail") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 3}));
  (void)sku.apply(take_hold("a", 2));
  (void)sku.apply(make_command(confirm{named("a")}));
  CHECK(sku.prepare(1, make_command(ship{named("a"), 2})).verdict == prepared::granted);
  (void)sku.apply(make_command(record_line{.line = named("a"), .cancelled = 2}));
  const auto done = sku.commit(1);
  CHECK(done.decision.reason == refusal::none);
  CHECK(done.decision.facts.empty());
  CHECK(sku.stock().available == 3);
}
