// Which rule holds for a listing, and what it makes of the SKU's number, step by step.
#include "tests/catch.hpp"

#include "engine/limits.hpp"
#include "engine/publishing.hpp"
#include "engine/sku_state.hpp"

#include <rapidcheck.h>

#include <sstream>
#include <string>
#include <vector>

using namespace lockstep::engine;

namespace {

// "buffer=5 buffer=10% cap=3 share=50 minimum=2 sells=0 ahead=1"; "-": nothing is stated.
listing_rule rule_of(const std::string& text) {
  listing_rule rule;
  std::istringstream words{text};
  for (std::string word; words >> word && word != "-";) {
    const auto name = word.substr(0, word.find('='));
    const auto value = std::stoll(word.substr(name.size() + 1));
    if (name == "buffer") rule.buffer = margin{value, word.back() == '%'};
    if (name == "cap") rule.cap = value;
    if (name == "share") rule.share = static_cast<std::int8_t>(value);
    if (name == "minimum") rule.minimum = value;
    if (name == "sells") rule.sells = value != 0;
    if (name == "ahead") rule.sells_ahead = value != 0;
  }
  return rule;
}

std::string told(std::string_view name, const std::string& value, rule_level by) {
  if (by == rule_level::nobody) return "";
  return std::string{name} + "=" + value + ":" + std::string{to_string(by)} + " ";
}

// What is stated by whom.
std::string text_of(const effective_rule& rule) {
  const auto number = [](quantity value) { return std::to_string(value); };
  const auto flag = [](bool value) { return std::string{value ? "true" : "false"}; };
  const auto& buffer = rule.buffer.value;
  auto text = told("buffer", number(buffer.value) + (buffer.percent ? "%" : ""), rule.buffer.by) +
              told("cap", number(rule.cap.value.value_or(-1)), rule.cap.by) +
              told("minimum", number(rule.minimum.value), rule.minimum.by) +
              told("share", number(rule.share.value), rule.share.by) +
              told("sells", flag(rule.sells.value), rule.sells.by) +
              told("ahead", flag(rule.sells_ahead.value), rule.sells_ahead.by);
  if (!text.empty()) text.pop_back();
  return text;
}

std::string text_of(const std::vector<published_step>& steps) {
  std::string text;
  for (const auto& each : steps)
    text += (text.empty() ? "" : " ") + std::string{to_string(each.step)} + "=" + std::to_string(each.units);
  return text;
}

number number_with(quantity available, quantity incoming = 0) {
  number made;
  made.available = available;
  made.incoming = incoming;
  made.known = true;
  return made;
}

constexpr location_id east{1};
constexpr location_id west{2};
constexpr account_id eu{1};
constexpr account_id us{2};

publishing_terms terms_of(const listing_rule& rule) {
  return {eu, {}, resolve({}, nullptr, rule)};
}

} // namespace

TEST_CASE("the most specific level that states a member of a rule wins, member by member") {
  struct row {
    const char* account;
    const char* tag; // null: the product has none
    const char* listing;
    const char* effective;
  };
  const row rows[] = {
      {"-", nullptr, "-", ""},
      {"buffer=5", nullptr, "-", "buffer=5:account"},
      {"buffer=5 cap=9", "cap=4", "-", "buffer=5:account cap=4:tag"},
      {"buffer=5 cap=9", "cap=4", "cap=2", "buffer=5:account cap=2:listing"},
      {"buffer=5", "buffer=10%", "-", "buffer=10%:tag"},
      {"buffer=5", "buffer=10%", "buffer=0", "buffer=0:listing"},
      {"sells=0", "-", "sells=1", "sells=true:listing"},
      {"ahead=1 share=50", "ahead=0", "minimum=3", "minimum=3:listing share=50:account ahead=false:tag"},
  };
  for (const auto& [account, tag, listing, effective] : rows) {
    INFO(account << " / " << (tag == nullptr ? "no tag" : tag) << " / " << listing);
    const auto tagged = rule_of(tag == nullptr ? "-" : tag);
    CHECK(text_of(resolve(rule_of(account), tag == nullptr ? nullptr : &tagged, rule_of(listing))) == effective);
  }
}

