// A server and a network that fail at every place in turn: no acknowledged batch is lost, none is torn, none
// comes twice, and the store goes on once all is well.
#include "tests/storage/gated_postgres.hpp"
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"

#include <fmt/format.h>

#include <thread>
#include <utility>

namespace lockstep::storage {
namespace {

using namespace std::chrono_literals;
using samples::numbered_batches;
using samples::postgres_server;
using samples::tcp_gate;
using gated_store = samples::gated_postgres;
using direction = tcp_gate::direction;

struct verdicts {
  int unavailable = 0;
  int unknown = 0;
  int committed = 0;

  void count(commit_status status) {
    unavailable += status == commit_status::unavailable;
    unknown += status == commit_status::unknown;
    committed += status == commit_status::committed;
  }
};

// One fact, now and then with records and a snapshot: the exchange is short enough to be cut at every byte.
batch small_batch(batch_number number, bool with_records) {
  batch made{.number = number,
             .facts = {samples::small_fact(1, number, fmt::format("{}", number))},
             .snapshots = {},
             .records = {}};
  if (!with_records) return made;
  made.snapshots.push_back({samples::sku(1), number, samples::time(number), "body"});
  made.records.push_back(watermark{engine::account_id{1}, "orders", samples::time(number)});
  return made;
}

// Cuts the connection before byte 0, 1, 2, ... of a commit until a commit ends before it is cut. The longer
// exchange, with records, is cut at every seventh byte.
verdicts sweep(direction way, bool with_records) {
  gated_store s;
  verdicts seen;
  batch_number number = 0;
  REQUIRE(s.deliver(small_batch(++number, with_records)) == commit_status::committed);
  for (std::int64_t cut = 0; cut < 5'000; cut += with_records ? 7 : 1) {
    INFO("cut before byte " << cut);
    s.gate.reset_after(way, cut);
    const auto first = s.deliver(small_batch(++number, with_records));
    seen.count(first);
    if (s.gate.struck()) continue;
    s.gate.pass();
    const auto rows = samples::ledger_of(*s.opened);
    REQUIRE(rows.size() == static_cast<std::size_t>(number));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      REQUIRE(rows[i].fact.version == static_cast<engine::version>(i + 1));
      REQUIRE(rows[i].fact.reference == fmt::format("{}", i + 1));
    }
    return seen;
  }
  FAIL("every commit was cut");
  return seen;
}

} // namespace

TEST_CASE("no acknowledged batch is lost or doubled, whichever byte of a commit is cut off") {
  const bool with_records = GENERATE(false, true);
  const auto asked = sweep(direction::to_server, with_records);
  CHECK(asked.unavailable > 50);
  CHECK(asked.unknown > 0);
  const auto answered = sweep(direction::to_client, with_records);
  CHECK(answered.unavailable > 0);
  CHECK(answered.unknown > 1);
}

TEST_CASE("a commit whose answer never comes is looked up, and the session it hangs in is ended") {
  gated_store s{1s};
  numbered_batches made;
  s.deliver(made.next(1));
  SECTION("the answer is dropped") {
    s.gate.pass();
    s.deliver(made.next(2));
    s.gate.drop_after(direction::to_client, s.gate.passed(direction::to_client) - 1);
    CHECK(s.deliver(made.next(3)) == commit_status::unknown);
    CHECK(s.gate.struck());
  }
  SECTION("half of the question is dropped") {
    s.gate.drop_after(direction::to_server, 400);
    CHECK(s.deliver(made.next(2)) == commit_status::unknown);
    CHECK(s.gate.struck());
  }
  SECTION("the network stands still") {
    s.gate.stall();
    CHECK(s.deliver(made.next(2), [&] { s.gate.pass(); }) == commit_status::unavailable);
  }
  SECTION("nobody is let in for a while") {
    s.gate.refuse();
    int attempts = 0;
    CHECK(s.deliver(made.next(2), [&] {
      if (++attempts == 3) s.gate.pass();
    }) == commit_status::unavailable);
    CHECK(attempts == 3);
  }
  s.gate.pass();
  REQUIRE(s.deliver(made.next(9)) == commit_status::committed);
  CHECK(s.batches_stored() == made.last());
}

