// What text cannot say of decide and evolve: members of facts, calls without an owner, the cost of many
// holds.
#include "engine/decide.hpp"
#include "tests/catch.hpp"
#include "tests/engine/lone_sku.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace lockstep::test;
namespace engine = lockstep::engine;
namespace limits = lockstep::limits;

namespace {

command take_hold(std::string_view name, quantity units, time_point expires_at) {
  return make_command(hold{.reservation = named(name), .units = units, .expires_at = expires_at},
                      named(name));
}

} // namespace

TEST_CASE("a fact carries who, when, why and under which key") {
  lone_sku sku;
  sku.wait(5min);
  auto asked =
      make_command(receive{.location = location_id{3}, .units = 4, .note = "delivery 7"}, named("key"));
  asked.reference = "document 12";
  const auto happened = sku.apply(asked).decision.facts.front();
  CHECK(happened.version == 1);
  CHECK(happened.at == start_of_tests + 5min);
  CHECK(happened.kind == fact_kind::received);
  CHECK(happened.location == location_id{3});
  CHECK(happened.account == account_id{1});
  CHECK(happened.units == 4);
  CHECK(happened.available == 4);
  CHECK(happened.key == named("key"));
  CHECK(happened.content == asked.content);
  CHECK(happened.reference == "document 12");
  CHECK(happened.note == "delivery 7");
}

TEST_CASE("what has happened is recorded beyond the limits of stock, what is asked is refused") {
  auto state = blank_state();
  state.stock.push_back({lockstep::engine::main_location, -limits::stock_max, 0});
  state.inspecting = limits::stock_max;
  const auto told = [&](command_body body) {
    return decide(state, make_command(std::move(body)), {.now = start_of_tests}).reason;
  };
  CHECK(told(record_line{.line = named("o1"), .ordered = 1, .shipped = 1}) == refusal::none);
  CHECK(told(take_return{.units = 1}) == refusal::none);
  CHECK(told(receive{.units = 1}) == refusal::none);
  state.stock.front().on_hand = limits::stock_max;
  CHECK(told(receive{.units = 1}) == refusal::stock_limit);
}

TEST_CASE("only the first fact of a decision carries its key, all carry its reference") {
  lone_sku sku;
  const auto done =
      sku.apply(make_command(record_line{.line = named("o1"), .ordered = 3, .cancelled = 1}, named("k")));
  REQUIRE(done.decision.facts.size() == 3);
  CHECK(done.decision.version == 1);
  CHECK(done.decision.reservation == named("o1"));
  CHECK(done.decision.facts[0].key == named("k"));
  CHECK(done.decision.facts[1].key.is_nil());
  CHECK(done.decision.facts[1].value == 1);
  CHECK(done.decision.facts[2].kind == fact_kind::oversold);
  CHECK(done.decision.facts[2].reference == "order 1001");
  CHECK(done.decision.facts[0].available == -3);
  CHECK(done.decision.facts[2].available == -2);
  CHECK(done.figures.available == -2);
}

TEST_CASE("of a return that an older program inspected as nobody's, no more is inspected than waits") {
  lone_sku sku;
  sku.apply(make_command(announce_return{.units = 2}, named("back")));
  sku.apply(make_command(take_return{.units = 2, .announced = named("back")}));
  // As it was decided when units of announced returns could be inspected without their id.
  auto older = sku.state();
  fact restocked{.version = older.version + 1, .at = sku.now, .kind = fact_kind::restocked, .units = 2};
  evolve(older, restocked);
  REQUIRE(older.inspecting == 0);
  const auto asked = make_command(inspect_return{.sellable = 2, .announced = named("back")}, named("again"));
  CHECK(decide(older, asked, {.now = sku.now}).reason == refusal::below_zero);
}

TEST_CASE("an incident is an object with its order") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 1}));
  sku.wait(1min);
  (void)sku.apply(make_command(record_line{.line = named("o1"), .ordered = 3}));
  REQUIRE(sku.state().incidents.size() == 1);
  const auto open = sku.state().incidents.front();
  CHECK(open.opened == 3);
  CHECK(open.line == named("o1"));
  CHECK(open.units == 2);
  CHECK(open.since == start_of_tests + 1min);
  const auto resolved = sku.apply(make_command(receive{.units = 2})).decision.facts.back();
  CHECK(resolved.kind == fact_kind::resolved);
  CHECK(resolved.value == 3);
  CHECK(resolved.reservation == named("o1"));
  CHECK(resolved.note == "covered");
}

TEST_CASE("decide looks and never touches, and treats a hold past its time as ended") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 5}));
  (void)sku.apply(take_hold("h1", 2, sku.now + 10min));
  const auto before = sku.state();
  const circumstances late{.now = sku.now + 10min};
  CHECK(decide(before, make_command(confirm{named("h1")}), late).reason == refusal::reservation_closed);
  CHECK(decide(before, make_command(release{named("h1")}), late).reason == refusal::reservation_closed);
  CHECK(expire_due(before, late.now).size() == 1);
  CHECK(expire_due(before, late.now - 1us).empty());
  CHECK(same(before, sku.state()));
}