TEST_CASE("of several tags the first by name that has a rule counts") {
  account_rules rules;
  rules.put("hot", rule_of("cap=1"));
  rules.put("slow", rule_of("cap=2"));
  const std::vector<std::string> tags[] = {{"slow", "hot"}, {"slow"}, {"any"}, {"any", "slow"}, {}};
  CHECK(rules.of_tags(tags[0])->cap == 1);
  CHECK(rules.of_tags(tags[1])->cap == 2);
  CHECK(rules.of_tags(tags[2]) == nullptr);
  CHECK(rules.of_tags(tags[3])->cap == 2);
  CHECK(rules.of_tags(tags[4]) == nullptr);
  rules.put("hot", {});
  CHECK(rules.of_tags(tags[0])->cap == 2);
}

TEST_CASE("a listing's number is derived step by step, each with its own rounding") {
  struct row {
    quantity available, incoming;
    const char* rule;
    const char* steps;
  };
  const row rows[] = {
      {10, 0, "-", "available=10 shown=10"},
      {0, 0, "-", "available=0 shown=0"},
      {-5, 0, "-", "available=-5 shown=0"},
      {10, 7, "-", "available=10 shown=10"},
      {10, 7, "ahead=1", "available=10 incoming=17 shown=17"},
      {-3, 7, "ahead=1", "available=-3 incoming=4 shown=4"},
      {10, 0, "cap=4", "available=10 cap=4 shown=4"},
      {10, 0, "cap=0", "available=10 cap=0 shown=0"},
      {10, 0, "buffer=3", "available=10 buffer=7 shown=7"},
      {2, 0, "buffer=3", "available=2 buffer=-1 shown=0"},
      {10, 0, "buffer=25%", "available=10 buffer=7 shown=7"}, // 2.5 is rounded up
      {1, 0, "buffer=1%", "available=1 buffer=0 shown=0"},
      {-7, 0, "buffer=50%", "available=-7 buffer=-7 shown=0"},
      {7, 0, "buffer=100%", "available=7 buffer=0 shown=0"},
      {7, 0, "share=50", "available=7 share=3 shown=3"}, // 3.5 is rounded down
      {1, 0, "share=99", "available=1 share=0 shown=0"},
      {-1, 0, "share=50", "available=-1 share=-1 shown=0"},
      {10, 0, "share=0", "available=10 share=0 shown=0"},
      {10, 0, "share=100", "available=10 shown=10"},
      {5, 0, "minimum=5", "available=5 minimum=5 shown=5"},
      {4, 0, "minimum=5", "available=4 minimum=0 shown=0"},
      {10, 0, "sells=0", "available=10 sells=0 shown=0"},
      {21, 4, "ahead=1 share=50 buffer=10% minimum=3 cap=9",
       "available=21 incoming=25 share=12 buffer=10 minimum=10 cap=9 shown=9"},
      {7, 0, "share=50 minimum=4 cap=9", "available=7 share=3 minimum=0 cap=0 shown=0"},
      {2'000'000, 0, "-", "available=2000000 shown=999999"},
      {2'000'000, 0, "cap=1500000", "available=2000000 cap=1500000 shown=999999"},
  };
  for (const auto& each : rows) {
    INFO(each.available << " " << each.incoming << " " << each.rule);
    std::vector<published_step> steps;
    const auto from = number_with(each.available, each.incoming);
    const auto shown = published(from, terms_of(rule_of(each.rule)), &steps);
    CHECK(text_of(steps) == each.steps);
    CHECK(steps.back().units == shown);
    CHECK(published(from, terms_of(rule_of(each.rule))) == shown);
  }
}

