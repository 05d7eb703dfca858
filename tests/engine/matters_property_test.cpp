// Generated histories over every kind of fact.
#include "engine/codec.hpp"
#include "tests/catch.hpp"
#include "tests/engine/history.hpp"

#include <map>

using namespace lockstep;
using namespace lockstep::test;

namespace {

// What each kind of fact may do to on-hand of its location.
quantity on_hand_change(const fact& happened) {
  switch (happened.kind) {
  case fact_kind::received:
  case fact_kind::adjusted:
  case fact_kind::counted:
  case fact_kind::restocked:
  case fact_kind::arrived: return happened.units;
  case fact_kind::shipped:
  case fact_kind::sent: return -happened.units;
  default: return 0;
  }
}

quantity in_transit_change(const fact& happened) {
  switch (happened.kind) {
  case fact_kind::sent: return happened.units;
  case fact_kind::arrived:
  case fact_kind::lost: return -happened.units;
  default: return 0;
  }
}

std::map<location_id, quantity> promised_by_location(const sku_state& state) {
  std::map<location_id, quantity> sums;
  for (const auto& [id, kept] : state.reservations)
    sums[kept.location] += kept.open();
  for (const auto& each : state.splits) {
    sums[each.location] += each.units;
    sums[state.reservations.at(each.reservation).location] -= each.units;
  }
  return sums;
}

// Tells the history and calls `check` after each step.
template <class Check>
void tell(const std::vector<step>& history, Check check) {
  lone_sku sku;
  sku.sourcing.may_split = true;
  for (std::size_t i = 0; i < history.size(); ++i) {
    sku.wait(std::chrono::minutes{history[i].minutes});
    const auto asked = to_command(history[i], sku.now, i);
    check(sku, asked, sku.apply(asked));
  }
}

} // namespace

TEST_CASE("units are conserved at every location and on every way") {
  CHECK(rc::check([] {
    const auto sku = told(*any_wide_history());
    std::map<location_id, quantity> on_hand;
    quantity in_transit = 0;
    for (const auto& happened : sku.stored) {
      on_hand[happened.location] += on_hand_change(happened);
      in_transit += in_transit_change(happened);
      RC_ASSERT(in_transit >= 0);
    }
    for (const auto& place : sku.state().stock)
      RC_ASSERT(place.on_hand == on_hand[place.location]);
    RC_ASSERT(sku.stock().in_transit == in_transit);
    RC_ASSERT(sku.stock().total == sku.stock().on_hand + in_transit);
  }));
}

TEST_CASE("what is promised from a location is what its promises have open there") {
  CHECK(rc::check([] {
    tell(*any_wide_history(), [](const lone_sku& sku, const command&, const applied&) {
      auto promised = promised_by_location(sku.state());
      for (const auto& place : sku.state().stock)
        RC_ASSERT(place.reserved == promised[place.location]);
      for (const auto& each : sku.state().splits)
        RC_ASSERT(each.units > 0);
    });
  }));
}

TEST_CASE("facts of every kind lead to the same state again, from nothing or from any snapshot") {
  CHECK(rc::check([] {
    const auto history = *any_wide_history();
    const auto sku = told(history);
    RC_ASSERT(same(fold(blank_state(), sku.stored), sku.state()));
    const auto cut = *rc::gen::inRange<std::size_t>(0, sku.stored.size() + 1);
    const std::vector<fact> earlier{sku.stored.begin(), sku.stored.begin() + static_cast<std::ptrdiff_t>(cut)};
    const auto bytes = encode_snapshot(fold(blank_state(), earlier));
    auto decoded = decode_snapshot(bytes, limits::key_retention_default);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(encode_snapshot(*decoded) == bytes);
    RC_ASSERT(same(fold(*std::move(decoded), sku.stored), sku.state()));
  }));
}

TEST_CASE("no request promises beyond what there is and will be") {
  CHECK(rc::check([] {
    tell(*any_wide_history(), [](const lone_sku& sku, const command& asked, const applied& done) {
      if (!is_request(asked) || done.decision.taken <= 0 || done.decision.reason != refusal::none) return;
      const auto stock = sku.stock();
      RC_ASSERT(stock.available + stock.incoming >= 0);
    });
  }));
}

TEST_CASE("a shortage is in open incidents, and they end with it, whatever made it") {
  CHECK(rc::check([] {
    tell(*any_wide_history(), [](const lone_sku& sku, const command&, const applied&) {
      quantity units = 0;
      for (const auto& open : sku.state().incidents)
        if (open.is_shortage()) units += open.units;
      RC_ASSERT(units == sku.state().incident_units);
      RC_ASSERT(units >= sku.stock().oversold);
      if (sku.stock().oversold == 0) RC_ASSERT(units == 0);
    });
  }));
}

TEST_CASE("a transfer that is recalled, a supply that is cancelled and a hold that is released leave no trace") {
  CHECK(rc::check([] {
    auto sku = told(*any_wide_history());
    const auto before = sku.stock();
    const auto units = *rc::gen::inRange<quantity>(1, 9);
    const auto at = [](int number) { return static_cast<location_id>(number); };
    (void)sku.apply(make_command(send_transfer{named("undo"), at(0), at(1), units, line_mode::fact, {}}));
    (void)sku.apply(make_command(cancel_transfer{named("undo"), {}}));
    (void)sku.apply(make_command(expect_supply{named("undo"), at(2), units, sku.now + 1h, {}}));
    (void)sku.apply(make_command(cancel_supply{named("undo"), {}}));
    (void)sku.apply(make_command(hold{named("undo"), anywhere, 1, sku.now + 1h, false}));
    (void)sku.apply(make_command(release{named("undo")}));
    auto after = sku.stock();
    after.version = before.version;
    RC_ASSERT(after == before);
  }));
}

TEST_CASE("every movement of the wider kinds told again gets its first outcome") {
  CHECK(rc::check([] {
    tell(*any_wide_history(), [](lone_sku& sku, const command& asked, const applied& first) {
      if (asked.key.is_nil() || first.decision.facts.empty()) return;
      const auto again = sku.apply(asked);
      RC_ASSERT(again.decision.repeated);
      RC_ASSERT(again.decision.version == first.decision.version);
      RC_ASSERT(again.decision.facts.empty());
    });
  }));
}
