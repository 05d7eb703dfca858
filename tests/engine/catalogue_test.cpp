#include "engine/catalogue.hpp"
#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace lockstep::engine;

namespace {

product mug(std::int64_t id, const char* code, std::vector<identifier> identifiers = {}) {
  return {sku_id{id}, code, "a mug", std::move(identifiers)};
}

listing shown_as(std::int64_t id, std::int32_t account, std::int64_t sku, const char* item,
                 const char* variant = "", const char* location = "shop") {
  return {listing_id{id}, account_id{account}, sku_id{sku}, item, variant, location, {}};
}

std::vector<std::string> codes(const std::vector<const product*>& page) {
  std::vector<std::string> found;
  for (const auto* each : page)
    found.push_back(each->code);
  return found;
}

} // namespace

TEST_CASE("a product is found by number, by code and by each of its identifiers") {
  catalogue known;
  REQUIRE(known.put(mug(1, "MUG-1", {{"upc", "036000291452"}, {"asin", "B000123456"}})));
  REQUIRE(known.find(sku_id{1}) != nullptr);
  CHECK(known.find(sku_id{1})->code == "MUG-1");
  CHECK(known.find_code("MUG-1")->id == sku_id{1});
  CHECK(known.find_code("mug-1") == nullptr);
  CHECK(known.find_identifier("upc", "036000291452") == std::vector{sku_id{1}});
  CHECK(known.find_identifier("ean", "036000291452").empty());
  CHECK(known.find(sku_id{2}) == nullptr);
}

TEST_CASE("a code that belongs to another product is a conflict that changes nothing") {
  catalogue known;
  REQUIRE(known.put(mug(1, "MUG-1")));
  REQUIRE(known.put(mug(2, "MUG-2")));
  const auto refused = known.put(mug(2, "MUG-1", {{"upc", "1"}}));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == error_code::conflict);
  CHECK(known.find_code("MUG-1")->id == sku_id{1});
  CHECK(known.find_code("MUG-2")->id == sku_id{2});
  CHECK(known.find_identifier("upc", "1").empty());
  CHECK(known.products() == 2);
}

TEST_CASE("a product put again replaces its code and identifiers") {
  catalogue known;
  REQUIRE(known.put(mug(1, "OLD", {{"upc", "1"}, {"ean", "2"}})));
  REQUIRE(known.put(mug(1, "NEW", {{"ean", "2"}, {"ean", "3"}, {"ean", "3"}})));
  CHECK(known.find_code("OLD") == nullptr);
  CHECK(known.find_code("NEW")->id == sku_id{1});
  CHECK(known.find_identifier("upc", "1").empty());
  CHECK(known.find_identifier("ean", "2").size() == 1);
  CHECK(known.find_identifier("ean", "3").size() == 1);
  CHECK(known.products() == 1);
  REQUIRE(known.put(mug(2, "OLD")));
}

TEST_CASE("an identifier that several products share names them all, the first added first") {
  catalogue known;
  REQUIRE(known.put(mug(7, "A", {{"upc", "1"}})));
  REQUIRE(known.put(mug(3, "B", {{"upc", "1"}})));
  CHECK(known.find_identifier("upc", "1") == std::vector{sku_id{7}, sku_id{3}});
}

TEST_CASE("a value is found under whatever scheme it stands, up to a limit") {
  catalogue known;
  REQUIRE(known.put(mug(1, "A", {{"upc", "12"}, {"mpn", "1"}})));
  REQUIRE(known.put(mug(2, "B", {{"asin", "12"}, {"mpn", "123"}})));
  REQUIRE(known.put(mug(3, "C", {{"upc", "12"}})));
  using found = std::vector<std::pair<identifier, sku_id>>;
  const found all{{{"asin", "12"}, sku_id{2}}, {{"upc", "12"}, sku_id{1}}, {{"upc", "12"}, sku_id{3}}};
  CHECK(known.find_value("12", 10) == all);
  CHECK(known.find_value("12", 2) == found{all[0], all[1]});
  CHECK(known.find_value("2", 10).empty());
  CHECK(known.find_value("", 10).empty());
}

TEST_CASE("an account is found by number and name, and keeps one name") {
  catalogue known;
  REQUIRE(known.put(account{account_id{1}, "eu", "shopify", account_mode::observe}));
  REQUIRE(known.put(account{account_id{2}, "us", "shopify", account_mode::observe}));
  CHECK(known.put(account{account_id{2}, "eu", "shopify", account_mode::active}).has_error());
  REQUIRE(known.put(account{account_id{2}, "usa", "shopify", account_mode::active}));
  CHECK(known.find_account("us") == nullptr);
  CHECK(known.find_account("usa")->mode == account_mode::active);
  CHECK(known.find(account_id{1})->name == "eu");
  int visited = 0;
  known.each_account([&](const account&) { ++visited; });
  CHECK(visited == 2);
}