TEST_CASE("units that groups have prepared are not there for requests") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 5}));
  const circumstances around{.now = sku.now, .withheld = 3};
  CHECK(decide(sku.state(), take_hold("h", 3, sku.now + 1h), around).reason == refusal::insufficient_stock);
  const auto granted = decide(sku.state(), take_hold("h", 2, sku.now + 1h), around);
  CHECK(granted.reason == refusal::none);
  CHECK(granted.taken == 2);
}

TEST_CASE("a text that a store could not hold is refused") {
  lone_sku sku;
  const auto refused = [&](command asked) {
    return sku.apply(asked).decision.reason == refusal::invalid_text;
  };

  auto asked = make_command(receive{.units = 1});
  CHECK_FALSE(refused(asked));
  asked.reference = std::string(limits::reference_bytes_max, 'x');
  CHECK_FALSE(refused(asked));
  asked.reference += 'x';
  CHECK(refused(asked));
  asked.reference = std::string{"order\0", 6};
  CHECK(refused(asked));
  asked.reference = std::string(1, '\xff');
  CHECK(refused(asked));
  CHECK(refused(make_command(receive{.units = 1, .note = std::string(limits::note_bytes_max + 1, 'x')})));
  for (const auto& body : std::vector<command_body>{
           engine::count{}, adjust{.change = 1, .reason = "r"}, set_safety{}, confirm{}, release{},
           ship{.shipped = 1}, hold{.reservation = named("h"), .units = 1, .expires_at = sku.now + 1h},
           record_line{.ordered = 1}, take_return{.units = 1}, inspect_return{.sellable = 1},
           resolve_incident{}}) {
    asked = make_command(body);
    asked.reference = std::string(1, '\xff');
    INFO(body.index());
    CHECK(refused(asked));
  }
}

TEST_CASE("requests are told from facts") {
  const auto asks = [](command_body body) { return is_request(make_command(std::move(body))); };

  for (const bool request : {asks(hold{}), asks(confirm{}), asks(release{}), asks(ship{}), asks(adjust{}),
                             asks(inspect_return{}), asks(record_line{.mode = line_mode::request})}) {
    CHECK(request);
  }
  for (const bool request :
       {asks(receive{}), asks(engine::count{}), asks(set_safety{}), asks(record_line{}), asks(take_return{}),
        asks(resolve_incident{}), asks(expire_holds{}), asks(read_stock{})}) {
    CHECK_FALSE(request);
  }
}

TEST_CASE("the heap of expiries does not grow with holds that have ended") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 10}));
  (void)sku.apply(take_hold("first", 1, sku.now + 1min)); // stays at the top, so that the others are buried
  for (int i = 0; i < 20'000; ++i) {
    const auto name = std::to_string(i);
    (void)sku.apply(take_hold(name, 1, sku.now + 15min));
    (void)sku.apply(make_command(release{named(name)}));
    REQUIRE(sku.state().expiries.size() <= 100);
  }
  CHECK(sku.state().open_reservations == 1);
  sku.wait(1h);
  CHECK(sku.apply(make_command(expire_holds{})).expired.size() == 1);
  CHECK_FALSE(next_expiry(sku.state()).has_value());
}

TEST_CASE("holds that stay keep their expiry while others come and go") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 1'000}));
  for (int i = 0; i < 100; ++i) {
    (void)sku.apply(take_hold(std::to_string(i), 1, sku.now + std::chrono::minutes{1 + i * 37 % 100}));
  }
  for (int i = 0; i < 2'000; ++i) {
    const auto passing = std::to_string(1'000 + i);
    (void)sku.apply(take_hold(passing, 1, sku.now + std::chrono::seconds{1 + i * 77 % 5'000}));
    (void)sku.apply(make_command(release{named(passing)}));
  }
  for (int minute = 1; minute <= 100; ++minute) {
    REQUIRE(next_expiry(sku.state()) == sku.now + 1min);
    sku.wait(1min);
    REQUIRE(sku.apply(make_command(read_stock{})).expired.size() == 1);
  }
}

TEST_CASE("many holds expire in the order of their times") {
  lone_sku sku;
  (void)sku.apply(make_command(receive{.units = 1'000}));
  for (int i = 0; i < 1'000; ++i) {
    (void)sku.apply(take_hold(std::to_string(i), 1, sku.now + std::chrono::seconds{1 + i * 7 % 1'000}));
  }
  const auto expiry_of = [before = sku.state()](const fact& ended) {
    return before.reservations.at(ended.reservation).expires_at;
  };
  sku.wait(500s);
  const auto expired = sku.apply(make_command(read_stock{})).expired;
  CHECK(expired.size() == 500);
  CHECK(std::ranges::is_sorted(expired, {}, expiry_of));
  sku.wait(500s);
  CHECK(sku.apply(make_command(read_stock{})).expired.size() == 500);
  CHECK(sku.stock().available == 1'000);
}
