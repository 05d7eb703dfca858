// What people do to a server: settings of a DBA, rights taken away, locks, sessions ended or stopped, no
// connection left. The store says what is wrong, loses nothing, and goes on by itself.
#include "tests/storage/gated_postgres.hpp"
#include "tests/storage/numbered_batches.hpp"
#include "tests/storage/samples.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <vector>

#include <signal.h>

namespace lockstep::storage {
namespace {

using namespace std::chrono_literals;
using samples::gated_postgres;
using samples::numbered_batches;
using samples::postgres_server;

constexpr const char* ours = " FROM pg_stat_activity WHERE application_name = 'lockstep'";

void end_sessions(postgres_server& of) {
  of.ask(fmt::format("SELECT pg_terminate_backend(pid, 5000){}", ours));
}

// A session that its client has left takes its slot with it a moment later.
void wait_for_sessions(postgres_server& of, std::size_t left) {
  while (of.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'lockstep'") != std::to_string(left)) {
  }
}

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                       std::filesystem::directory_iterator{});
}

void expect_all(gated_postgres& s, std::int64_t batches) {
  CHECK(s.batches_stored() == batches);
  s.reopen();
  CHECK(s.batches_stored() == batches);
}

} // namespace

TEST_CASE("what the server refuses for a time makes the store unavailable, and it goes on by itself") {
  gated_postgres s{2s};
  numbered_batches made;
  REQUIRE(s.deliver(made.next(1)) == commit_status::committed);
  const auto next = made.next(2);
  const auto expect_unavailable = [&](std::string_view why) {
    const auto done = s.opened->commit(next);
    CHECK(done.status == commit_status::unavailable);
    CAPTURE(done.what);
    CHECK(done.what.find(why) != std::string::npos);
  };
  SECTION("the role may only read") {
    s.server.ask("ALTER ROLE lockstep SET default_transaction_read_only = on");
    end_sessions(s.server);
    CHECK(s.opened->commit(next).status == commit_status::unavailable);
    expect_unavailable("session is read-only");
    s.server.ask("ALTER ROLE lockstep RESET default_transaction_read_only");
  }
  SECTION("a right was taken away") {
    s.server.ask(fmt::format("REVOKE INSERT ON {}.ledger FROM lockstep", s.schema));
    expect_unavailable("permission denied for table ledger");
    s.server.ask(fmt::format("GRANT INSERT ON {}.ledger TO lockstep", s.schema));
  }
  SECTION("somebody locks the ledger with a tool") {
    const auto tool = s.server.connect();
    PQclear(PQexec(tool.get(), fmt::format("BEGIN; LOCK TABLE {}.ledger IN SHARE MODE", s.schema).c_str()));
    expect_unavailable("lock timeout");
    PQclear(PQexec(tool.get(), "ROLLBACK"));
  }
  SECTION("the role may have no connection") {
    s.server.ask("ALTER ROLE lockstep CONNECTION LIMIT 0");
    end_sessions(s.server);
    CHECK(s.opened->commit(next).status == commit_status::unavailable);
    expect_unavailable("too many connections");
    s.server.ask("ALTER ROLE lockstep CONNECTION LIMIT -1");
  }
  REQUIRE(s.deliver(next) == commit_status::committed);
  expect_all(s, 2);
}

TEST_CASE("a server without a free connection is waited for") {
  postgres_server server{{.settings = {"max_connections=8", "superuser_reserved_connections=3"}}};
  gated_postgres s{2s, server};
  numbered_batches made;
  REQUIRE(s.deliver(made.next(1)) == commit_status::committed);
  std::vector<postgres_server::connection> others;
  do
    others.push_back(server.connect("lockstep"));
  while (PQstatus(others.back().get()) == CONNECTION_OK);
  others.pop_back();
  end_sessions(server);
  others.push_back(server.connect("lockstep")); // takes the place of ours
  REQUIRE(PQstatus(others.back().get()) == CONNECTION_OK);
  const auto next = made.next(2);
  CHECK(s.opened->commit(next).status == commit_status::unavailable);
  const auto still = s.opened->commit(next);
  CHECK(still.status == commit_status::unavailable);
  CHECK(still.what.find("remaining connection slots are reserved") != std::string::npos);
  CHECK(s.opened->open_reader().error().code == engine::error_code::unavailable);
  others.pop_back();
  wait_for_sessions(server, others.size());
  REQUIRE(s.opened->commit(next).status == commit_status::committed);
  others.clear();
  wait_for_sessions(server, 1);
  expect_all(s, 2);
}

