// What store.hpp promises, for every implementation.
#include "tests/catch.hpp"
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/samples.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include "engine/limits.hpp"

#include <stdexcept>

namespace lockstep::storage {
namespace {

using samples::full_fact;
using samples::small_fact;

enum class kind { memory, sqlite, postgres };

struct subject {
  explicit subject(kind of) : model_(make_memory()), kind_(of) {
    auto& server = samples::postgres_server::shared();
    if (of == kind::postgres) url_ = server.url(server.new_schema(), server.port());
    open();
  }

  void open() {
    opened.reset(); // the real ones refuse a second writer while the first is there
    auto made = open_one();
    REQUIRE(made);
    opened = std::move(*made);
  }

  std::unique_ptr<reader> read() {
    auto made = opened->open_reader();
    REQUIRE(made);
    return std::move(*made);
  }

  commit_result commit(batch_number number, std::vector<sku_fact> facts, std::vector<snapshot> snapshots = {},
                       std::vector<record> records = {}) {
    return opened->commit({number, std::move(facts), std::move(snapshots), std::move(records)});
  }

  std::unique_ptr<store> opened;

 private:
  result<std::unique_ptr<store>> open_one() {
    switch (kind_) {
    case kind::sqlite: return open_sqlite({.path = folder_.file("store.db")});
    case kind::postgres: return open_postgres({.url = url_});
    case kind::memory: break;
    }
    return open_memory(model_);
  }