TEST_CASE("units fenced for an account are shown by its listings and by nobody else's") {
  sku_state state;
  state.has_number = true;
  state.stock.push_back({.location = main_location, .on_hand = 10});
  state.fences = {{eu, 4, 1}, {us, 2, 0}};
  const auto from = number_of(sku_id{1}, state);
  const auto shown_by = [&](account_id who) { return published(from, {who, {}, {}}); };
  CHECK(shown_by(eu) == 8);              // less the 2 of the other
  CHECK(shown_by(us) == 7);              // less the 3 that are left of 4
  CHECK(shown_by(account_id{3}) == 5);   // less both
  state.fences = {{eu, 4, 4}};           // all taken
  CHECK(number_of(sku_id{1}, state).detail == nullptr);
}

TEST_CASE("an account that is served from some locations shows what is there, and never more than there is in all") {
  sku_state state;
  state.has_number = true;
  state.stock.push_back({.location = main_location, .on_hand = 10, .reserved = 8});
  state.stock.push_back({.location = east, .on_hand = 5});
  state.supplies.push_back({.id = {}, .location = east, .expected = 7, .arrived = 3});
  const auto from = number_of(sku_id{1}, state);
  REQUIRE(from.available == 7);
  const auto shown = [&](std::vector<location_id> locations, const char* rule) {
    return published(from, {eu, locations, resolve({}, nullptr, rule_of(rule))});
  };
  CHECK(shown({}, "-") == 7);
  CHECK(shown({main_location}, "-") == 2);
  CHECK(shown({east}, "-") == 5);
  CHECK(shown({east}, "ahead=1") == 9);
  CHECK(shown({main_location}, "ahead=1") == 2);
  CHECK(shown({main_location, east}, "-") == 7);
  CHECK(shown({west}, "-") == 0);
  state.safety = {safety_rule::kind::units, 6};
  const auto safe = number_of(sku_id{1}, state);
  CHECK(published(safe, {eu, std::vector{east}, {}}) == 1);
}

TEST_CASE("a SKU with everything at the main location and no fences carries no detail") {
  sku_state state;
  state.has_number = true;
  state.stock.push_back({.location = main_location, .on_hand = 10});
  const auto from = number_of(sku_id{1}, state);
  CHECK(from.detail == nullptr);
  CHECK(published(from, {eu, std::vector{main_location}, {}}) == 10);
  CHECK(published(from, {eu, std::vector{east}, {}}) == 0);
}

namespace {

listing_rule any_rule() {
  const auto states = [] { return *rc::gen::arbitrary<bool>(); };
  listing_rule rule;
  if (states()) rule.buffer = margin{*rc::gen::inRange<quantity>(0, 101), states()};
  if (states()) rule.cap = *rc::gen::inRange<quantity>(0, 100);
  if (states()) rule.minimum = *rc::gen::inRange<quantity>(0, 20);
  if (states()) rule.share = static_cast<std::int8_t>(*rc::gen::inRange(0, 101));
  if (states()) rule.sells = *rc::gen::inRange(0, 4) > 0;
  if (states()) rule.sells_ahead = states();
  return rule;
}

} // namespace

TEST_CASE("property: no rule shows more than there is, and more units never make it show fewer") {
  CHECK(rc::check([] {
    const auto available = *rc::gen::inRange<quantity>(-50, 300);
    const auto incoming = *rc::gen::inRange<quantity>(0, 50);
    const auto account = any_rule();
    const auto tagged = any_rule();
    const publishing_terms terms{eu, {}, resolve(account, &tagged, any_rule())};
    std::vector<published_step> steps;
    const auto shown = published(number_with(available, incoming), terms, &steps);
    const auto there_is = available + (terms.rule.sells_ahead.value ? incoming : 0);
    RC_ASSERT(shown >= 0);
    RC_ASSERT(shown <= std::max<quantity>(0, there_is));
    RC_ASSERT(!terms.rule.cap.value || shown <= *terms.rule.cap.value);
    RC_ASSERT(shown == 0 || shown >= std::min(terms.rule.minimum.value, terms.rule.cap.value.value_or(shown)));
    for (std::size_t i = 1; i + 1 < steps.size(); ++i) // no step but `incoming` adds units
      RC_ASSERT(steps[i].step == publishing_step::incoming || steps[i].units <= std::max<quantity>(0, steps[i - 1].units));
    RC_ASSERT(published(number_with(available + 1, incoming), terms) >= shown);
  }));
}