TEST_CASE("what a DBA has set for everybody does not reach our sessions") {
  postgres_server server;
  for (const auto* setting :
       {"statement_timeout = '200ms'", "lock_timeout = '1ms'", "idle_session_timeout = '1s'",
        "idle_in_transaction_session_timeout = '200ms'", "default_transaction_isolation = 'serializable'"})
    server.ask(fmt::format("ALTER ROLE lockstep SET {}", setting));
  gated_postgres s{5s, server};
  const auto from = s.opened->open_reader();
  REQUIRE(from);
  const auto sessions = [&] {
    return server.ask(fmt::format("SELECT string_agg(pid::text, ' ' ORDER BY pid){}", ours));
  };
  const auto first = sessions();
  // Every statement takes longer than the role's time-outs, and somebody holds the ledger as long.
  server.ask(fmt::format("CREATE FUNCTION {0}.slow() RETURNS trigger LANGUAGE plpgsql AS"
                         " 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';"
                         "CREATE TRIGGER slow BEFORE INSERT ON {0}.ledger EXECUTE FUNCTION {0}.slow()",
                         s.schema));
  const auto tool = server.connect();
  PQclear(PQexec(tool.get(), fmt::format("BEGIN; LOCK TABLE {}.ledger IN SHARE MODE", s.schema).c_str()));
  REQUIRE(PQsendQuery(tool.get(), "SELECT pg_sleep(0.3); ROLLBACK") == 1);
  numbered_batches made;
  CHECK(s.opened->commit(made.next(1)).status == commit_status::committed);
  server.ask("SELECT pg_sleep(1.5)"); // idle as long
  CHECK(sessions() == first);
  REQUIRE(s.opened->commit(made.next(2)).status == commit_status::committed);
  CHECK((*from)->statistics());
  expect_all(s, 2);
}

TEST_CASE("a reader that missed a deadline has asked once, and hangs up at once") {
  gated_postgres s{500ms};
  s.server.ask(fmt::format("CREATE OR REPLACE FUNCTION {0}.first_row_at(wanted bigint) RETURNS bigint"
                           " LANGUAGE sql AS $$ SELECT wanted FROM pg_sleep(wanted / 1000000) $$",
                           s.schema));
  const auto from = s.opened->open_reader();
  REQUIRE(from);
  CHECK(*(*from)->first_row_at(samples::time(1)) == 1);
  const auto before = open_files();
  const auto late = (*from)->first_row_at(samples::time(300'000'000));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == engine::error_code::unavailable);
  CHECK(late.error().what.find("no answer within 500 ms") != std::string::npos);
  CHECK(open_files() < before); // the gate is in this process, and closes its side of it
  CHECK(s.server.ask(
            fmt::format("SELECT count(*){} AND query LIKE '%first_row%' AND state = 'active'", ours)) == "1");
  end_sessions(s.server);
  CHECK(*(*from)->first_row_at(samples::time(2)) == 2);
}

TEST_CASE("a session that stands still beyond the deadline is ended before another commits in its place") {
  gated_postgres s{500ms};
  numbered_batches made;
  REQUIRE(s.opened->commit(made.next(1)).status == commit_status::committed);
  const auto process =
      std::stoi(s.server.ask("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1280005972"
                             " AND objid = '" +
                             s.schema + "'::regnamespace"));
  REQUIRE(kill(process, SIGSTOP) == 0);
  const auto next = made.next(2);
  const auto silent = s.opened->commit(next);
  CHECK((silent.status == commit_status::unavailable || silent.status == commit_status::unknown));
  CHECK(silent.what.find("no answer within 500 ms") != std::string::npos);
  // It may still carry out what it was sent: nobody commits beside it.
  const auto beside =
      silent.status == commit_status::unknown ? commit_status::unknown : s.opened->commit(next).status;
  CHECK(beside != commit_status::committed);
  CHECK_FALSE(s.opened->find_batch(2).has_value());
  REQUIRE(kill(process, SIGCONT) == 0);
  auto found = s.opened->find_batch(2);
  for (int again = 0; !found && again < 50; ++again)
    found = s.opened->find_batch(2);
  REQUIRE(found);
  if (!*found) REQUIRE(s.opened->commit(next).status == commit_status::committed);
  REQUIRE(s.opened->commit(made.next(3)).status == commit_status::committed);
  expect_all(s, 3);
}

} // namespace lockstep::storage
