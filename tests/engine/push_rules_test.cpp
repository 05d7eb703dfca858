// What an account's rules and its products' tags do to its listings.
#include "engine/channel_push.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace lockstep;
using namespace lockstep::engine;
using namespace std::chrono_literals;

namespace {

const time_point start{std::chrono::hours{24 * 365 * 56}};
constexpr auto shop = account_id{1};

number make_number(std::int64_t sku, version of, quantity available) {
  number made;
  made.sku = sku_id{sku};
  made.version = of;
  made.available = available;
  made.known = true;
  made.by_sale = true;
  return made;
}

// Listings 1 to 4 of SKUs 1 to 4, showing 100, in the slowest tier.
channel_push shop_of_four() {
  channel_push push{{.push = {.compare_and_set = true, .settle = 60s, .signal_lag = 5s},
                     .rows_per_write = 250,
                     .rows_per_read = 250,
                     .intervals = {}}};
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = false, .parked = {}};
  for (std::int64_t i = 1; i <= 4; ++i) {
    listing made;
    made.id = listing_id{i};
    made.account = shop;
    made.sku = sku_id{i};
    made.item = std::to_string(i);
    push.put(made, &known, true, start);
    push.number(make_number(i, 1, 100), start, start);
  }
  push.orders_read(start, start);
  return push;
}

// "1=70 3=5": listing and value of every row that may leave now; they are acknowledged.
std::string written(channel_push& push, time_point now = start) {
  std::string text;
  for (const auto& row : push.next_write(now)) {
    text += (text.empty() ? "" : " ") + push.content(row.listing).item + "=" + std::to_string(row.write.value);
    push.written(row, channel_push::verdict::applied, {}, now);
  }
  return text;
}

std::string sorted(std::string text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size(); at = text.find(' ', at) == text.npos ? text.size() : text.find(' ', at) + 1)
    words.push_back(text.substr(at, text.find(' ', at) - at));
  std::ranges::sort(words);
  std::string out;
  for (const auto& each : words)
    out += (out.empty() ? "" : " ") + each;
  return out;
}

listing_rule capped(quantity cap) {
  listing_rule rule;
  rule.cap = cap;
  return rule;
}

account_rules rules_with(const std::string& tag, const listing_rule& rule) {
  account_rules rules;
  rules.put(tag, rule);
  return rules;
}

} // namespace

TEST_CASE("rules: an account's rule is due at once for every listing that shows another number by it") {
  auto push = shop_of_four();
  CHECK_FALSE(push.next_write_at(start));
  push.rule(rules_with("", capped(40)), start);
  CHECK(sorted(written(push)) == "1=40 2=40 3=40 4=40");
  push.rule(rules_with("", capped(40)), start); // the same again is no change
  CHECK_FALSE(push.next_write_at(start));
  CHECK(push.take_changed().size() == 4);
  push.rule(account_rules{}, start);
  CHECK(sorted(written(push)) == "1=100 2=100 3=100 4=100");
}

TEST_CASE("rules: a tag's rule concerns the listings of products with the tag, a listing's own goes before it") {
  auto push = shop_of_four();
  push.tag(sku_id{1}, {"hot"}, start);
  push.tag(sku_id{2}, {"hot", "new"}, start);
  push.tag(sku_id{3}, {"hot"}, start);
  auto own = push.content(2);
  own.rule.cap = 90;
  push.put(own, nullptr, true, start);
  CHECK(written(push) == "3=90");
  push.rule(rules_with("hot", capped(7)), start);
  CHECK(sorted(written(push)) == "1=7 2=7");
  push.tag(sku_id{2}, {"new"}, start);
  CHECK(written(push) == "2=100");
  push.tag(sku_id{4}, {"hot"}, start);
  CHECK(written(push) == "4=7");
}

TEST_CASE("rules: an account that is served from elsewhere than the stock stands shows none of it") {
  auto push = shop_of_four();
  account_rules served;
  served.locations = {location_id{1}};
  push.rule(served, start);
  CHECK(sorted(written(push)) == "1=0 2=0 3=0 4=0");
}

TEST_CASE("rules: one that empties more listings than the brake allows waits for a person") {
  channel_push push{{.push = {.compare_and_set = true, .settle = 60s, .signal_lag = 5s},
                     .rows_per_write = 250,
                     .rows_per_read = 250,
                     .intervals = {}}};
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = false, .parked = {}};
  for (std::int64_t i = 1; i <= 30; ++i) {
    listing made;
    made.id = listing_id{i};
    made.account = shop;
    made.sku = sku_id{i};
    made.item = std::to_string(i);
    push.put(made, &known, true, start);
    push.number(make_number(i, 1, 100), start, start);
  }
  push.orders_read(start, start);
  listing_rule closed;
  closed.sells = false;
  push.rule(rules_with("", closed), start);
  CHECK(push.next_write(start).empty());
  CHECK(push.braked());
}

TEST_CASE("rules: a listing at rest that a rule concerns asks for its number, and its publication says so") {
  auto push = shop_of_four();
  listing quiet;
  quiet.id = listing_id{9};
  quiet.account = shop;
  quiet.sku = sku_id{9};
  quiet.item = "9";
  const listing_push::stored known{
      .last = {1, 1, 100, start - 24h}, .expected = 100, .uncertain = false, .parked = {}};
  const auto slot = push.put(quiet, &known, true, start);
  push.rest(slot);
  listing_rule buffered;
  buffered.buffer = margin{10, false};
  push.rule(rules_with("", buffered), start);
  CHECK(push.take_needed() == std::vector{sku_id{9}});
  CHECK(push.says_uncertain(slot));
  auto told = make_number(9, 1, 100);
  told.announced = true;
  push.number(told, start, start);
  CHECK(sorted(written(push)) == "1=90 2=90 3=90 4=90 9=90");
  CHECK_FALSE(push.says_uncertain(slot));
}

TEST_CASE("rules: units fenced for another account are not offered, and the last ones are pushed at once") {
  auto push = shop_of_four();
  auto fenced = make_number(1, 2, 100);
  fenced.detail = std::make_shared<const number_detail>(number_detail{{}, {{account_id{2}, 0}}, 98});
  push.number(fenced, start, start);
  CHECK(written(push) == "1=2"); // thin: whatever its tier
}
