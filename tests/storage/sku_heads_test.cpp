// Heads in memory are what a reopened file would find: milestones for those before the tail, rows for the
// others.
#include "tests/storage/samples.hpp"

#include "storage/sqlite/sku_heads.hpp"

#include <rapidcheck.h>

#include <map>

namespace lockstep::storage::sqlite {
namespace {

struct row {
  engine::sku_id sku{};
  place at;
  row_number previous = 0;
};

// What a file would hold, kept by hand.
struct ledger {
  std::vector<row> rows;
  std::map<engine::sku_id, place> milestones;
  row_number tail = 1;

  void keep(const sku_heads& heads, const batch& content) {
    for (std::size_t i = 0; i < content.facts.size(); ++i) {
      const auto& [sku, fact] = content.facts[i];
      rows.push_back({sku, {static_cast<row_number>(rows.size()) + 1, fact.version}, heads.previous()[i]});
    }
    for (const auto& reached : heads.milestones())
      milestones[reached.sku] = reached.at;
    tail = heads.tail_row();
  }

  // False: a row of the tail does not fit.
  [[nodiscard]] bool restore(sku_heads& heads) const {
    for (const auto& [sku, at] : milestones)
      heads.restore({sku, at});
    for (auto i = static_cast<std::size_t>(tail - 1); i < rows.size(); ++i)
      if (!heads.restore(rows[i].sku, rows[i].at, rows[i].previous)) return false;
    return true;
  }
};

batch facts_of(std::initializer_list<std::pair<std::int64_t, engine::version>> list) {
  batch made;
  for (const auto& [sku, version] : list)
    made.facts.push_back(samples::small_fact(sku, version));
  return made;
}

} // namespace

TEST_CASE("a staged batch links each fact to the one before it, and is seen when it is published") {
  sku_heads heads{100};
  REQUIRE_FALSE(heads.stage(facts_of({{1, 1}, {2, 1}, {1, 2}, {1, 3}}), 1));
  CHECK(std::vector(heads.previous().begin(), heads.previous().end()) == std::vector<row_number>{0, 0, 1, 3});
  CHECK(heads.newest(samples::sku(1)) == place{});
  heads.publish();
  CHECK(heads.newest(samples::sku(1)) == place{4, 3});
  CHECK(heads.newest(samples::sku(2)) == place{2, 1});
}

TEST_CASE("an abandoned batch leaves no trace") {
  sku_heads heads{100};
  REQUIRE_FALSE(heads.stage(facts_of({{1, 1}}), 1));
  heads.publish();
  REQUIRE_FALSE(heads.stage(facts_of({{1, 2}, {2, 1}, {1, 3}}), 2));
  heads.abandon();
  CHECK(heads.newest(samples::sku(1)) == place{1, 1});
  REQUIRE_FALSE(heads.stage(facts_of({{1, 2}, {2, 1}}), 2));
  CHECK(std::vector(heads.previous().begin(), heads.previous().end()) == std::vector<row_number>{1, 0});
}

TEST_CASE("a head gets its milestone once it has been dirty for the length of the tail") {
  sku_heads heads{10};
  REQUIRE_FALSE(heads.stage(facts_of({{1, 1}, {2, 1}}), 1));
  heads.publish();
  REQUIRE_FALSE(heads.stage(facts_of({{2, 2}}), 10));
  CHECK(heads.milestones().empty());
  CHECK(heads.tail_row() == 1);
  heads.publish();
  REQUIRE_FALSE(heads.stage(facts_of({{3, 1}}), 11));
  REQUIRE(heads.milestones().size() == 2);
  CHECK(heads.milestones()[0].at == place{1, 1});
  CHECK(heads.milestones()[1].at == place{10, 2});
  CHECK(heads.tail_row() == 11);
  heads.publish();
  REQUIRE_FALSE(heads.stage(facts_of({{3, 2}}), 12));
  CHECK(heads.milestones().empty());
  CHECK(heads.tail_row() == 11);
}

TEST_CASE("a milestone that was not stored is due again") {
  sku_heads heads{10};
  REQUIRE_FALSE(heads.stage(facts_of({{1, 1}}), 1));
  heads.publish();
  REQUIRE_FALSE(heads.stage(facts_of({{2, 1}}), 20));
  REQUIRE(heads.milestones().size() == 1);
  heads.abandon();
  REQUIRE_FALSE(heads.stage(facts_of({{2, 1}}), 20));
  CHECK(heads.milestones().size() == 1);
}

TEST_CASE("a snapshot gives its SKU a milestone at once") {
  sku_heads heads{10};
  auto content = facts_of({{1, 1}, {1, 2}});
  content.snapshots.push_back({samples::sku(1), 1, {}, {}});
  REQUIRE_FALSE(heads.stage(content, 1));
  REQUIRE(heads.milestones().size() == 1);
  CHECK(heads.milestones()[0].at == place{2, 2});
}

TEST_CASE("rows that do not follow each other are told on restore") {
  sku_heads heads{10};
  heads.restore({samples::sku(1), {5, 3}});
  CHECK(heads.restore(samples::sku(1), {4, 2}, 1));
  CHECK_FALSE(heads.restore(samples::sku(1), {6, 5}, 5));
  CHECK_FALSE(heads.restore(samples::sku(1), {6, 4}, 4));
  CHECK(heads.restore(samples::sku(1), {6, 4}, 5));
  CHECK(heads.newest(samples::sku(1)) == place{6, 4});
}

TEST_CASE("heads restored from milestones and the tail are the heads that were lost, at any moment") {
  CHECK(rc::check("restored heads are the same", [] {
    const auto length = *rc::gen::inRange<row_number>(1, 30);
    auto heads = std::make_unique<sku_heads>(length);
    ledger stored;
    std::map<std::int64_t, engine::version> versions;
    for (auto steps = *rc::gen::inRange(1, 30); steps > 0; --steps) {
      batch next;
      for (auto left = *rc::gen::inRange(0, 6); left > 0; --left) {
        const auto sku = *rc::gen::inRange<std::int64_t>(1, 8);
        next.facts.push_back(samples::small_fact(sku, ++versions[sku]));
      }
      if (*rc::gen::inRange(0, 3) == 0)
        next.snapshots.push_back({samples::sku(*rc::gen::inRange(1, 8)), 0, {}, {}});
      const auto first = static_cast<row_number>(stored.rows.size()) + 1;
      RC_ASSERT(!heads->stage(next, first));
      if (*rc::gen::inRange(0, 4) == 0) {
        heads->abandon(); // the commit failed, and is sent again
        RC_ASSERT(!heads->stage(next, first));
      }
      stored.keep(*heads, next);
      heads->publish();
      auto restored = std::make_unique<sku_heads>(length);
      RC_ASSERT(stored.restore(*restored));
      for (std::int64_t sku = 1; sku < 8; ++sku)
        RC_ASSERT(restored->newest(samples::sku(sku)) == heads->newest(samples::sku(sku)));
      if (*rc::gen::inRange(0, 3) == 0) heads = std::move(restored);
    }
  }));
}

} // namespace lockstep::storage::sqlite
