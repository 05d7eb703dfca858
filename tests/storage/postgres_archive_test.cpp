// Old facts move to the archive while the store is open, and nobody who reads can tell.
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/postgres_place.hpp"

#include "storage/copy_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace lockstep::storage {
namespace {

using samples::content_of;
using samples::small_fact;
using place = samples::postgres_place;

// Tests commit facts of 1970 and 2023: all of them are old.
const postgres::archive_options at_once{.after = std::chrono::days{1},
                                        .rest = std::chrono::milliseconds{1},
                                        .retry = std::chrono::milliseconds{1}};

constexpr const char* may_move =
    "SELECT count(*) FROM ledger l JOIN stock s USING (sku) WHERE l.version < s.version";

void fill(store& one, store& other) {
  samples::numbered_batches batches;
  for (batch_number number = 1; number <= 40; ++number) {
    const auto next = batches.next(number);
    REQUIRE(one.commit(next).status == commit_status::committed);
    REQUIRE(other.commit(next).status == commit_status::committed);
  }
}

std::vector<std::string> content(store& of) {
  return content_of(**of.open_reader(), 6);
}

// Everything that may move, in one transaction of the caller's.
std::string move_all(std::int64_t epoch) {
  return fmt::format("SELECT archive_facts({}, 0, 1000000, 1000000000000000)", epoch);
}

snapshot at_version(engine::version version) {
  return samples::counted_snapshot(1, version, samples::time(1'000 + version));
}

} // namespace

TEST_CASE("facts behind a snapshot move to the archive of their month, and every read tells the same") {
  place at;
  const auto model = open_memory(make_memory());
  {
    const auto opened = at.open(at_once);
    REQUIRE(opened);
    fill(*model, **opened);
    at.wait_for(may_move, "0");
    CHECK(at.ask("SELECT count(*) > 100 FROM ledger_archive_1970_01") == "t");
    CHECK(at.ask("SELECT count(*) FROM ledger l JOIN ledger_archive a USING (sku, version)") == "0");
    CHECK(content(**opened) == content(*model));
    CHECK(at.ask("SELECT count(*) FROM history") == std::to_string(samples::ledger_of(*model).size()));
    std::ignore = samples::check_whole(samples::ledger_of(**opened));
  }
  const auto again = at.open();
  REQUIRE(again);
  CHECK(content(**again) == content(*model));
}

TEST_CASE("a store whose facts stand in two tables is copied in the order they were committed") {
  place at;
  const auto model = open_memory(make_memory());
  const auto opened = at.open(at_once);
  REQUIRE(opened);
  fill(*model, **opened);
  at.wait_for(may_move, "0");
  const auto copy = open_memory(make_memory());
  const auto ignore = [](std::size_t) {};
  REQUIRE(copy_store(**(*opened)->open_reader(), *copy, samples::time(0), ignore));
  CHECK(check_copy(**(*opened)->open_reader(), **copy->open_reader(), ignore));
  CHECK(samples::ledger_of(*copy).size() == samples::ledger_of(*model).size());
  std::ignore = samples::check_whole(samples::ledger_of(*copy));
}

TEST_CASE("what is young, or not behind a snapshot, or the snapshot's own fact, stays in the ledger") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  auto young = small_fact(1, 4);
  young.fact.at = std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  auto newest = young;
  newest.fact.version = 5;
  REQUIRE((*opened)
              ->commit({1,
                        {small_fact(1, 1), small_fact(1, 2), small_fact(1, 3), young, newest,
                         small_fact(2, 1), small_fact(2, 2)},
                        {at_version(3)},
                        {}})
              .status == commit_status::committed);
  CHECK(at.ask(move_all(1)) == "2");
  CHECK(at.ask("SELECT string_agg(version::text, ' ' ORDER BY version) FROM ledger_archive") == "1 2");
  REQUIRE((*opened)->commit({2, {}, {at_version(5)}, {}}).status == commit_status::committed);
  CHECK(at.ask(move_all(1)) == "1");
  CHECK(at.ask("SELECT string_agg(version::text, ' ' ORDER BY version) FROM ledger WHERE sku = 1") == "4 5");
  CHECK(at.ask("SELECT count(*) FROM ledger WHERE sku = 2") == "2");
  CHECK(at.refusal("SELECT archive_facts(1, 0, 1, (extract(epoch FROM now()) * 1000000)::bigint)") ==
        "22023");
}

TEST_CASE("a writer whose epoch is over moves nothing") {
  place at;
  REQUIRE(at.open());
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1), small_fact(1, 2)}, {at_version(2)}, {}}).status ==
          commit_status::committed);
  CHECK(at.refusal(move_all(1)) == "LS001");
  CHECK(at.ask("SELECT count(*) FROM ledger") == "2");
  CHECK(at.ask(move_all(2)) == "1");
}