TEST_CASE("a listing is found by item and location, by variant and by SKU") {
  catalogue known;
  REQUIRE(known.put(shown_as(1, 1, 10, "item-1", "variant-1")));
  REQUIRE(known.put(shown_as(2, 1, 10, "item-1", "variant-1", "warehouse")));
  REQUIRE(known.put(shown_as(3, 2, 10, "item-1", "variant-1")));
  CHECK(known.find_item(account_id{1}, "item-1", "shop")->id == listing_id{1});
  CHECK(known.find_item(account_id{1}, "item-1", "warehouse")->id == listing_id{2});
  CHECK(known.find_item(account_id{1}, "item-1", "") == nullptr);
  CHECK(known.find_variant(account_id{1}, "variant-1")->id == listing_id{1});
  CHECK(known.find_variant(account_id{2}, "variant-1")->id == listing_id{3});
  CHECK(known.find_variant(account_id{1}, "") == nullptr);
  CHECK(known.listings_of(sku_id{10}).size() == 3);
  CHECK(known.listings_of(sku_id{11}).empty());
  const auto refused = known.put(shown_as(4, 1, 11, "item-1"));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == error_code::conflict);
  CHECK(known.listings() == 3);
}

TEST_CASE("a listing put again is found by its new names only") {
  catalogue known;
  REQUIRE(known.put(shown_as(1, 1, 10, "item-1", "variant-1")));
  REQUIRE(known.put(shown_as(2, 1, 10, "item-1", "variant-1", "warehouse")));
  REQUIRE(known.put(shown_as(1, 1, 20, "item-9", "variant-9")));
  CHECK(known.find_item(account_id{1}, "item-1", "shop") == nullptr);
  CHECK(known.find_item(account_id{1}, "item-9", "shop")->sku == sku_id{20});
  CHECK(known.find_variant(account_id{1}, "variant-1")->id == listing_id{2});
  CHECK(known.find_variant(account_id{1}, "variant-9")->id == listing_id{1});
  CHECK(std::ranges::equal(known.listings_of(sku_id{10}), std::vector{listing_id{2}}));
  CHECK(std::ranges::equal(known.listings_of(sku_id{20}), std::vector{listing_id{1}}));
  int visited = 0;
  known.each_listing([&](const listing&) { ++visited; });
  CHECK(visited == 2);
}

TEST_CASE("a list goes on after the last code of the page before") {
  catalogue known;
  for (const char* code : {"D", "B", "A", "C"}) {
    REQUIRE(known.put(mug(static_cast<std::int64_t>(known.next_sku()), code)));
  }
  CHECK(codes(known.list("", 3)) == std::vector<std::string>{"A", "B", "C"});
  CHECK(codes(known.list("C", 3)) == std::vector<std::string>{"D"});
  CHECK(codes(known.list("BB", 1)) == std::vector<std::string>{"C"});
  CHECK(known.list("D", 3).empty());
  CHECK(known.list("", 0).empty());
}

TEST_CASE("a new number is one more than the highest seen") {
  catalogue known;
  CHECK(known.next_sku() == sku_id{1});
  CHECK(known.next_account() == account_id{1});
  CHECK(known.next_listing() == listing_id{1});
  REQUIRE(known.put(mug(41, "A")));
  REQUIRE(known.put(mug(7, "B")));
  REQUIRE(known.put(account{account_id{5}, "eu", "shopify", account_mode::observe}));
  REQUIRE(known.put(shown_as(8, 5, 41, "item")));
  CHECK(known.next_sku() == sku_id{42});
  CHECK(known.next_account() == account_id{6});
  CHECK(known.next_listing() == listing_id{9});
}

TEST_CASE("a catalogue has the main location, and an account without a rule none to be served from") {
  catalogue known;
  REQUIRE(known.find_location("main") != nullptr);
  CHECK(known.find_location("main")->id == main_location);
  CHECK(known.put(location{known.next_location(), "east", "East", -1}));
  CHECK_FALSE(known.put(location{known.next_location(), "east", "Another", 0}));
  REQUIRE(known.put(account{account_id{1}, "shop", "shopify", account_mode::active}));
  CHECK_FALSE(known.sourcing_of(account_id{1}));
  REQUIRE(known.put(account{account_id{1}, "shop", "shopify", account_mode::active, sourcing_rule{}}));
  const auto rule = known.sourcing_of(account_id{1});
  REQUIRE(rule);
  CHECK(rule->locations == std::vector{location_id{1}, main_location}); // the lowest priority first
}
