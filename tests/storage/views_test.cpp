// What an analyst reads in SQL is what the engine says, over histories of every kind of fact.
#include "engine/bundle.hpp"
#include "tests/engine/history.hpp"
#include "tests/storage/postgres_place.hpp"
#include "tests/storage/samples.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <random>
#include <set>

namespace lockstep::storage {
namespace {

// A store and a way to ask it one value.
struct seat {
  std::unique_ptr<store> opened;
  std::function<std::string(const std::string&)> ask;
};

engine::command any_command(std::mt19937& random, engine::time_point now, std::size_t number) {
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  if (below(30) == 0)
    return test::make_command(engine::set_safety{{engine::safety_rule::kind::dynamic, below(4)}});
  if (below(20) == 0) // a line of a bundle, which has no stock of its own
    return test::make_command(engine::record_line{.line = test::named("bundle" + std::to_string(below(3))),
                                                  .location = engine::composed(1),
                                                  .ordered = 3,
                                                  .shipped = below(4)});
  // Enough now and then that requests are granted.
  if (below(9) == 0) return test::make_command(engine::count{engine::location_id{below(3)}, 50, {}, {}});
  test::step taken;
  taken.kind = static_cast<test::step_kind>(below(static_cast<unsigned>(test::step_kind::follow) + 1));
  constexpr std::array else_rare{test::step_kind::send, test::step_kind::arrive, test::step_kind::hold,
                                 test::step_kind::release};
  if (below(4) == 0) taken.kind = else_rare[static_cast<std::size_t>(below(4))];
  taken.subject = below(3);
  taken.units = below(9);
  taken.cancelled = below(4);
  taken.shipped = below(6);
  return test::to_command(taken, now, number);
}

std::string in_words(const engine::figures& now) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", now.version, now.on_hand, now.reserved, now.safety,
                     now.available, now.inspecting, now.oversold, now.in_transit, now.total, now.incoming);
}

std::string in_words(const std::vector<engine::incident>& open) {
  constexpr std::array causes{"oversold", "supply_short", "supply_cancelled", "supply_late", "below_zero"};
  std::string text;
  for (const auto& each : open)
    text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", each.opened, each.units,
                        causes[static_cast<std::size_t>(each.cause)]);
  return text;
}

// Tells a history and compares after each step, with a snapshot now and then.
void compare(const seat& at, unsigned seed, const std::string& figures, const std::string& incidents) {
  CAPTURE(seed);
  batch_number number = 0;
  const auto sku = samples::sku(1);
  REQUIRE(at.opened->commit({++number, {}, {}, {engine::product{sku, "MUG", "Mug", {}}}}).status ==
          commit_status::committed);
  std::mt19937 random{seed};
  test::lone_sku mug;
  mug.sourcing.may_split = true;
  std::set<engine::fact_kind> met;
  for (std::size_t step = 0; step < 1'500; ++step) {
    mug.wait(std::chrono::seconds{random() % 60}); // so that holds are met before they expire
    const auto before = mug.stored.size();
    (void)mug.apply(any_command(random, mug.now, step));
    batch next{++number, {}, {}, {}};
    for (auto i = before; i < mug.stored.size(); ++i) {
      next.facts.push_back({sku, mug.stored[i]});
      met.insert(mug.stored[i].kind);
    }
    if (step % 40 == 39)
      next.snapshots.push_back({sku, mug.state().version, mug.now, mug.owner.take_snapshot()});
    REQUIRE(at.opened->commit(next).status == commit_status::committed);
    if (next.facts.empty()) continue;
    REQUIRE(at.ask(figures) == in_words(mug.stock()));
    REQUIRE(at.ask(incidents) == in_words(mug.state().incidents));
  }
  std::string missing;
  for (int kind = 1; kind <= static_cast<int>(engine::fact_kind::below_zero); ++kind)
    if (!met.contains(engine::fact_kind{static_cast<std::uint8_t>(kind)}))
      missing += fmt::format("{} ", to_string(engine::fact_kind{static_cast<std::uint8_t>(kind)}));
  CHECK(missing == "");
}

} // namespace

TEST_CASE("PostgreSQL's views say what the engine says after every fact, with and without a snapshot") {
  samples::postgres_place place;
  auto opened = place.open();
  REQUIRE(opened);
  const auto seed = GENERATE(2U, 3U);
  compare(
      {std::move(*opened), [&](const std::string& sql) { return place.ask(sql); }}, seed,
      "SELECT concat_ws(' ', version, on_hand, reserved, safety, available, inspecting, oversold, in_transit,"
      " total, incoming) FROM stock_now",
      "SELECT coalesce(string_agg(concat_ws(' ', incident, units, cause), ', ' ORDER BY incident), '')"
      " FROM incident WHERE resolved_at IS NULL");
}

TEST_CASE("SQLite's views say what the engine says after every fact") {
  const samples::temporary_folder folder;
  const auto path = folder.file("store.db");
  auto opened = open_sqlite({.path = path});
  REQUIRE(opened);
  auto looking = sqlite::connection::open(path, sqlite::connection::file::may_be_new);
  REQUIRE(looking);
  const auto ask = [&](const std::string& sql) {
    auto query = looking->prepare(sql);
    REQUIRE(query);
    REQUIRE(*query->step());
    return std::string{query->text(0)};
  };
  compare({std::move(*opened), ask}, GENERATE(2U, 3U),
          "SELECT version || ' ' || on_hand || ' ' || reserved || ' ' || safety || ' ' || available"
          " || ' ' || inspecting || ' ' || oversold || ' ' || in_transit || ' ' || total || ' ' || incoming "
          "FROM stock_now",
          "SELECT coalesce(group_concat(incident || ' ' || units || ' ' || cause, ', '), '') FROM"
          " (SELECT * FROM incident WHERE resolved_at IS NULL ORDER BY incident)");
}

} // namespace lockstep::storage
