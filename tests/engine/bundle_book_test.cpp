#include "engine/bundle_book.hpp"

#include "tests/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace lockstep::engine;

namespace {

number told(std::int64_t sku, version at, quantity available) {
  return {.sku = sku_id{sku}, .version = at, .available = available, .known = true, .by_sale = true, .velocity = {}};
}

bundle made_of(std::int64_t id, composition_revision revision, std::vector<component> leaves) {
  return {sku_id{id}, revision, leaves, leaves};
}

std::optional<number> find(const std::vector<number>& among, std::int64_t sku) {
  const auto found = std::ranges::find(among, sku_id{sku}, &number::sku);
  return found == among.end() ? std::nullopt : std::optional{*found};
}

} // namespace

TEST_CASE("a bundle's number is what its scarcest leaf makes, rounded down below zero, too") {
  CHECK(bundles_of(7, 3) == 2);
  CHECK(bundles_of(0, 3) == 0);
  CHECK(bundles_of(-1, 3) == -1);
  CHECK(bundles_of(-3, 3) == -1);
  CHECK(bundles_of(-4, 3) == -2);
  bundle_book book;
  book.put(made_of(9, 1, {{sku_id{1}, 2}, {sku_id{2}, 1}}));
  std::vector<number> numbers{told(1, 1, 9), told(2, 1, 7), told(3, 1, 1)};
  book.derive(numbers);
  REQUIRE(numbers.size() == 4);
  CHECK(find(numbers, 9)->available == 4);
  CHECK(find(numbers, 9)->known);
}

TEST_CASE("a bundle has no number before all its leaves were heard, and says which it misses") {
  bundle_book book;
  book.put(made_of(9, 1, {{sku_id{1}, 1}, {sku_id{2}, 1}}));
  std::vector<number> numbers{told(1, 1, 9)};
  std::vector<sku_id> unheard;
  book.derive(numbers, &unheard);
  CHECK(numbers.size() == 1);
  CHECK(unheard == std::vector{sku_id{2}});
  numbers = {told(2, 5, 3)};
  numbers.front().known = false; // never counted
  book.derive(numbers);
  REQUIRE(find(numbers, 9));
  CHECK_FALSE(find(numbers, 9)->known);
}

TEST_CASE("a bundle's own SKU tells its velocity and nothing else") {
  bundle_book book;
  book.put(made_of(9, 1, {{sku_id{1}, 1}}));
  std::vector<number> numbers{told(1, 1, 4)};
  book.derive(numbers);
  auto own = told(9, 1, 0);
  own.velocity.count(time_point{std::chrono::hours{1}});
  numbers = {own};
  book.derive(numbers);
  REQUIRE(numbers.size() == 1);
  CHECK(numbers.front().available == 4);
  CHECK(numbers.front().velocity == own.velocity);
}

TEST_CASE("a bundle was moved by a person when any leaf was, and by a sale when all were") {
  bundle_book book;
  book.put(made_of(9, 1, {{sku_id{1}, 1}, {sku_id{2}, 1}}));
  auto counted = told(2, 1, 4);
  counted.by_person = true;
  counted.by_sale = false;
  std::vector<number> numbers{told(1, 1, 4), told(2, 0, 1)};
  book.derive(numbers);
  CHECK(find(numbers, 9)->by_person); // who composed it
  numbers = {told(1, 1, 4), counted};
  book.derive(numbers);
  CHECK(find(numbers, 9)->by_person);
  CHECK_FALSE(find(numbers, 9)->by_sale);
  numbers = {told(1, 2, 3)};
  book.derive(numbers);
  CHECK_FALSE(find(numbers, 9)->by_person);
  CHECK(find(numbers, 9)->by_sale);
}

TEST_CASE("whatever moves and is composed anew, a bundle's number is right and its version never goes back") {
  const auto seed = GENERATE(range(1U, 40U));
  INFO("seed " << seed);
  std::minstd_rand random{seed};
  const auto pick = [&](int from, int to) { return std::uniform_int_distribution<int>{from, to}(random); };
  bundle_book book;
  std::map<std::int64_t, bundle> bundles;
  std::map<std::int64_t, number> leaves;
  std::map<std::int64_t, version> last;
  std::set<std::int64_t> listened; // once of a bundle, heard from then on
  std::set<std::int64_t> heard;
  for (int step = 0; step < 200; ++step) {
    if (pick(0, 9) == 0) {
      const std::int64_t id = 100 + pick(0, 4);
      std::map<sku_id, quantity> parts;
      for (int count = pick(1, 4); count > 0; --count)
        parts[sku_id{pick(1, 6)}] = pick(1, 3);
      std::vector<component> list;
      for (const auto& [sku, per] : parts)
        list.push_back({sku, per});
      for (const auto& [sku, per] : parts)
        listened.insert(static_cast<std::int64_t>(sku));
      bundles[id] = made_of(id, bundles.contains(id) ? bundles[id].revision + 1 : 1, list);
      book.put(bundles[id]);
    }
    std::map<std::int64_t, number> batch;
    for (int count = pick(1, 3); count > 0; --count) {
      const std::int64_t sku = pick(1, 6);
      if (listened.contains(sku)) heard.insert(sku);
      batch[sku] = leaves[sku] = told(sku, leaves[sku].version + 1, pick(-5, 30));
    }
    std::vector<number> numbers;
    for (const auto& [sku, each] : batch)
      numbers.push_back(each);
    book.derive(numbers);
    for (const auto& [id, of] : bundles) {
      const auto any = [&](const component& each) { return batch.contains(static_cast<std::int64_t>(each.sku)); };
      const auto all = [&](const component& each) { return heard.contains(static_cast<std::int64_t>(each.sku)); };
      const auto derived = find(numbers, id);
      REQUIRE(derived.has_value() == (std::ranges::any_of(of.leaves, any) && std::ranges::all_of(of.leaves, all)));
      if (!derived) continue;
      quantity least = 1'000;
      for (const auto& each : of.leaves) {
        auto whole = -100;
        while ((whole + 1) * each.per <= leaves[static_cast<std::int64_t>(each.sku)].available)
          ++whole;
        least = std::min<quantity>(least, whole);
      }
      CHECK(derived->available == least);
      CHECK(derived->version > last[id]);
      last[id] = derived->version;
    }
  }
}
