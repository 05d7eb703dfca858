// What store.hpp promises of facts, batches and readers, for every implementation.
#include "tests/storage/any_store.hpp"

#include "engine/limits.hpp"

#include <stdexcept>

namespace lockstep::storage {
namespace {

using samples::any_store;
using samples::full_fact;
using samples::small_fact;

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


namespace {

sku_fact matter(std::int64_t of, engine::version version, engine::fact_kind kind, engine::quantity units,
                engine::uuid about = {}) {
  auto made = small_fact(of, version);
  made.fact.kind = kind;
  made.fact.units = units;
  made.fact.reservation = about;
  return made;
}

} // namespace

TEST_CASE("when a transfer or an announced return began is found by its key") {
  using engine::fact_kind;
  auto s = any_store();
  auto sent = matter(1, 2, fact_kind::sent, 4, samples::uuid(9));
  sent.fact.key = samples::uuid(9);
  auto announced = matter(1, 3, fact_kind::announced, 4);
  announced.fact.key = samples::uuid(8);
  auto other = matter(1, 4, fact_kind::received, 4);
  other.fact.key = samples::uuid(7);
  REQUIRE(s.commit(1, {small_fact(1, 1), sent, announced, other}).status == commit_status::committed);
  const auto from = s.read();
  CHECK(from->began(samples::sku(1), samples::uuid(9)).value() == sent.fact.at);
  CHECK(from->began(samples::sku(1), samples::uuid(8)).value() == announced.fact.at);
  CHECK_FALSE(from->began(samples::sku(1), samples::uuid(7)).value());
  CHECK_FALSE(from->began(samples::sku(2), samples::uuid(9)).value());
}

TEST_CASE("SKUs that are not settled are found among others") {
  using engine::fact_kind;
  auto s = any_store();
  const auto supply = samples::uuid(1);
  auto resolved = matter(2, 2, fact_kind::resolved, 3);
  resolved.fact.value = 1;
  auto held = [](std::int64_t of, engine::version version, fact_kind kind, std::chrono::hours length) {
    auto made = matter(of, version, kind, 1, samples::uuid(2));
    made.fact.expires_at = made.fact.at + length;
    return made;
  };
  using std::chrono::hours;
  REQUIRE(s.commit(1, {matter(1, 1, fact_kind::oversold, 3), // open
                       matter(2, 1, fact_kind::below_zero, 3), resolved,
                       matter(3, 1, fact_kind::expected, 5, supply), // 2 are still to come
                       matter(3, 2, fact_kind::received, 3, supply), matter(3, 3, fact_kind::received, 9),
                       matter(4, 1, fact_kind::expected, 5, supply), // received
                       matter(4, 2, fact_kind::received, 5, supply),
                       matter(5, 1, fact_kind::expected, 5, supply), // lowered, then given up
                       matter(5, 2, fact_kind::expected, -2, supply),
                       matter(5, 3, fact_kind::supply_closed, 3, supply),
                       matter(6, 1, fact_kind::supply_late, 1), // two cases, one ended
                       matter(6, 2, fact_kind::oversold, 1), matter(6, 3, fact_kind::resolved, 1),
                       held(7, 1, fact_kind::held, hours{23}), // short ones are in what every start reads
                       held(8, 1, fact_kind::held, hours{30 * 24}),
                       held(9, 1, fact_kind::held, hours{1}), held(9, 2, fact_kind::extended, hours{48})})
              .status == commit_status::committed);
  const auto from = s.read();
  std::vector<engine::sku_id> all;
  for (std::int64_t of = 10; of > 0; --of)
    all.push_back(samples::sku(of));
  const auto those = [&](engine::time_point held_to) {
    std::vector<std::int64_t> found;
    for (const auto each : *from->unsettled(all, held_to))
      found.push_back(static_cast<std::int64_t>(each));
    return found;
  };
  const auto begin = held(1, 1, fact_kind::held, hours{0}).fact.at;
  CHECK(those(begin) == std::vector<std::int64_t>{1, 3, 6, 8, 9});
  CHECK(those(begin + hours{49}) == std::vector<std::int64_t>{1, 3, 6, 8});
  CHECK(those(begin + hours{31 * 24}) == std::vector<std::int64_t>{1, 3, 6});
  CHECK(from->unsettled(std::vector{samples::sku(2), samples::sku(10)}, begin)->empty());
}

} // namespace lockstep::storage
