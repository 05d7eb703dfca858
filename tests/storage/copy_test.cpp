// A store moved to another kind and back.
#include "storage/copy_store.hpp"
#include "storage/memory/memory_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"

using namespace lockstep;
using namespace lockstep::storage;
using samples::content_of;

namespace {

constexpr auto now = engine::time_point{engine::duration{1'700'000'000'000'000}};

void ignore(std::size_t) {}

// A store with some of everything a copy carries.
std::unique_ptr<store> filled() {
  auto made = open_memory(make_memory());
  samples::numbered_batches batches;
  for (batch_number number = 1; number <= 40; ++number)
    REQUIRE(made->commit(batches.next(number)).status == commit_status::committed);
  batch records;
  records.number = 41;
  records.records = {engine::product{engine::sku_id{1}, "TEA", {}, {}},
                     engine::account{engine::account_id{1}, "web", "shopify", {}},
                     engine::bundle{engine::sku_id{4}, 1, {{engine::sku_id{1}, 2}}, {{engine::sku_id{1}, 2}}},
                     publication{engine::listing_id{1}, 3, 2, 7, 6, now, true, "why"},
                     dead_letter{0, now, engine::account_id{1}, "poll", "order 1", "unknown", "{}", false},
                     watermark{engine::account_id{1}, "orders", now},
                     quarantined{engine::sku_id{2}, now, "content", false},
                     proposal{{engine::sku_id{1}, {"asin", "B"}}, {"upc", "1"}, "they", "Tea", now,
                              proposal_state::rejected}};
  REQUIRE(made->commit(records).status == commit_status::committed);
  return made;
}

std::vector<std::string> content(store& of) {
  return content_of(**of.open_reader(), 5);
}

} // namespace

TEST_CASE("what is copied to another kind of store and back is what it was") {
  const samples::temporary_folder folder;
  const auto source = filled();
  const auto embedded = *open_sqlite({.path = folder.file("copy.db")});
  const auto back = open_memory(make_memory());
  std::size_t told = 0;
  const auto total = copy_store(**source->open_reader(), *embedded, now, [&](std::size_t n) { told += n; });
  REQUIRE(total);
  CHECK(static_cast<std::size_t>(total->facts) == told);
  CHECK(total->facts == static_cast<std::int64_t>(samples::ledger_of(*source).size()));
  CHECK(total->records == 8);
  CHECK(check_copy(**source->open_reader(), **embedded->open_reader(), ignore));
  const auto returned = copy_store(**embedded->open_reader(), *back, now, ignore);
  REQUIRE(returned);
  CHECK(*copy_unfinished(**back->open_reader())); // nobody has compared it
  REQUIRE(finish_copy(*back, *returned));
  CHECK(content(*back) == content(*source));
  CHECK_FALSE(*copy_unfinished(**back->open_reader()));
}

TEST_CASE("a store that holds facts is not copied into") {
  const auto source = filled();
  const auto target = filled();
  const auto before = content(*target);
  const auto refused = copy_store(**source->open_reader(), *target, now, ignore);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == engine::error_code::conflict);
  CHECK(content(*target) == before);
}

TEST_CASE("a copy that was broken off is told from a whole one") {
  struct broken_off {};

  const auto source = filled();
  const auto target = open_memory(make_memory());
  CHECK_THROWS_AS(std::ignore = copy_store(**source->open_reader(), *target, now,
                                           [](std::size_t) { throw broken_off{}; }),
                  broken_off);
  CHECK(*copy_unfinished(**target->open_reader()));
  CHECK(copy_store(**source->open_reader(), *target, now, ignore).has_error());
}

TEST_CASE("a copy that lacks a fact, has another one, or another snapshot, is found out") {
  const auto source = filled();
  const auto differs = [&](auto change) {
    const auto target = open_memory(make_memory());
    REQUIRE(copy_store(**source->open_reader(), *target, now, ignore));
    batch more;
    more.number = 1'000;
    change(more);
    REQUIRE(target->commit(more).status == commit_status::committed);
    const auto compared = check_copy(**source->open_reader(), **target->open_reader(), ignore);
    return compared.has_error() && compared.error().code == engine::error_code::corrupt;
  };
  const auto newest = (*source->open_reader())->history(engine::sku_id{1}, 0, 1)->front().fact.version;
  CHECK(differs([](batch& more) { more.facts = {samples::small_fact(9, 1)}; }));
  CHECK(differs([&](batch& more) { more.snapshots = {{engine::sku_id{1}, newest, now, "other"}}; }));
  CHECK_FALSE(differs([](batch&) {}));
  const engine::account_id web{1};
  const engine::sku_id tea{1};
  const engine::listing_id listing{1};
  const std::vector<record> others{engine::product{tea, "TEA", "Tea", {}},
                                   engine::product{tea, "TEA", {}, {{"upc", "036000291452"}}},
                                   engine::product{engine::sku_id{3}, "CUP", {}, {}},
                                   engine::account{web, "web", "shopify", engine::account_mode::paused},
                                   engine::account{web, "web", "shopify", {}, engine::sourcing_rule{}},
                                   engine::location{engine::location_id{1}, "east", "East", 2},
                                   engine::listing{listing, web, tea, "item", {}, {}, {}},
                                   engine::bundle{engine::sku_id{4}, 2, {{tea, 2}}, {{tea, 2}}},
                                   engine::bundle{engine::sku_id{4}, 1, {{tea, 3}}, {{tea, 2}}},
                                   engine::bundle{engine::sku_id{4}, 1, {{tea, 2}}, {{tea, 3}}},
                                   publication{listing, 3, 2, 7, 5, now, true, "why"},
                                   publication{listing, 3, 2, 7, 6, now, true, ""},
                                   dead_letter{0, now, web, "poll", "order 2", "unknown", "{}", false},
                                   dead_letter{1, now, web, "poll", "order 1", "unknown", "{}", true},
                                   watermark{web, "orders", now + engine::duration{1}},
                                   quarantined{engine::sku_id{2}, now, "content", true},
                                   proposal{{tea, {"asin", "B"}}, {"upc", "1"}, "they", "Tea", now,
                                            proposal_state::confirmed},
                                   proposal{{tea, {"asin", "C"}}, {"upc", "1"}, "they", "Tea", now}};
  for (std::size_t i = 0; i < others.size(); ++i) {
    CAPTURE(i);
    CHECK(differs([&](batch& more) { more.records = {others[i]}; }));
  }
}
