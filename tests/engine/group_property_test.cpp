#include "tests/catch.hpp"
#include "tests/engine/history.hpp"

#include <map>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::test;

namespace {

enum class group_event : int { prepare, commit, abort, request, sale };

struct group_step {
  group_event event{};
  int group = 0;
  int units = 1;
};

void showValue(const group_step& shown, std::ostream& out) {
  constexpr const char* names[] = {"prepare", "commit", "abort", "request", "sale"};
  out << '{' << names[static_cast<int>(shown.event)] << ' ' << shown.group << " units " << shown.units << '}';
}

rc::Gen<std::vector<group_step>> any_groups(group_event last) {
  const auto event = rc::gen::map(rc::gen::inRange(0, static_cast<int>(last) + 1),
                                  [](int number) { return static_cast<group_event>(number); });
  return rc::gen::container<std::vector<group_step>>(rc::gen::build<group_step>(
      rc::gen::set(&group_step::event, event), rc::gen::set(&group_step::group, rc::gen::inRange(0, 4)),
      rc::gen::set(&group_step::units, rc::gen::inRange(1, 5))));
}

// Drives one SKU with groups under way and counts what was promised beside it.
class group_drive {
 public:
  explicit group_drive(quantity stock) { (void)sku.apply(make_command(receive{.units = stock})); }

  void take(const group_step& step) {
    ++number_;
    const auto id = named("member " + std::to_string(number_));
    const auto holds =
        make_command(hold{.reservation = id, .units = step.units, .expires_at = sku.now + 1h}, id);
    switch (step.event) {
    case group_event::prepare: prepare(step, holds); break;
    case group_event::commit: commit(step.group); break;
    case group_event::abort: abort(step.group); break;
    case group_event::request:
      if (sku.apply(holds).decision.reason == refusal::none) promised += step.units;
      break;
    case group_event::sale:
      (void)sku.apply(make_command(record_line{.line = id, .ordered = step.units}));
      promised += step.units;
      break;
    }
  }

  void prepare(const group_step& step, const command& asked) {
    if (prepared_.contains(step.group)) return;
    const auto free = sku.stock().available - withheld();
    const auto result = sku.prepare(step.group, asked);
    RC_ASSERT((result.verdict == prepared::granted) == (step.units <= free));
    const bool fits_alone = step.units <= sku.stock().available;
    if (result.verdict == prepared::waits) RC_ASSERT(fits_alone);
    if (result.verdict == prepared::refused) RC_ASSERT(!fits_alone);
    if (result.verdict == prepared::granted) prepared_[step.group] = step.units;
  }

  void commit(int group) {
    if (!prepared_.contains(group)) return;
    const auto done = sku.commit(group);
    RC_ASSERT(done.decision.reason == refusal::none);
    RC_ASSERT(done.decision.facts.front().units == prepared_[group]);
    promised += prepared_[group];
    prepared_.erase(group);
  }

  void abort(int group) {
    sku.abort(group);
    prepared_.erase(group);
  }

  void abort_all() {
    for (int group = 0; group < 4; ++group)
      abort(group);
  }

  quantity withheld() const {
    quantity sum = 0;
    for (const auto& [group, units] : prepared_)
      sum += units;
    return sum;
  }

  lone_sku sku;
  quantity promised = 0;

 private:
  std::map<int, int> prepared_;
  int number_ = 0;
};

} // namespace

TEST_CASE("groups take what they prepared and nothing else, and never oversell among requests") {
  CHECK(rc::check([] {
    group_drive drive{20};
    for (const auto& step : *any_groups(group_event::request)) {
      drive.take(step);
      RC_ASSERT(drive.sku.stock().reserved == drive.promised);
      RC_ASSERT(drive.sku.stock().available >= drive.withheld());
      RC_ASSERT(drive.sku.owner.has_prepared() == (drive.withheld() > 0));
    }
  }));
}

TEST_CASE("a prepared member is granted though sales took its units, and an incident tells") {
  CHECK(rc::check([] {
    group_drive drive{10};
    for (const auto& step : *any_groups(group_event::sale)) {
      drive.take(step);
      const auto stock = drive.sku.stock();
      RC_ASSERT(stock.reserved == drive.promised);
      RC_ASSERT(stock.total == 10);
      RC_ASSERT(drive.sku.state().incident_units == stock.oversold);
    }
  }));
}

TEST_CASE("what groups set aside is free again when they end") {
  CHECK(rc::check([] {
    group_drive drive{20};
    for (const auto& step : *any_groups(group_event::request))
      drive.take(step);
    drive.abort_all();
    RC_ASSERT(!drive.sku.owner.has_prepared());
    const auto left = drive.sku.stock().available;
    RC_PRE(left > 0);
    const auto all =
        make_command(hold{.reservation = named("all"), .units = left, .expires_at = drive.sku.now + 1h});
    RC_ASSERT(drive.sku.apply(all).decision.reason == refusal::none);
    RC_ASSERT(drive.sku.stock().available == 0);
  }));
}

TEST_CASE("groups leave nothing behind in the facts but what they committed") {
  CHECK(rc::check([] {
    group_drive drive{20};
    for (const auto& step : *any_groups(group_event::sale))
      drive.take(step);
    RC_ASSERT(same(fold(blank_state(), drive.sku.stored), drive.sku.state()));
  }));
}
