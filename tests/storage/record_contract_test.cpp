// What store.hpp promises of products, listings, publications and dead letters, for every implementation.
#include "tests/storage/any_store.hpp"

#include "engine/limits.hpp"

namespace lockstep::storage {
namespace {

using samples::any_store;

} // namespace

TEST_CASE("a dead letter gets the next id, is listed until it was replayed, and stays readable") {
  auto s = any_store();
  const dead_letter unknown_sku{
      0, samples::time(5), engine::account_id{2}, "orders/create", "1001:1", "unknown SKU", "{}", false};
  REQUIRE(s.commit(1, {}, {}, {unknown_sku, unknown_sku}).status == commit_status::committed);
  const auto listed = s.read()->dead_letters(0, 10);
  REQUIRE(listed->size() == 2);
  CHECK((*listed)[0].id == 1);
  CHECK((*listed)[1].id == 2);
  auto replayed = (*listed)[0];
  replayed.replayed = true;
  REQUIRE(s.commit(2, {}, {}, {replayed}).status == commit_status::committed);
  CHECK(s.read()->dead_letters(0, 10)->size() == 1);
  CHECK((*s.read()->load_dead_letter(1))->replayed);
  CHECK_FALSE(s.read()->load_dead_letter(3)->has_value());
}

TEST_CASE("a proposal that was rejected is not opened again, and one that was confirmed is") {
  auto s = any_store();
  const proposal first{{samples::sku(1), {"asin", "B000123456"}}, {"upc", "036000291452"}, "a service", "Mug",
                       samples::time(5)};
  auto second = first;
  second.of.code.value = "B000999999";
  auto third = first;
  third.of.sku = samples::sku(2);
  REQUIRE(s.commit(1, {}, {}, {third, second, first}).status == commit_status::committed);
  CHECK(*s.read()->open_proposals({}, 10) == std::vector{first, second, third});
  CHECK(*s.read()->open_proposals(first.of, 1) == std::vector{second});
  CHECK(*s.read()->open_proposals({samples::sku(1), {"b", ""}}, 10) == std::vector{third});

  auto rejected = first;
  rejected.state = proposal_state::rejected;
  REQUIRE(s.commit(2, {}, {}, {rejected}).status == commit_status::committed);
  auto again = first;
  again.title = "Mug, blue";
  auto told_again = second;
  told_again.title = "Mug, pack of 2";
  REQUIRE(s.commit(3, {}, {}, {again, told_again}).status == commit_status::committed);
  CHECK(*s.read()->load_proposal(first.of) == rejected);
  CHECK(*s.read()->open_proposals({}, 10) == std::vector{told_again, third});
  auto confirmed = first;
  confirmed.state = proposal_state::confirmed;
  REQUIRE(s.commit(4, {}, {}, {confirmed}).status == commit_status::committed);
  CHECK(*s.read()->load_proposal(first.of) == confirmed);
  CHECK(*s.read()->open_proposals({}, 10) == std::vector{told_again, third});
  REQUIRE(s.commit(5, {}, {}, {again}).status == commit_status::committed);
  CHECK(*s.read()->open_proposals({}, 10) == std::vector{again, told_again, third});
  CHECK_FALSE(s.read()->load_proposal({samples::sku(3), first.of.code})->has_value());
}

TEST_CASE("proposals are all visited, however many there are") {
  auto s = any_store();
  const auto count = static_cast<std::int64_t>(limits::store_scan_rows) + 1;
  std::vector<record> records;
  for (std::int64_t i = 1; i <= count; ++i)
    records.emplace_back(proposal{{samples::sku(i), {"asin", "B000123456"}}, {}, {}, {}, {}});
  REQUIRE(s.commit(1, {}, {}, std::move(records)).status == commit_status::committed);
  std::int64_t visited = 0;
  REQUIRE(s.read()->each_proposal([&](const proposal& p) { visited += p.of.sku == samples::sku(visited + 1) ? 1 : 0; }));
  CHECK(visited == count);
}

TEST_CASE("a product's new identifiers replace all of its old ones") {
  auto s = any_store();
  const auto with = [](std::vector<engine::identifier> identifiers) {
    return engine::product{samples::sku(1), "MUG", "Mug", std::move(identifiers)};
  };
  REQUIRE(s.commit(1, {}, {}, {with({{"upc", "1"}, {"asin", "B"}})}).status == commit_status::committed);
  REQUIRE(s.commit(2, {}, {}, {with({{"ean", "2"}})}).status == commit_status::committed);
  std::vector<engine::product> found;
  REQUIRE(s.read()->each_product([&](engine::product p) { found.push_back(std::move(p)); }));
  REQUIRE(found.size() == 1);
  CHECK(found[0].identifiers == std::vector<engine::identifier>{{"ean", "2"}});
}

TEST_CASE("products, listings and publications are all read, however many there are") {
  auto s = any_store();
  const auto count = static_cast<std::int64_t>(limits::store_scan_rows) + 1;
  std::vector<record> records;
  for (std::int64_t i = 1; i <= count; ++i) {
    const auto name = std::to_string(i);
    std::vector<engine::identifier> names;
    if (i % 1'000 == 1 || i > count - 2) names = {{"upc", name}, {"ean", name}, {"asin", name}};
    records.emplace_back(engine::product{samples::sku(i), name, "", std::move(names)});
    engine::listing listed;
    listed.id = engine::listing_id{i};
    listed.account = engine::account_id{1};
    listed.sku = samples::sku(i);
    listed.item = name;
    records.emplace_back(std::move(listed));
    publication shown;
    shown.listing = engine::listing_id{i};
    records.emplace_back(shown);
  }
  REQUIRE(s.commit(1, {}, {}, std::move(records)).status == commit_status::committed);
  const auto reader = s.read();
  std::int64_t products = 0;
  std::int64_t listings = 0;
  std::int64_t publications = 0;
  std::size_t identifiers = 0;
  REQUIRE(reader->each_product([&](const engine::product& p) {
    products += p.id == samples::sku(products + 1) ? 1 : 0;
    identifiers += p.identifiers.size();
  }));
  REQUIRE(reader->each_listing(
      [&](const engine::listing& l) { listings += l.id == engine::listing_id{listings + 1} ? 1 : 0; }));
  REQUIRE(reader->each_publication([&](const publication& p) {
    publications += p.listing == engine::listing_id{publications + 1} ? 1 : 0;
  }));
  CHECK(products == count);
  CHECK(listings == count);
  CHECK(publications == count);
  CHECK(identifiers == 3 * (5 + 2));
}

TEST_CASE("a listing that gets another rule or SKU makes its publication uncertain, another text does not") {
  auto s = any_store();
  engine::listing shown{
      engine::listing_id{7}, engine::account_id{1}, samples::sku(1), "item", "", "here", {}};
  const publication settled{.listing = shown.id,
                            .counter = 3,
                            .sku_version = 2,
                            .quantity = 5,
                            .expected = 4,
                            .at = samples::time(9),
                            .uncertain = false,
                            .parked = {}};
  REQUIRE(s.commit(1, {}, {}, {shown, settled}).status == commit_status::committed);
  const auto kept = [&] {
    std::vector<publication> found;
    REQUIRE(s.read()->each_publication([&](publication p) { found.push_back(std::move(p)); }));
    REQUIRE(found.size() == 1);
    return found[0];
  };
  shown.variant = "now known";
  REQUIRE(s.commit(2, {}, {}, {shown}).status == commit_status::committed);
  CHECK(kept() == settled);
  auto changed = shown;
  SECTION("cap") {
    changed.rule.cap = 3;
  }
  SECTION("buffer") {
    changed.rule.buffer = engine::margin{1, false};
  }
  SECTION("sells ahead") {
    changed.rule.sells_ahead = true;
  }
  SECTION("SKU") {
    changed.sku = samples::sku(2);
  }
  REQUIRE(s.commit(3, {}, {}, {changed}).status == commit_status::committed);
  CHECK(kept().uncertain);
  CHECK(kept().counter == 3);
  REQUIRE(s.commit(4, {}, {}, {settled, changed}).status == commit_status::committed);
  CHECK(kept() == settled); // the channel has pushed the change
}

} // namespace lockstep::storage
