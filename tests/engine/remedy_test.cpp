#include "engine/remedy.hpp"
#include "tests/catch.hpp"
#include "tests/engine/lone_sku.hpp"

#include <sstream>

using namespace lockstep::test;

namespace {

constexpr location_id east{1};

struct shop {
  // An order that a marketplace reports, of an account.
  void sell(std::string_view line, quantity units, int account = 1, location_id from = main_location) {
    auto told =
        make_command(record_line{.line = named(line), .location = from, .ordered = units}, named(line));
    told.account = account_id{account};
    names.emplace_back(named(line), line);
    REQUIRE(sku.apply(told).decision.reason == refusal::none);
  }

  void expect(std::string_view name, quantity units, time_point due) {
    names.emplace_back(named(name), name);
    REQUIRE(sku.apply(make_command(expect_supply{.supply = named(name), .units = units, .due = due}))
                .decision.reason == refusal::none);
  }

  void receive_at(location_id where, quantity units) {
    REQUIRE(sku.apply(make_command(receive{.location = where, .units = units})).decision.reason ==
            refusal::none);
  }

  [[nodiscard]] std::string name_of(const uuid& id) const {
    for (const auto& [known, name] : names)
      if (known == id) return name;
    return "-";
  }

  // The remedies for the newest incident: "what units order [from>to | supply]".
  [[nodiscard]] std::string remedies(std::vector<substitute> substitutes = {}) const {
    REQUIRE_FALSE(sku.state().incidents.empty());
    // Cancelling on account 1 costs 10, on 2 it costs 20, and so on.
    const auto found = examine(
        sku.state(), sku.state().incidents.back(),
        [](account_id account) { return quantity{10} * static_cast<int>(account); }, substitutes);
    std::ostringstream text;
    for (const auto& each : found.remedies) {
      if (text.tellp() > 0) text << ", ";
      switch (each.what) {
      case remedy::kind::allocate:
        text << "allocate " << each.units << ' ' << name_of(each.reservation) << ' '
             << static_cast<int>(each.from) << '>' << static_cast<int>(each.to);
        break;
      case remedy::kind::inspect:
        text << "inspect " << each.units;
        if (!each.announced.is_nil()) text << ' ' << name_of(each.announced);
        break;
      case remedy::kind::wait:
        text << "wait " << each.units << ' ' << name_of(each.reservation) << ' ' << name_of(each.supply);
        break;
      case remedy::kind::substitute:
        text << "substitute " << each.units << ' ' << name_of(each.reservation) << " by "
             << static_cast<int>(each.instead);
        break;
      case remedy::kind::cancel: text << "cancel " << each.units << ' ' << name_of(each.reservation); break;
      }
    }
    return text.str();
  }

  lone_sku sku;
  std::vector<std::pair<uuid, std::string>> names;
};

} // namespace

TEST_CASE("the order whose cancellation costs least is given up first, among equals the newest") {
  shop here;
  here.receive_at(main_location, 1);
  here.sell("first", 1, 2);
  here.sell("second", 1, 1);
  here.sell("third", 1, 2);
  here.sell("fourth", 1, 1);
  // Three beyond stock, in an incident each; the last one asks for one cancellation.
  CHECK(here.sku.state().incidents.size() == 3);
  CHECK(here.remedies() == "cancel 1 fourth");
  here.sell("fifth", 2, 2);
  CHECK(here.remedies() == "cancel 1 fourth, cancel 1 second");
}

TEST_CASE("the oldest promise is served by stock and competes no more") {
  shop here;
  here.receive_at(main_location, 2);
  here.sell("old", 2, 1);
  here.sell("new", 3, 9);
  const auto found =
      examine(here.sku.state(), here.sku.state().incidents.back(), [](account_id) { return 0; });
  REQUIRE(found.claims.size() == 1);
  CHECK(found.claims[0].reservation == named("new"));
  CHECK(found.claims[0].account == account_id{9});
  CHECK(found.claims[0].units == 3);
  CHECK(found.claims[0].missing == 3);
  CHECK_FALSE(found.claims[0].due);
}

TEST_CASE("another warehouse comes first, then returned units, then supplies by date, then cancellations") {
  shop here;
  here.receive_at(east, 1);
  here.expect("later", 5, start_of_tests + 48h);
  here.expect("sooner", 1, start_of_tests + 24h);
  REQUIRE(here.sku.apply(make_command(take_return{.units = 2})).decision.reason == refusal::none);
  here.sell("a", 3);
  here.sell("b", 6);
  REQUIRE(here.sku.state().incidents.size() == 1);
  CHECK(here.sku.state().incidents.front().units == 2);
  CHECK(here.remedies() == "allocate 1 a 0>1, inspect 2, wait 1 a sooner, wait 1 a later, wait 4 b later, "
                           "cancel 2 b");
}

TEST_CASE("an order is served when the last supply it needs is due") {
  shop here;
  here.receive_at(main_location, 1);
  here.expect("later", 5, start_of_tests + 48h);
  here.expect("sooner", 1, start_of_tests + 24h);
  here.sell("a", 2);
  here.sell("b", 2);
  here.sell("c", 9);
  const auto found =
      examine(here.sku.state(), here.sku.state().incidents.back(), [](account_id) { return 0; });
  REQUIRE(found.claims.size() == 3);
  CHECK(found.claims[0].due == start_of_tests + 24h);
  CHECK(found.claims[1].due == start_of_tests + 48h);
  CHECK_FALSE(found.claims[2].due);
}

TEST_CASE("a warehouse gives away no unit twice") {
  shop here;
  here.receive_at(east, 3);
  here.sell("a", 2);
  here.sell("b", 2);
  // Four are promised from where nothing stands; three are free elsewhere.
  CHECK(here.remedies() == "allocate 2 a 0>1, allocate 1 b 0>1, cancel 1 b");
}

TEST_CASE(
    "a substitute with free units is proposed for the order that would be given up, before giving it up") {
  shop here;
  here.receive_at(main_location, 1);
  here.sell("dear", 1, 2);
  here.sell("cheap", 3, 1);
  CHECK(here.remedies({{sku_id{7}, 0}, {sku_id{8}, 2}, {sku_id{9}, 5}}) ==
        "substitute 2 cheap by 8, substitute 1 cheap by 9, cancel 3 cheap");
  CHECK(here.remedies({{sku_id{7}, -4}, {sku_id{8}, 1}}) == "substitute 1 cheap by 8, cancel 3 cheap");
}

TEST_CASE("two orders are not promised the same units of a substitute") {
  shop here;
  here.receive_at(main_location, 2);
  here.sell("first", 1);
  here.sell("second", 1);
  REQUIRE(here.sku.apply(make_command(count{.counted = 0})).decision.reason == refusal::none);
  CHECK(here.remedies({{sku_id{8}, 1}}) == "substitute 1 second by 8, cancel 1 second, cancel 1 first");
}

TEST_CASE("what waits in an announced return is to be inspected as its own") {
  shop here;
  here.sell("a", 9);
  here.names.emplace_back(named("back"), "back");
  for (const auto& told : {make_command(announce_return{.units = 3}, named("back")),
                           make_command(take_return{.units = 2, .announced = named("back")}),
                           make_command(take_return{.units = 1})})
    REQUIRE(here.sku.apply(told).decision.reason == refusal::none);
  CHECK(here.remedies() == "inspect 2 back, inspect 1, cancel 9 a");
}