  samples::temporary_folder folder_;
  std::shared_ptr<memory> model_;
  std::string url_;
  kind kind_;
};

subject any_store() {
  return subject{GENERATE(kind::memory, kind::sqlite, kind::postgres)};
}

} // namespace

TEST_CASE("every member of a fact comes back as it was committed") {
  auto s = any_store();
  std::vector<sku_fact> facts;
  for (engine::version v = 1; v <= 40; ++v)
    facts.push_back(full_fact(7, v));
  REQUIRE(s.commit(1, facts).status == commit_status::committed);
  const auto found = s.read()->facts_after(samples::sku(7), 0, 100);
  REQUIRE(found);
  REQUIRE(found->size() == facts.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    CHECK((*found)[i].row == static_cast<row_number>(i + 1));
    CHECK((*found)[i].fact == facts[i].fact);
  }
}

TEST_CASE("texts of any length and script come back byte by byte") {
  auto s = any_store();
  auto fact = small_fact(1, 1, std::string(3'000'000, 'r'));
  fact.fact.note = "\xd0\xa1\xd0\xba\xd0\xbb\xd0\xb0\xd0\xb4 \xe5\x80\x89\xe5\xba\xab \xf0\x9f\x93\xa6";
  const std::string body(20'000'000, '\0');
  REQUIRE(s.commit(1, {fact}, {{samples::sku(1), 1, samples::time(5), body}}).status ==
          commit_status::committed);
  s.open();
  const auto from = s.read();
  CHECK((*from->facts_after(samples::sku(1), 0, 1))[0].fact == fact.fact);
  CHECK((*from->load_snapshot(samples::sku(1)))->body == body);
}

TEST_CASE("a text longer than the bound is refused, and the batch after it is committed") {
  auto s = any_store();
  auto long_text = std::string(limits::stored_value_bytes_max + 1, 'x');
  SECTION("in a fact") {
    CHECK(s.commit(1, {small_fact(1, 1, long_text)}).status == commit_status::refused);
  }
  SECTION("in a snapshot") {
    const auto done = s.commit(1, {small_fact(1, 1)}, {{samples::sku(1), 1, {}, long_text}});
    CHECK(done.status == commit_status::refused);
  }
  SECTION("in a record") {
    const auto done = s.commit(1, {}, {}, {quarantined{samples::sku(1), {}, long_text, false}});
    CHECK(done.status == commit_status::refused);
  }
  CHECK(samples::ledger_of(*s.opened).empty());
  CHECK(s.commit(1, {small_fact(1, 1)}).status == commit_status::committed);
}

TEST_CASE("a text that is not UTF-8, or holds a NUL, is refused") {
  auto s = any_store();
  const auto text = GENERATE(std::string{"\xff"}, std::string{"a\0b", 3});
  CHECK(s.commit(1, {small_fact(1, 1, text)}).what == "a text of SKU 1 version 1 is not UTF-8 without NUL");
  CHECK(s.commit(1, {}, {}, {quarantined{samples::sku(1), {}, text, false}}).status ==
        commit_status::refused);
  CHECK(s.commit(1, {}, {}, {engine::product{samples::sku(1), "A", "A", {{"upc", text}}}}).status ==
        commit_status::refused);
  CHECK(samples::ledger_of(*s.opened).empty());
}

TEST_CASE("a version that is stored already fences the writer, and a gap is refused") {
  auto s = any_store();
  REQUIRE(s.commit(1, {small_fact(1, 1), small_fact(1, 2)}).status == commit_status::committed);
  const auto repeated = s.commit(2, {small_fact(2, 1), small_fact(1, 2)});
  CHECK(repeated.status == commit_status::fenced);
  CHECK(repeated.what == "SKU 1: version 2 is stored already, up to 2");
  const auto gap = s.commit(2, {small_fact(2, 1), small_fact(1, 4)});
  CHECK(gap.status == commit_status::refused);
  CHECK(gap.what == "SKU 1: version 4 leaves a gap after 2");
  CHECK(s.commit(2, {small_fact(3, 1), small_fact(3, 1)}).status == commit_status::fenced);
  CHECK(samples::ledger_of(*s.opened).size() == 2);
  CHECK(s.commit(2, {small_fact(2, 1), small_fact(1, 3)}).status == commit_status::committed);
}

TEST_CASE("the version check knows what was committed before the store was opened") {
  auto s = any_store();
  REQUIRE(s.commit(1, {small_fact(1, 1), small_fact(1, 2)}).status == commit_status::committed);
  s.open();
  CHECK(s.commit(1, {small_fact(1, 2)}).status == commit_status::fenced);
  CHECK(s.commit(1, {small_fact(1, 4)}).status == commit_status::refused);
  CHECK(s.commit(1, {small_fact(1, 3)}).status == commit_status::committed);
}

TEST_CASE("a snapshot ahead of its facts is refused, and an older one does not replace a newer one") {
  auto s = any_store();
  const auto of = [](engine::version version) {
    return snapshot{samples::sku(1), version, samples::time(9), "body"};
  };
  CHECK(s.commit(1, {}, {of(1)}).status == commit_status::refused);
  REQUIRE(s.commit(1, {small_fact(1, 1), small_fact(1, 2)}, {of(2)}).status == commit_status::committed);
  CHECK(s.commit(2, {}, {of(3)}).status == commit_status::refused);
  CHECK(s.commit(2, {}, {of(1)}).status == commit_status::committed);
  CHECK((*s.read()->load_snapshot(samples::sku(1)))->version == 2);
}

TEST_CASE("many SKUs are loaded at once, each from its snapshot, and the rest of a long one page by page") {
  auto s = any_store();
  std::vector<sku_fact> facts;
  for (engine::version v = 1; v <= 9; ++v)
    facts.push_back(small_fact(1, v)); // more than the limit
  for (engine::version v = 1; v <= 4; ++v)
    facts.push_back(small_fact(2, v)); // after a snapshot
  facts.push_back(small_fact(3, 1));   // nothing after its snapshot
  REQUIRE(
      s.commit(1, facts, {{samples::sku(2), 3, samples::time(7), "three"}, {samples::sku(3), 1, {}, "all"}})
          .status == commit_status::committed);
  const std::vector asked{samples::sku(3), samples::sku(99), samples::sku(1), samples::sku(2)};
  const auto from = s.read();
  const auto loaded = from->load(asked, 5);
  REQUIRE(loaded);
  REQUIRE(loaded->size() == 4);
  const auto versions = [&](std::size_t of) {
    std::vector<engine::version> found;
    for (const auto& row : (*loaded)[of].facts)
      found.push_back(row.fact.version);
    return found;
  };
  CHECK((*loaded)[0].newest->body == "all");
  CHECK(versions(0).empty());
  CHECK_FALSE((*loaded)[1].newest);
  CHECK(versions(1).empty());
  CHECK_FALSE((*loaded)[2].newest);
  CHECK(versions(2) == std::vector<engine::version>{1, 2, 3, 4, 5});
  CHECK(from->facts_after(samples::sku(1), 5, 5)->size() == 4);
  CHECK((*loaded)[3].newest->version == 3);
  CHECK((*loaded)[3].newest->at == samples::time(7));
  CHECK(versions(3) == std::vector<engine::version>{4});
  const auto newest = from->newest_facts(asked);
  REQUIRE(newest);
  REQUIRE(newest->size() == 3);
  CHECK(newest->front().sku == samples::sku(3));
  CHECK((*newest)[1].fact.version == 9);
}

TEST_CASE("a reader that loaded many SKUs sees what is committed afterwards") {
  auto s = any_store();
  const auto from = s.read();
  const std::vector both{samples::sku(1), samples::sku(2)};
  for (engine::version v = 1; v <= 3; ++v) {
    REQUIRE(s.commit(v, {small_fact(1, v), small_fact(2, v)}).status == commit_status::committed);
    const auto loaded = from->load(both, 10);
    REQUIRE(loaded);
    CHECK((*loaded)[1].facts.size() == static_cast<std::size_t>(v));
  }
}

TEST_CASE("a scan ends where its visitor says, and the reader goes on") {
  auto s = any_store();
  std::vector<sku_fact> facts;
  for (engine::version v = 1; v <= 40'000; ++v) // several pieces
    facts.push_back(small_fact(1, v));
  REQUIRE(s.commit(1, facts).status == commit_status::committed);
  const auto from = s.read();
  for (const row_number last : {1, 4'096, 4'097, 16'384, 16'385, 40'000}) {
    row_number seen = 0;
    REQUIRE(from->scan(0, [&](const stored_fact& row) { return (seen = row.row) < last; }));
    CHECK(seen == last);
    CHECK(from->statistics()->facts == 40'000);
  }
  CHECK_THROWS_AS(
      from->scan(0, [](const stored_fact&) -> bool { throw std::length_error{"the visitor's own"}; }),
      std::length_error);
  CHECK(from->statistics()->facts == 40'000);
}

TEST_CASE("a batch is found by its number in its own epoch only") {
  auto s = any_store();
  CHECK_FALSE(*s.opened->find_batch(1));
  REQUIRE(s.commit(1, {small_fact(1, 1)}).status == commit_status::committed);
  REQUIRE(s.commit(4, {small_fact(1, 2)}).status == commit_status::committed);
  CHECK(*s.opened->find_batch(4));
  CHECK_FALSE(*s.opened->find_batch(5));
  s.open();
  CHECK(s.opened->current_epoch() == 2);
  CHECK_FALSE(*s.opened->find_batch(1));
}

TEST_CASE("a batch number that is durable is refused whatever the batch holds") {
  auto s = any_store();
  REQUIRE(s.commit(3, {small_fact(1, 1)}).status == commit_status::committed);
  CHECK(s.commit(3, {small_fact(1, 2)}).status == commit_status::refused);
  CHECK(s.commit(2, {small_fact(1, 2)}).status == commit_status::refused);
  CHECK(samples::ledger_of(*s.opened).size() == 1);
}

TEST_CASE("an empty batch is committed without taking a number") {
  auto s = any_store();
  CHECK(s.commit(1, {}).status == commit_status::committed);
  CHECK(s.commit(1, {small_fact(1, 1)}).status == commit_status::committed);
}

TEST_CASE("facts that were decided out of order are read by the latest time before them") {
  auto s = any_store();
  const auto at = [](std::int64_t of, std::int64_t micros) {
    auto made = small_fact(of, 1);
    made.fact.at = samples::time(micros);
    return made;
  };
  REQUIRE(s.commit(1, {at(1, 100), at(2, 300), at(3, 200)}).status == commit_status::committed);
  REQUIRE(s.commit(2, {at(4, 250), at(5, 400)}).status == commit_status::committed);
  const auto from = s.read();
  CHECK(*from->first_row_at(samples::time(100)) == 1);
  CHECK(*from->first_row_at(samples::time(101)) == 2);
  CHECK(*from->first_row_at(samples::time(400)) == 5);
  CHECK(*from->first_row_at(samples::time(401)) == 6);
  const auto found = from->history_between(samples::time(300), samples::time(400), 0, 10);
  REQUIRE(found->size() == 3);
  CHECK((*found)[1].fact.at == samples::time(200));
}

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
    changed.rule.buffer = 1;
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

TEST_CASE("an open reader sees each batch once it is committed, and outlives the store") {
  auto s = any_store();
  const auto from = s.read();
  CHECK(from->statistics()->facts == 0);
  REQUIRE(s.commit(1, {small_fact(1, 1)}).status == commit_status::committed);
  CHECK(from->facts_after(samples::sku(1), 0, 10)->size() == 1);
  s.opened.reset();
  CHECK(from->facts_after(samples::sku(1), 0, 10)->size() == 1);
  CHECK(from->statistics()->facts == 1);
}

TEST_CASE("a second writer of the same memory fences the first") {
  const auto content = make_memory();
  const auto first = open_memory(content);
  REQUIRE(first->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  const auto second = open_memory(content);
  CHECK(second->current_epoch() == first->current_epoch() + 1);
  CHECK(first->commit({2, {small_fact(1, 2)}, {}, {}}).status == commit_status::fenced);
  CHECK(first->commit({2, {}, {}, {}}).status == commit_status::fenced);
  CHECK(second->commit({1, {small_fact(1, 2)}, {}, {}}).status == commit_status::committed);
  CHECK(*first->find_batch(1));
  CHECK_FALSE(*first->find_batch(2));
}

} // namespace lockstep::storage