TEST_CASE("a writer commits while a move is under way, and one that takes over waits for its end") {
  place at;
  auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1), small_fact(1, 2)}, {at_version(2)}, {}}).status ==
          commit_status::committed);
  auto mover = at.session();
  REQUIRE(mover.execute("BEGIN; " + move_all(1)));
  CHECK((*opened)->commit({2, {small_fact(1, 3)}, {at_version(3)}, {}}).status == commit_status::committed);
  opened->reset();
  const auto early = at.open_within(std::chrono::seconds{1});
  REQUIRE_FALSE(early);
  CHECK(early.error().code == engine::error_code::unavailable);
  REQUIRE(mover.execute("COMMIT"));
  const auto after = at.open();
  REQUIRE(after);
  CHECK((*after)->current_epoch() == 2);
  CHECK(samples::ledger_of(**after).size() == 3);
  CHECK(at.ask("SELECT count(*) FROM ledger") == "2");
}

TEST_CASE("an archive that cannot be written is told in the statistics, commits go on, and it ends with its "
          "cause") {
  place at;
  const auto opened = at.open(at_once);
  REQUIRE(opened);
  at.ask("CREATE TABLE ledger_archive_1970_01 (somebody text)");
  REQUIRE((*opened)->commit({1, {small_fact(1, 1), small_fact(1, 2)}, {at_version(2)}, {}}).status ==
          commit_status::committed);
  const auto from = *(*opened)->open_reader();
  const auto wait_until = [&](bool troubled) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (from->statistics()->trouble.empty() == troubled && std::chrono::steady_clock::now() < until) {
    }
    return from->statistics()->trouble;
  };
  CHECK(wait_until(true).find("archive: no partition of relation") == 0);
  CHECK((*opened)->commit({2, {small_fact(1, 3)}, {}, {}}).status == commit_status::committed);
  at.ask("DROP TABLE ledger_archive_1970_01");
  CHECK(wait_until(false) == "");
  at.wait_for("SELECT count(*) FROM ledger_archive", "1");
}

TEST_CASE("a month that cannot be written keeps no other month from its archive") {
  place at;
  const auto opened = at.open(at_once);
  REQUIRE(opened);
  at.ask("CREATE TABLE ledger_archive_1970_01 (somebody text)");
  batch both{1, {}, {at_version(12'000)}, {}};
  for (engine::version version = 1; version <= 12'000; ++version) {
    both.facts.push_back(small_fact(1, version));
    if (version > 6'000) both.facts.back().fact.at += std::chrono::days{31};
  }
  REQUIRE((*opened)->commit(both).status == commit_status::committed);
  at.wait_for("SELECT to_regclass('ledger_archive_1970_02') IS NOT NULL", "t");
  at.wait_for("SELECT count(*) > 0 FROM ledger_archive WHERE version > 6000", "t");
  const auto from = *(*opened)->open_reader();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (from->statistics()->trouble.empty() && std::chrono::steady_clock::now() < until) {
  }
  CHECK(from->statistics()->trouble.find("archive: no partition of relation") == 0);
  CHECK(at.ask("SELECT count(*) FROM ledger WHERE version <= 6000") == "6000");
}

TEST_CASE("a move that lost its connection is made again on a new one") {
  place at;
  const auto opened = at.open(at_once);
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1), small_fact(1, 2)}, {at_version(2)}, {}}).status ==
          commit_status::committed);
  at.wait_for("SELECT count(*) FROM ledger_archive", "1");
  CHECK(at.ask("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE query LIKE 'SELECT "
               "archive_facts%'"
               " OR query LIKE 'SELECT pg_relation_size%'") != "0");
  auto next = batch{2, {small_fact(1, 3)}, {at_version(3)}, {}};
  REQUIRE((*opened)->commit(next).status == commit_status::committed);
  at.wait_for("SELECT count(*) FROM ledger_archive", "2");
}

