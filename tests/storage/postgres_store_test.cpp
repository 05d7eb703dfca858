// What only PostgreSQL has: several processes at one server, a schema that may be newer, and SQL for
// analysts.
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/samples.hpp"

#include "storage/postgres/postgres_store.hpp"
#include "storage/schema/postgres_migrations.hpp"

#include <fmt/format.h>

namespace lockstep::storage {
namespace {

using samples::postgres_server;
using samples::small_fact;

struct place {
  place() : schema(server.new_schema()) {}

  [[nodiscard]] result<std::unique_ptr<store>> open() const {
    return open_postgres(
        {.url = server.url(schema, server.port()), .answer_timeout = std::chrono::seconds{1}});
  }

  std::string ask(const std::string& sql) {
    return server.ask(fmt::format("SET search_path = {}; {}", schema, sql));
  }

  // As a machine that vanished: the session ends, the process does not know.
  void end_session_of_writer() {
    ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'");
  }

  postgres_server& server = postgres_server::shared();
  std::string schema;
};

batch records_only(batch_number number) {
  return {.number = number,
          .facts = {},
          .snapshots = {},
          .records = {watermark{engine::account_id{1}, "orders", samples::time(7)}}};
}

} // namespace

TEST_CASE("a second writer is refused while the first lives, and told who that is") {
  place at;
  const auto first = at.open();
  REQUIRE(first);
  const auto second = at.open();
  REQUIRE_FALSE(second);
  CHECK(second.error().code == engine::error_code::unavailable);
  CAPTURE(second.error().what);
  const auto holder = at.ask("SELECT pid FROM pg_locks WHERE locktype = 'advisory'");
  CHECK(second.error().what.find("server process " + holder + " (lockstep from 127.0.0.1, since 2") !=
        std::string::npos);
  CHECK((*first)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  place elsewhere; // another store in the same database
  CHECK(elsewhere.open().has_value());
}

TEST_CASE("a writer that lost its session and was replaced can commit nothing, and the new one goes on") {
  place at;
  const auto old = at.open();
  REQUIRE(old);
  REQUIRE((*old)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  at.end_session_of_writer();
  const auto rightful = at.open();
  REQUIRE(rightful);
  CHECK((*rightful)->current_epoch() == 2);
  const auto content = GENERATE(0, 1, 2);
  const auto attempt = content == 0   ? batch{2, {small_fact(1, 2)}, {}, {}}
                       : content == 1 ? records_only(2)
                                      : batch{2, {}, {}, {}};
  auto done = (*old)->commit(attempt);
  if (done.status == commit_status::unavailable)
    done = (*old)->commit(attempt); // it noticed that it was cut off
  CAPTURE(done.what);
  CHECK(done.status == commit_status::fenced);
  CHECK(*(*old)->find_batch(1));
  CHECK_FALSE((*old)->find_batch(2).has_value());
  CHECK(samples::ledger_of(**rightful).size() == 1);
  CHECK(at.ask("SELECT count(*) FROM watermark") == "0");
  CHECK((*rightful)->commit({1, {small_fact(1, 2)}, {}, {}}).status == commit_status::committed);
}

TEST_CASE("an epoch that was taken over fences the session that still stands, whatever it writes") {
  place at;
  const auto old = at.open();
  REQUIRE(old);
  REQUIRE((*old)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  // What a take-over does, without the lock that keeps it away.
  at.ask("UPDATE writer SET current = false; INSERT INTO writer SELECT epoch + 1, now(), true, 0, last_row, "
         "latest FROM writer");
  const auto content = GENERATE(0, 1, 2);
  const auto done = (*old)->commit(content == 0   ? batch{2, {small_fact(1, 2)}, {}, {}}
                                   : content == 1 ? records_only(2)
                                                  : batch{2, {}, {}, {}});
  CHECK(done.status == commit_status::fenced);
  CHECK(at.ask("SELECT count(*) FROM ledger") == "1");
  CHECK(at.ask("SELECT count(*) FROM watermark") == "0");
}

TEST_CASE("a server that lacks what was acknowledged, as a standby promoted too early, fences the writer") {
  place at;
  auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  REQUIRE((*opened)->commit({2, {small_fact(1, 2)}, {}, {}}).status == commit_status::committed);
  at.ask("DELETE FROM ledger WHERE version = 2; UPDATE writer SET batch = 1, last_row = 1 WHERE current");
  at.end_session_of_writer();
  const batch next{3, {small_fact(1, 3)}, {}, {}};
  auto done = (*opened)->commit(next);
  if (done.status == commit_status::unavailable)
    done = (*opened)->commit(next); // it noticed that it was cut off
  CAPTURE(done.what);
  CHECK(done.status == commit_status::fenced);
  CHECK(done.what.find("lacks what was acknowledged") != std::string::npos);
  CHECK(at.ask("SELECT count(*) FROM ledger") == "1");
  opened->reset();
  const auto after = at.open();
  REQUIRE(after);
  CHECK((*after)->commit({1, {small_fact(1, 2)}, {}, {}}).status == commit_status::committed);
}

TEST_CASE("facts that somebody else wrote fence the writer") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  at.ask("INSERT INTO ledger SELECT row + 1, version + 1, at, units, available, batch, sku, 9, account, "
         "location, kind"
         " FROM ledger");
  const auto done = (*opened)->commit({2, {small_fact(1, 2)}, {}, {}});
  CHECK(done.status == commit_status::fenced);
  CHECK(done.what.find("holds facts this writer does not know") != std::string::npos);
}

TEST_CASE("a PostgreSQL schema of a newer program is refused with both versions, and opens again when it is "
          "known") {
  place at;
  REQUIRE(at.open());
  at.ask("INSERT INTO lockstep_schema (step) VALUES (99)");
  const auto newer = at.open();
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == engine::error_code::too_new);
  const auto known = fmt::format("schema 99, this program knows up to {}", schema::postgres::steps.size());
  CHECK(newer.error().what.find(known) != std::string::npos);
  at.ask("DELETE FROM lockstep_schema WHERE step = 99");
  CHECK(at.open().has_value());
}

TEST_CASE("a database that cannot hold a store is refused with what is wrong") {
  place at;
  const auto refused_by = [&](const std::string& words) {
    const auto opened =
        open_postgres({.url = fmt::format("postgresql://lockstep@127.0.0.1:{}/{}", at.server.port(), words)});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == engine::error_code::refused);
    return opened.error().what;
  };
  CHECK(refused_by("lockstep?options=-csearch_path%3Dnowhere").find("search_path") != std::string::npos);
  CHECK(refused_by("postgres").find("permission denied for schema public") != std::string::npos);
  at.server.ask("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0", "postgres");
  CHECK(refused_by("latin").find("ENCODING 'UTF8'") != std::string::npos);
}

TEST_CASE("a SKU whose number the ledger cannot hold is refused") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  CHECK((*opened)->commit({1, {small_fact(1LL << 31, 1)}, {}, {}}).status == commit_status::refused);
  CHECK((*opened)->commit({1, {small_fact((1LL << 31) - 1, 1)}, {}, {}}).status == commit_status::committed);
}

TEST_CASE("a server that may lose what it acknowledged is told in the statistics") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  CHECK((*(*opened)->open_reader())->statistics()->trouble == "");
  CHECK((*(*opened)->open_reader())->statistics()->bytes > 0);
  at.server.ask("ALTER SYSTEM SET full_page_writes = off");
  at.server.ask("SELECT pg_reload_conf()");
  std::string trouble;
  for (int i = 0; i < 1'000 && trouble.empty(); ++i)
    trouble = (*(*opened)->open_reader())->statistics()->trouble;
  CHECK(trouble.find("full_page_writes is off") != std::string::npos);
  at.server.ask("ALTER SYSTEM RESET full_page_writes");
  at.server.ask("SELECT pg_reload_conf()");
}

} // namespace lockstep::storage