TEST_CASE("a slow network is no fault, however long a batch or an answer is under way") {
  gated_store s{1s};
  const auto shorter_than_it_takes = [&](const auto& exchange) {
    const auto began = std::chrono::steady_clock::now();
    exchange();
    CHECK(std::chrono::steady_clock::now() - began > 1200ms);
  };
  numbered_batches made;
  SECTION("each piece waits") {
    s.gate.delay(10ms);
    CHECK(s.deliver(made.next(1)) == commit_status::committed);
  }
  SECTION("few bytes a second pass") {
    auto large = made.next(1);
    for (auto& each : large.facts)
      each.fact.note = std::string(700'000 / large.facts.size(), 'n');
    large.snapshots.push_back({large.facts.front().sku, 1, samples::time(1), std::string(700'000, 's')});
    s.gate.limit(500'000);
    shorter_than_it_takes([&] { CHECK(s.deliver(large) == commit_status::committed); });
    const auto from = s.opened->open_reader();
    REQUIRE(from);
    shorter_than_it_takes([&] {
      const auto taken = (*from)->load_snapshot(large.snapshots.front().sku);
      REQUIRE(taken);
      CHECK((**taken).body.size() == 700'000);
    });
  }
  s.gate.pass();
  REQUIRE(s.deliver(made.next(2)) == commit_status::committed);
  CHECK(s.batches_stored() == 2);
}

TEST_CASE("a session that is ended by the server costs no batch") {
  gated_store s;
  numbered_batches made;
  std::atomic<bool> over = false;
  // Ends our sessions as fast as it can, whatever they are doing.
  std::thread killer{[&] {
    const auto db = s.server.connect();
    PQclear(PQexec(db.get(), "SET client_min_messages = error"));
    while (!over)
      PQclear(PQexec(db.get(),
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity, pg_sleep(random() * 0.03)"
                     " WHERE application_name = 'lockstep'"));
  }};
  verdicts seen;
  batch_number number = 0;
  while (number < 150 || (seen.unavailable + seen.unknown == 0 && number < 10'000))
    seen.count(s.deliver(made.next(++number)));
  over = true;
  killer.join();
  CHECK(seen.unavailable + seen.unknown > 0);
  CHECK(s.batches_stored() == number);
}

TEST_CASE(
    "a server that is stopped or crashes is waited for, and nothing acknowledged is missing afterwards") {
  postgres_server server; // of its own: the others' sessions end with it
  const auto schema = server.new_schema();
  // Durable all the same, though the role says otherwise and nothing else flushes the log.
  server.ask("ALTER ROLE lockstep SET synchronous_commit = off");
  server.ask("ALTER SYSTEM SET wal_writer_delay = '10s'");
  server.ask("SELECT pg_reload_conf()");
  auto opened = open_postgres({.url = server.url(schema, server.port())});
  REQUIRE(opened);
  numbered_batches made;
  batch_number number = 0;
  for (const auto mode : {postgres_server::stop_mode::immediate, postgres_server::stop_mode::fast}) {
    for (int i = 0; i < 20; ++i)
      REQUIRE((*opened)->commit(made.next(++number)).status == commit_status::committed);
    server.stop(mode);
    const auto next = made.next(++number);
    const auto away = (*opened)->commit(next);
    CHECK(away.status == commit_status::unavailable);
    CHECK((*opened)->commit(next).what.find("Connection refused") != std::string::npos);
    server.start();
    REQUIRE((*opened)->commit(next).status == commit_status::committed);
    REQUIRE(samples::check_whole(samples::ledger_of(**opened)) == number);
  }
}

TEST_CASE("a server that crashes again and again in the middle of load costs no batch") {
  postgres_server server;
  gated_store s{20s, server};
  numbered_batches made;
  std::atomic<batch_number> number = 0;
  verdicts seen;
  for (int crash = 1; crash <= 5; ++crash) {
    std::thread fate{[&, at = number + 20] {
      while (number < at)
        std::this_thread::yield();
      server.crash();
    }};
    for (bool fell = false; !fell;)
      seen.count(s.deliver(made.next(++number), [&] {
        if (std::exchange(fell, true)) return;
        server.stop(postgres_server::stop_mode::immediate);
        server.start();
      }));
    fate.join();
    CHECK(seen.unavailable + seen.unknown == crash);
  }
  CHECK(s.batches_stored() == number);
  s.reopen();
  CHECK(s.batches_stored() == number);
}

TEST_CASE(
    "a commit that a synchronous standby has not confirmed is not acknowledged, and is found once it has") {
  postgres_server server;
  const auto schema = server.new_schema();
  auto opened = open_postgres({.url = server.url(schema, server.port()), .answer_timeout = 1s});
  REQUIRE(opened);
  numbered_batches made;
  REQUIRE((*opened)->commit(made.next(1)).status == commit_status::committed);
  server.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  server.ask("SELECT pg_reload_conf()");
  // A commit waits only once the server's checkpointer has read the setting too, which no query shows.
  batch_number held = 2;
  while ((*opened)->commit(made.next(held)).status == commit_status::committed)
    ++held;
  CHECK_FALSE((*opened)->find_batch(held).has_value());
  CHECK_FALSE((*opened)->find_batch(held).has_value());
  server.ask("ALTER SYSTEM RESET synchronous_standby_names");
  server.ask("SELECT pg_reload_conf()");
  auto found = (*opened)->find_batch(held);
  for (int again = 0; !found && again < 50; ++again)
    found = (*opened)->find_batch(held);
  REQUIRE(found);
  CHECK(*found);
  REQUIRE((*opened)->commit(made.next(held + 1)).status == commit_status::committed);
  CHECK(samples::check_whole(samples::ledger_of(**opened)) == held + 1);
}

} // namespace lockstep::storage