TEST_CASE(
    "stock_now tells the same before and after a move, and facts behind a snapshot without figures stay") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  auto unread = at_version(4);
  unread.body = "of a newer program";
  REQUIRE((*opened)
              ->commit(
                  {1,
                   {small_fact(1, 1), small_fact(1, 2), small_fact(1, 3), small_fact(1, 4), small_fact(1, 5)},
                   {unread},
                   {engine::product{engine::sku_id{1}, "TEA", {}, {}}}})
              .status == commit_status::committed);
  const auto now = [&] {
    return at.ask("SELECT concat_ws(' ', version, on_hand, inspecting) FROM stock_now");
  };
  CHECK(now() == "5 5 0");
  CHECK(at.ask(move_all(1)) == "0");
  CHECK(at.ask("SELECT count(*) FROM pg_inherits WHERE inhparent = 'ledger_archive'::regclass") == "0");
  CHECK(now() == "5 5 0");
  REQUIRE((*opened)->commit({2, {}, {at_version(4)}, {}}).status == commit_status::committed);
  CHECK(at.ask(move_all(1)) == "3");
  CHECK(now() == "5 5 0");
}

TEST_CASE("a load whose snapshot is older than a move finds what was moved") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)
              ->commit({1,
                        {small_fact(1, 1), small_fact(1, 2), small_fact(1, 3), small_fact(1, 4)},
                        {at_version(3)},
                        {}})
              .status == commit_status::committed);
  REQUIRE(at.ask(move_all(1)) == "2");
  at.ask("UPDATE stock SET version = 1"); // as it was read before the move
  const std::vector<engine::sku_id> asked{engine::sku_id{1}};
  const auto loaded = (*(*opened)->open_reader())->load(asked, 100);
  REQUIRE(loaded);
  REQUIRE(loaded->front().facts.size() == 3);
  CHECK(loaded->front().facts.front().fact.version == 2);
}

TEST_CASE("loading a SKU, stock_now and its newest facts do not touch the archive") {
  place at;
  const auto opened = at.open_within(std::chrono::seconds{1});
  REQUIRE(opened);
  REQUIRE((*opened)
              ->commit({1,
                        {small_fact(1, 1), small_fact(1, 2), small_fact(1, 3)},
                        {at_version(2)},
                        {engine::product{engine::sku_id{1}, "TEA", {}, {}}}})
              .status == commit_status::committed);
  REQUIRE(at.ask(move_all(1)) == "1");
  const auto from = *(*opened)->open_reader();
  auto blocker = at.session();
  REQUIRE(blocker.execute("BEGIN; LOCK TABLE ledger_archive IN ACCESS EXCLUSIVE MODE"));
  CHECK((*from->load_snapshot(engine::sku_id{1}))->version == 2);
  CHECK(from->facts_after(engine::sku_id{1}, 2, 100)->size() == 1);
  CHECK(from->facts_after(engine::sku_id{1}, 3, 100)->empty());
  CHECK(from->history(engine::sku_id{1}, 0, 2)->size() == 2);
  CHECK(from->history(engine::sku_id{7}, 0, 1)->empty());
  CHECK(at.ask("SELECT version FROM stock_now") == "3");
  CHECK_FALSE(from->history(engine::sku_id{1}, 0, 3));
  REQUIRE(blocker.execute("COMMIT"));
  CHECK(from->history(engine::sku_id{1}, 0, 3)->size() == 3);
}

} // namespace lockstep::storage
