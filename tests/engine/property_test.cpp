#include "engine/codec.hpp"
#include "tests/catch.hpp"
#include "tests/engine/history.hpp"
#include "tests/engine/naive_sku.hpp"

#include <algorithm>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

// What each kind of fact may do to total; everything else leaves it alone.
quantity total_change(const fact& happened) {
  switch (happened.kind) {
  case fact_kind::received:
  case fact_kind::adjusted:
  case fact_kind::counted:
  case fact_kind::restocked: return happened.units;
  case fact_kind::shipped: return -happened.units;
  default: return 0;
  }
}

quantity inspecting_change(const fact& happened) {
  if (happened.kind == fact_kind::returned) return happened.units;
  if (happened.kind == fact_kind::restocked || happened.kind == fact_kind::scrapped) return -happened.units;
  return 0;
}

quantity promised(const sku_state& state) {
  quantity sum = 0;
  for (const auto& [id, kept] : state.reservations)
    sum += kept.open();
  return sum;
}

void assert_agrees(const lone_sku& sku, const naive_sku& model) {
  const auto stock = sku.stock();
  RC_ASSERT(stock.on_hand == model.on_hand());
  RC_ASSERT(stock.reserved == model.reserved());
  RC_ASSERT(stock.available == model.available());
  RC_ASSERT(stock.oversold == model.oversold());
  RC_ASSERT(stock.inspecting == model.inspecting());
}

} // namespace

TEST_CASE("the engine and the naive model grant, refuse and count the same") {
  CHECK(rc::check([] {
    const auto history = *any_history();
    lone_sku sku;
    naive_sku model;
    for (std::size_t i = 0; i < history.size(); ++i) {
      sku.wait(std::chrono::minutes{history[i].minutes});
      const auto asked = to_command(history[i], sku.now, i);
      const bool granted = sku.apply(asked).decision.reason == refusal::none;
      RC_ASSERT(granted == model.tell(asked, sku.now));
      assert_agrees(sku, model);
    }
  }));
}

TEST_CASE(
    "total changes by receipts, corrections, shipments and inspections only, reserved is what is open") {
  CHECK(rc::check([] {
    const auto sku = told(*any_history());
    quantity total = 0;
    quantity inspecting = 0;
    for (const auto& happened : sku.stored) {
      total += total_change(happened);
      inspecting += inspecting_change(happened);
    }
    RC_ASSERT(sku.stock().total == total);
    RC_ASSERT(sku.stock().inspecting == inspecting);
    RC_ASSERT(sku.stock().reserved == promised(sku.state()));
  }));
}

TEST_CASE("facts carry versions without a gap, times that never go back, and the number after them") {
  CHECK(rc::check([] {
    const auto sku = told(*any_history());
    auto state = blank_state();
    for (const auto& happened : sku.stored) {
      RC_ASSERT(happened.version == state.version + 1);
      RC_ASSERT(happened.at >= state.last_at);
      evolve(state, happened);
      RC_ASSERT(happened.available == figures_of(state).available);
    }
  }));
}

TEST_CASE("a movement told again changes nothing and gets its first outcome") {
  CHECK(rc::check([] {
    const auto history = *any_history();
    lone_sku sku;
    std::vector<std::pair<command, decision>> outcomes;
    for (std::size_t i = 0; i < history.size(); ++i) {
      const auto asked = to_command(history[i], sku.now, i);
      const auto done = sku.apply(asked);
      if (done.decision.reason == refusal::none && !done.decision.facts.empty()) {
        outcomes.emplace_back(asked, done.decision);
      }
    }
    const auto before = sku.state();
    for (const auto& [asked, first] : outcomes) {
      const bool is_cumulative_request =
          std::holds_alternative<record_line>(asked.body) && asked.key.is_nil() && is_request(asked);
      if (is_cumulative_request) continue; // has no key here: judged again, and may no longer fit
      const auto again = sku.apply(asked).decision;
      RC_ASSERT(again.reason == refusal::none);
      RC_ASSERT(again.facts.empty());
      RC_ASSERT(again.repeated == !asked.key.is_nil());
      if (!again.repeated) continue;
      RC_ASSERT(again.version == first.version);
      RC_ASSERT(again.available == first.facts.front().available);
      RC_ASSERT(again.reservation == first.reservation);
    }
    RC_ASSERT(same(before, sku.state()));
  }));
}

