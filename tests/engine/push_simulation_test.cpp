// One account against a model of the world (push_world.hpp): random histories, faults, then calm. A failing
// case prints rapidcheck's seed and the story; RC_PARAMS="seed=..." repeats it.
#include "tests/engine/push_world.hpp"

#include "tests/catch.hpp"

#include <rapidcheck.h>

#include <ostream>

using namespace lockstep;
using namespace lockstep::tests;

namespace {

enum class deed { sell_here, sell_elsewhere, receive, restock, edit, sweep, crash, wait };

struct step {
  deed what{};
  std::size_t sku = 0;
  engine::quantity units = 0;
  std::int64_t wait_ms = 0;
};

std::ostream& operator<<(std::ostream& out, const step& s) {
  constexpr const char* names[] = {"sell_here", "sell_elsewhere", "receive", "restock",
                                   "edit",      "sweep",          "crash",   "wait"};
  return out << names[static_cast<int>(s.what)] << "(" << s.sku << ", " << s.units << ") +" << s.wait_ms
             << "ms";
}

rc::Gen<step> steps(std::vector<deed> deeds) {
  return rc::gen::build<step>(
      rc::gen::set(&step::what, rc::gen::elementOf(std::move(deeds))),
      rc::gen::set(&step::sku, rc::gen::inRange<std::size_t>(0, 4)),
      rc::gen::set(&step::units, rc::gen::inRange<engine::quantity>(1, 6)),
      rc::gen::set(&step::wait_ms, rc::gen::element<std::int64_t>(0, 0, 50, 300, 2'000, 20'000)));
}

void act(push_world& world, const step& s) {
  switch (s.what) {
  case deed::sell_here: world.sell_here(s.sku, s.units); break;
  case deed::sell_elsewhere: world.sell_elsewhere(s.sku, s.units); break;
  case deed::receive: world.receive(s.sku, s.units * 3); break;
  case deed::restock: world.restock_here(s.sku); break;
  case deed::edit: world.edit_by_hand(s.sku, s.units * 4); break;
  case deed::sweep: world.sweep(); break;
  case deed::crash: world.crash(); break;
  case deed::wait: world.pass(30s); break;
  }
  world.pass(std::chrono::milliseconds{s.wait_ms});
}

const std::vector<deed> trade{deed::sell_here,      deed::sell_here, deed::sell_elsewhere,
                              deed::sell_elsewhere, deed::receive,   deed::wait};

std::vector<deed> with(std::vector<deed> deeds, std::initializer_list<deed> more) {
  deeds.insert(deeds.end(), more);
  return deeds;
}

// Each kind of fault is on or off for a whole run.
world_faults some_faults() {
  const auto share = [] { return *rc::gen::element(0.0, 0.0, 0.1, 0.4); };
  return {share(), share(), share(), share(), share(), share()};
}

// With edits by hand the end is swept, so half of the runs have none.
std::vector<deed> some_deeds() {
  const auto deeds = with(trade, {deed::restock, deed::crash, deed::sweep});
  return *rc::gen::arbitrary<bool>() ? with(deeds, {deed::edit}) : deeds;
}

// Calm lasts longer than a lost answer, its settling and the poll for what it hid; and, after an edit by
// hand, than a sweep and the check of what it saw.
void check_convergence(push_world::options options, const std::vector<deed>& deeds) {
  options.seed = *rc::gen::arbitrary<std::uint64_t>();
  options.opening = *rc::gen::element<engine::quantity>(20, 5); // many, or soon none
  push_world world{options};
  const auto story = *rc::gen::container<std::vector<step>>(steps(deeds));
  for (const auto& s : story)
    act(world, s);
  world.calm(12min);
  const auto left = world.disagreement();
  if (!left.empty()) RC_FAIL(left);
}

} // namespace

TEST_CASE("simulation: with compare-and-set no write offers units that the shop has sold unseen") {
  CHECK(rc::check([] {
    push_world::options options;
    options.checks_unseen = true;
    options.faults.order_untold = *rc::gen::element(0.0, 0.3);
    options.faults.write_refused = *rc::gen::element(0.0, 0.3);
    options.faults.read_failed = *rc::gen::element(0.0, 0.3);
    check_convergence(options, with(trade, {deed::restock}));
  }));
}

TEST_CASE("simulation: with compare-and-set every listing shows the truth soon after the faults end") {
  CHECK(rc::check([] {
    push_world::options options;
    options.faults = some_faults();
    check_convergence(options, some_deeds());
  }));
}

TEST_CASE("simulation: without compare-and-set every listing shows the truth soon after the faults end") {
  CHECK(rc::check([] {
    push_world::options options;
    options.compare_and_set = false;
    options.faults = some_faults();
    check_convergence(options, some_deeds());
  }));
}

TEST_CASE("simulation: a channel that takes one row a call shows the truth as well") {
  CHECK(rc::check([] {
    push_world::options options;
    options.rows_per_write = 1;
    options.compare_and_set = *rc::gen::arbitrary<bool>();
    options.faults = some_faults();
    check_convergence(options, with(trade, {deed::crash}));
  }));
}

TEST_CASE(
    "simulation: a start after a crash asks for the numbers that changed, and writes only what is behind") {
  push_world world{{}};
  world.receive(0, 5);
  world.sell_elsewhere(1, 2);
  world.calm(10min);
  world.record();
  REQUIRE(world.disagreement().empty());
  const auto before = world.announced();
  SECTION("nothing happened since") {
    world.crash();
    CHECK(world.announced() - before == 2); // those of the very time of the last fact
    const auto writes = world.writes();
    world.calm(10min);
    CHECK(world.writes() == writes);
  }
  SECTION("one SKU changed, and the crash came before its push") {
    world.sell_elsewhere(3, 1);
    world.pass(1ms);
    const auto writes = world.writes();
    world.crash();
    CHECK(world.announced() - before == 2 + 1);
    world.calm(10min);
    CHECK(world.writes() > writes);
  }
  SECTION("the shop's own number was changed by hand") {
    world.record();
    world.crash();
    world.edit_by_hand(2, 3);
  }
  world.calm(10min);
  CHECK(world.disagreement().empty());
}

TEST_CASE("simulation: a start relies on no row that is not settled, though its fact is before the cursor") {
  push_world::options options;
  options.faults.request_lost = 1;
  push_world world{options};
  world.pass(1min);
  world.sell_elsewhere(3, 1); // written at once, the answer lost
  world.pass(31s);
  world.sell_here(1, 1); // its own sale costs no write, and takes the cursor along
  world.pass(10s);
  world.record();
  const auto before = world.announced();
  world.crash();
  CHECK(world.announced() - before == 2); // the one in doubt, and the one at the cursor
  world.calm(10min);
  CHECK(world.disagreement().empty());
}

TEST_CASE("simulation: a storm of a thousand sales elsewhere makes no backlog and costs few writes") {
  push_world world{{}};
  world.pass(1min);
  world.receive(3, 2'000);
  world.pass(1min);
  const auto before = world.writes();
  for (int i = 0; i < 1'000; ++i) {
    world.sell_elsewhere(3, 1);
    CHECK(world.push().pending() <= 1);
  }
  CHECK(world.writes() - before == 1); // the first is in flight, the rest is one pending value
  world.pass(10s);
  CHECK(world.writes() - before == 2);
  CHECK(world.disagreement().empty());
}
