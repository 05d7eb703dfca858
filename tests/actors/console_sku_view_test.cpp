// What the console shows of one SKU, of a bundle, and of a channel's rules.
#include "actors/console_view.hpp"
#include "tests/actors/commands.hpp"
#include "tests/catch.hpp"

#include <boost/uuid/uuid_io.hpp>

using namespace lockstep;
using namespace lockstep::tests;
using namespace std::chrono_literals;
using engine::account_id;
using engine::location_id;
using engine::sku_id;

namespace {

const actors::console_names some_names{
    [](sku_id sku) { return sku == sku_id{1} ? std::string{"MUG"} : std::string{}; },
    [](account_id account) { return account == shop ? std::string{"eu"} : std::string{}; },
    [](location_id location) { return std::string{location == location_id{1} ? "east" : "main"}; }};

constexpr engine::time_point noon{1'700'000'000s};

// "A 1 b", whatever is between the words.
std::string with_single_blanks(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  return out;
}

bool shows(const std::string& screen, std::string_view line) {
  return with_single_blanks(screen).find(line) != std::string::npos;
}

actors::answer told_of(engine::sku_state state) {
  actors::answer given;
  given.figures = engine::figures_of(state);
  given.detail = std::make_shared<const engine::sku_state>(std::move(state));
  return given;
}

} // namespace

TEST_CASE("a SKU's screen shows all that is on its way, kept or wrong, under the warehouses' codes") {
  engine::sku_state state;
  state.stock = {{engine::main_location, 9, 4, {}}, {location_id{1}, 2, 0, {}}};
  state.transfers = {{key_of("t"), engine::main_location, location_id{1}, 3, 5}};
  state.supplies = {{key_of("s"), location_id{1}, 40, 15, noon, true, 6}};
  state.returns = {{key_of("r"), {}, engine::main_location, shop, 3, 2, 1, 7}};
  state.fences = {{shop, 8, 3}};
  state.incidents = {{11, key_of("s"), 25, noon, engine::incident::kind::supply_late, {}}};
  const auto line = key_of("line");
  state.reservations[line] = {
      .state = engine::reservation::kind::order_line, .account = shop, .ordered = 20, .opened = 2};
  state.safety = {engine::safety_rule::kind::dynamic, 6};
  const auto screen = actors::stock_view("MUG", told_of(state), some_names);
  INFO(screen);
  CHECK(shows(screen, "east 2 0\n"));
  CHECK(shows(screen, to_string(key_of("t")) + " main east 3\n"));
  CHECK(shows(screen, to_string(key_of("s")) + " east 40 15 2023-11-14 22:13:20, late\n"));
  CHECK(shows(screen, to_string(key_of("r")) + " main 3 2 1\n"));
  CHECK(shows(screen, "eu 8 5\n"));
  CHECK(shows(screen, "11 supply late 25 2023-11-14 22:13:20 " + to_string(key_of("s"))));
  CHECK(shows(screen, to_string(line) + " eu 9\n")); // of 20, stock covers 11
  CHECK(shows(screen, "safety rule dynamic, now 6\n"));
}

TEST_CASE("a screen of a SKU with nothing on its way has no empty tables, and long lists are cut") {
  CHECK_FALSE(shows(actors::stock_view("MUG", told_of({}), some_names), "TRANSFER"));
  engine::sku_state state;
  for (int i = 0; i < 12; ++i)
    state.transfers.push_back({key_of(numbered("t", i)), engine::main_location, location_id{1}, 1, 1});
  const auto screen = actors::stock_view("MUG", told_of(state), some_names);
  CHECK(shows(screen, "and 2 more\n"));
}

TEST_CASE("every cause of an incident has its words") {
  for (int i = 0; i <= static_cast<int>(engine::incident::kind::below_zero); ++i)
    CHECK(actors::cause_text(static_cast<engine::incident::kind>(i)) != "?");
  const actors::open_incident open{sku_id{1},
                                   {.opened = 4, .units = 2, .cause = engine::incident::kind::below_zero}};
  CHECK(shows(actors::incidents_view({&open, 1}, some_names), "MUG 4 below zero 2 never"));
}

TEST_CASE("a bundle's screen shows what it is made of, down to the SKUs in stock") {
  const engine::bundle hamper{
      sku_id{1}, 2, {{sku_id{5}, 1}, {sku_id{9}, 2}}, {{sku_id{5}, 1}, {sku_id{6}, 4}}};
  const auto screen = actors::bundle_view(hamper, some_names);
  INFO(screen);
  CHECK(shows(screen, "a bundle, revision 2\n"));
  CHECK(shows(screen, "#9 2 a bundle\n"));
  CHECK(shows(screen, "#5 1 in stock\n"));
  CHECK(shows(screen, "#6 4 in stock\n"));
}

TEST_CASE("a channel's rules are shown for everything and by tag, or that there are none") {
  engine::account_rules rules;
  CHECK(shows(actors::rules_view(rules), "no rules"));
  rules.put("", {engine::margin{10, true}, {}, {}, {}, false, {}});
  rules.put("sale", {{}, 5, 2, std::int8_t{50}, {}, true});
  const auto screen = actors::rules_view(rules);
  INFO(screen);
  CHECK(shows(screen, "everything 10 % - - - no -\n"));
  CHECK(shows(screen, "tag sale - 50 % 2 5 - yes\n"));
}