TEST_CASE("facts lead to the same state again, from nothing or from any snapshot") {
  CHECK(rc::check([] {
    const auto history = *any_history();
    const auto cut = *rc::gen::inRange<std::size_t>(0, history.size() + 1);
    lone_sku sku;
    std::string snapshot;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (i == cut) snapshot = encode_snapshot(sku.state());
      sku.wait(std::chrono::hours{history[i].minutes * 10}); // days pass, so that closed lines are forgotten
      (void)sku.apply(to_command(history[i], sku.now, i));
    }
    RC_ASSERT(same(fold(blank_state(), sku.stored), sku.state()));
    if (snapshot.empty()) return;
    auto restored = decode_snapshot(snapshot, sku.retention);
    RC_ASSERT(restored.has_value());
    const auto recovered = fold(*std::move(restored), sku.stored);
    RC_ASSERT(same(recovered, sku.state()));
    RC_ASSERT(encode_snapshot(recovered) == encode_snapshot(sku.state()));
    RC_ASSERT(next_expiry(recovered) == next_expiry(sku.state()));
    RC_ASSERT(recovered.open_reservations == sku.state().open_reservations);
    RC_ASSERT(recovered.incident_units == sku.state().incident_units);
  }));
}

TEST_CASE("a request never takes available below zero") {
  CHECK(rc::check([] {
    const auto history = *any_history();
    lone_sku sku;
    for (std::size_t i = 0; i < history.size(); ++i) {
      sku.wait(std::chrono::minutes{history[i].minutes});
      const auto asked = to_command(history[i], sku.now, i);
      (void)sku.apply(make_command(expire_holds{}));
      const auto before = sku.stock().available;
      (void)sku.apply(asked);
      const auto after = sku.stock().available;
      if (is_request(asked)) RC_ASSERT(after >= 0 || after >= before);
    }
  }));
}

TEST_CASE("the last unit goes once, whoever asks in whatever order") {
  CHECK(rc::check([] {
    const auto stock = *rc::gen::inRange<quantity>(1, 20);
    const auto asked = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 4));
    lone_sku sku;
    (void)sku.apply(make_command(receive{.units = stock}));
    quantity granted = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto id = named("buyer " + std::to_string(i));
      const auto asks =
          i % 2 == 0
              ? make_command(hold{.reservation = id, .units = asked[i], .expires_at = sku.now + 1h}, id)
              : make_command(record_line{.line = id, .mode = line_mode::request, .ordered = asked[i]}, id);
      const bool fits = granted + asked[i] <= stock;
      RC_ASSERT((sku.apply(asks).decision.reason == refusal::none) == fits);
      if (fits) granted += asked[i];
      RC_ASSERT(sku.stock().available == stock - granted);
    }
  }));
}

TEST_CASE("what is oversold is in open incidents, and incidents end with it") {
  CHECK(rc::check([] {
    const auto history = *any_history();
    lone_sku sku;
    for (std::size_t i = 0; i < history.size(); ++i) {
      sku.wait(std::chrono::minutes{history[i].minutes});
      (void)sku.apply(to_command(history[i], sku.now, i));
      quantity units = 0;
      for (const auto& open : sku.state().incidents)
        if (open.is_shortage()) units += open.units;
      RC_ASSERT(units == sku.state().incident_units);
      RC_ASSERT(units >= sku.stock().oversold);
      if (sku.stock().oversold == 0) RC_ASSERT(sku.state().incidents.empty());
    }
  }));
}

TEST_CASE("the next expiry is that of the earliest hold, and no hold outlives it") {
  CHECK(rc::check([] {
    const auto history = *any_history();
    lone_sku sku;
    for (std::size_t i = 0; i < history.size(); ++i) {
      sku.wait(std::chrono::minutes{history[i].minutes});
      (void)sku.apply(to_command(history[i], sku.now, i));
      std::optional<time_point> earliest;
      for (const auto& [id, kept] : sku.state().reservations) {
        if (kept.state != reservation::kind::hold) continue;
        RC_ASSERT(kept.expires_at > sku.now);
        earliest = std::min(earliest.value_or(kept.expires_at), kept.expires_at);
      }
      RC_ASSERT(next_expiry(sku.state()) == earliest);
    }
  }));
}
