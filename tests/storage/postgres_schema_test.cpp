// The schema as a seller's analyst and database administrator meet it: roles, steps, views.
#include "tests/storage/postgres_place.hpp"

#include "storage/migrate_store.hpp"
#include "storage/open_store.hpp"
#include "storage/schema/postgres_migrations.hpp"

#include <fstream>
#include <sstream>

namespace lockstep::storage {
namespace {

using samples::small_fact;
using place = samples::postgres_place;

constexpr auto february = 1'770'000'000'000'000; // 2026

// A role that nobody has used.
std::string new_role(const place& at) {
  static int roles = 0;
  auto name = fmt::format("writer_{}", ++roles);
  at.server.ask("CREATE ROLE " + name + " LOGIN");
  return name;
}

// A store as the release that knew one step left it, with a fact and its snapshot.
void make_old_store(const place& at) {
  auto db = at.session();
  REQUIRE(db.execute(fmt::format(
      "BEGIN; CREATE TABLE lockstep_schema (step integer PRIMARY KEY, taken_at timestamptz NOT NULL DEFAULT "
      "now());"
      " {} INSERT INTO lockstep_schema (step) VALUES (1);"
      " INSERT INTO writer (epoch, current, batch, last_row, latest) VALUES (1, true, 1, 2, 20);"
      " INSERT INTO ledger (row, version, at, units, available, batch, sku, epoch, account, location, kind)"
      "  VALUES (1, 1, 10, 5, 5, 1, 1, 1, 0, 0, 1), (2, 2, 20, 2, 7, 1, 1, 1, 0, 0, 1);"
      " INSERT INTO stock (sku, version, at, on_hand, body) VALUES (1, 2, 20, 7, 'body'); COMMIT",
      schema::postgres::steps[0].sql)));
}

engine::fact oversold_by(engine::version version, engine::quantity units, std::string reference) {
  engine::fact made;
  made.version = version;
  made.at = samples::time(february);
  made.kind = engine::fact_kind::oversold;
  made.account = engine::account_id{1};
  made.units = units;
  made.reference = std::move(reference);
  return made;
}

engine::fact resolved(engine::version version, engine::version incident, engine::quantity units) {
  engine::fact made;
  made.version = version;
  made.at = samples::time(february + 3'600'000'000);
  made.kind = engine::fact_kind::resolved;
  made.units = units;
  made.value = incident;
  made.note = "covered";
  return made;
}

// A product that oversold twice, listed and acknowledged, and a message and a SKU that went wrong.
batch shop() {
  const auto now = samples::time(february);
  const engine::sku_id mug{1};
  const engine::account_id eu{1};
  return {1,
          {{mug, oversold_by(1, 3, "#1001:1")},
           {mug, oversold_by(2, 1, "#1002:1")},
           {mug, resolved(3, 1, 3)},
           small_fact(1, 4)},
          {samples::counted_snapshot(1, 4, now)},
          {engine::product{mug,
                           "MUG-BLUE",
                           "Mug",
                           {{"upc", "036000291452"}, {"asin", "B000123456"}, {"walmart_item_id", "77"}}},
           engine::product{engine::sku_id{2}, "CUP", "Cup", {}},
           engine::account{eu, "eu", "shopify", engine::account_mode::active},
           engine::listing{engine::listing_id{1}, eu, mug, "item", "variant", "place", {}},
           engine::listing{engine::listing_id{2}, eu, engine::sku_id{2}, "cup", "", "place", {}},
           publication{engine::listing_id{1}, 3, 2, 7, 6, now, true, ""},
           dead_letter{0, now, eu, "poll", "#1003:1", "unknown SKU", "{}", false},
           quarantined{engine::sku_id{2}, now, "content", false},
           proposal{{mug, {"mpn", "X"}}, {}, {}, {}, now}}};
}

// The indented blocks of the schema's README under "## PostgreSQL", statement by statement.
std::vector<std::string> documented_queries() {
  std::ifstream file{LOCKSTEP_SOURCE_DIR "/storage/schema/README.md"};
  std::string line;
  std::string sql;
  bool ours = false;
  while (std::getline(file, line)) {
    if (line.starts_with("## ")) ours = line == "## PostgreSQL";
    if (ours && line.starts_with("    ")) sql += line + '\n';
  }
  std::vector<std::string> queries;
  std::istringstream all{sql};
  while (std::getline(all, line, ';'))
    if (line.find("SELECT") != std::string::npos) queries.push_back(line);
  return queries;
}

} // namespace

TEST_CASE("a store of an older schema takes the steps it lacks when it is opened, and keeps what it holds") {
  place at;
  make_old_store(at);
  CHECK_FALSE(read_schema(at.url())->back().taken_at);
  const auto opened = at.open();
  REQUIRE(opened);
  CHECK((*opened)->current_epoch() == 4); // each step takes one
  CHECK(samples::ledger_of(**opened).size() == 2);
  CHECK((*opened)->commit({1, {small_fact(1, 3)}, {}, {}}).status == commit_status::committed);
  CHECK(at.ask("SELECT archive_facts(4, 0, 1, 1000)") == "1");
  CHECK(read_schema(at.url())->back().taken_at);
}

TEST_CASE("a writer whose store got a newer schema while its session was lost writes no more") {
  place at;
  make_old_store(at);
  REQUIRE(migrate_store(at.url(), ""));
  CHECK(at.refusal("SELECT claim_batch(1, 2, 2, 20)") == "LS001");
  REQUIRE(migrate_store(at.url(), ""));
  CHECK(at.ask("SELECT max(epoch) FROM writer") == "3");
}

TEST_CASE("the steps of a store are read beside its writer, and taken only without one") {
  place at;
  CHECK_FALSE(read_schema(at.url())->front().taken_at);
  REQUIRE(migrate_store(at.url(), ""));
  const auto steps = *read_schema(at.url());
  REQUIRE(steps.size() == schema::postgres::steps.size());
  for (const auto& step : steps)
    CHECK(step.taken_at->starts_with("20"));
  const auto opened = at.open();
  REQUIRE(opened);
  CHECK(read_schema(at.url())->size() == steps.size());
  const auto beside = migrate_store(at.url(), "");
  REQUIRE_FALSE(beside);
  CHECK(beside.error().code == engine::error_code::unavailable);
  CHECK(beside.error().what.find("the store is held by server process") != std::string::npos);
  at.ask("INSERT INTO lockstep_schema (step) VALUES (99)");
  CHECK(read_schema(at.url()).error().code == engine::error_code::too_new);
}

TEST_CASE("a role that writes the store can add facts and archive old ones, and change or remove none") {
  place at;
  const auto role = new_role(at);
  REQUIRE(migrate_store(at.url(), role));
  {
    const auto opened = at.open(postgres::archive_options{.after = std::chrono::days{1},
                                                          .rest = std::chrono::milliseconds{1},
                                                          .retry = std::chrono::milliseconds{1}},
                                role);
    REQUIRE(opened);
    auto first = shop();
    REQUIRE((*opened)->commit(first).what == "");
    auto again = shop(); // every record again: now each replaces a row
    again.number = 2;
    again.facts = {small_fact(1, 5)};
    again.snapshots.front().version = 5;
    REQUIRE((*opened)->commit(again).what == "");
    at.wait_for("SELECT count(*) FROM ledger_archive", "4");
    CHECK((*(*opened)->open_reader())->statistics()->trouble == "");
  }
  const auto opened = at.open(std::nullopt, role);
  REQUIRE(opened);
  CHECK((*opened)->current_epoch() == 2);
  CHECK(samples::ledger_of(**opened).size() == 5);
  CHECK((*opened)->commit({1, {small_fact(1, 6)}, {}, {}}).status == commit_status::committed);
  for (const auto* change :
       {"UPDATE ledger SET units = 1", "DELETE FROM ledger", "TRUNCATE ledger", "DROP TABLE ledger",
        "UPDATE ledger_archive SET units = 1", "DELETE FROM ledger_archive", "TRUNCATE ledger_archive",
        "INSERT INTO ledger_archive SELECT * FROM ledger", "DELETE FROM ledger_archive_2026_02",
        "INSERT INTO ledger_archive_2026_02 SELECT * FROM ledger", "DELETE FROM stock", "DELETE FROM writer",
        "CREATE TABLE mine (x int)", "SELECT grant_writer('lockstep')"})
    CHECK(at.refusal(change, role) == "42501");
}

TEST_CASE("a move with its owner's rights looks at no table of its caller") {
  place at;
  const auto role = new_role(at);
  REQUIRE(migrate_store(at.url(), role));
  const auto opened = at.open(std::nullopt, role);
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1), small_fact(1, 2)}, {}, {}}).status ==
          commit_status::committed);
  auto caller = at.session(role);
  REQUIRE(caller.execute("CREATE TEMP TABLE stock (sku integer, version bigint);"
                         "INSERT INTO stock VALUES (1, 2);"
                         "SET search_path = pg_temp, " +
                         at.schema));
  const auto moved = caller.ask("SELECT archive_facts(1, 0, 1, 1000000)");
  REQUIRE(moved);
  CHECK(moved->integer(0, 0) == 0);
  CHECK(at.ask("SELECT count(*) FROM ledger") == "2");
}

TEST_CASE("a role that may not change the schema is told who should, and how") {
  place at;
  make_old_store(at);
  const auto role = new_role(at);
  at.ask(fmt::format("GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {1}",
                     at.schema, role));
  const auto opened = at.open(std::nullopt, role);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == engine::error_code::refused);
  CHECK(opened.error().what.find("run `lockstep migrate up` as the owner of the tables") !=
        std::string::npos);
  REQUIRE(migrate_store(at.url(), role));
  CHECK(at.open(std::nullopt, role));
}

TEST_CASE("a writer's role that is none, or that owns the tables, is refused by name") {
  place at;
  for (const std::string role : {"nobody_of_that_name", "lockstep"}) {
    const auto done = migrate_store(at.url(), role);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == engine::error_code::refused);
    CHECK(done.error().what.find(role) != std::string::npos);
  }
  CHECK(at.open());
}

TEST_CASE(
    "a role that could reach facts by other rights than a writer's is refused, and what to revoke is named") {
  const auto [right, cure] = GENERATE(table<std::string, std::string>({
      {"GRANT CREATE ON SCHEMA {1} TO PUBLIC", "REVOKE CREATE ON SCHEMA"},
      {"GRANT pg_write_all_data TO {0}", "pg_write_all_data"},
      {"GRANT UPDATE (units) ON ledger TO PUBLIC", "may change facts in ledger by"},
      {"GRANT TRUNCATE ON ledger_archive TO PUBLIC", "may change facts in ledger_archive"},
      {"GRANT TRIGGER ON ledger TO PUBLIC", "may change facts in ledger by"},
      {"GRANT INSERT ON ledger_archive TO PUBLIC", "may change facts in ledger_archive"},
      {"ALTER SCHEMA {1} OWNER TO {0}", "owner of the tables, their schema"},
      {"ALTER TABLE ledger_archive OWNER TO {0}", "owner of the tables"},
  }));
  place at;
  const auto role = new_role(at);
  REQUIRE(migrate_store(at.url(), role));
  at.ask(fmt::format(fmt::runtime(right), role, at.schema));
  at.ask(fmt::format("GRANT ALL ON SCHEMA {} TO lockstep", at.schema));
  const auto done = migrate_store(at.url(), role);
  INFO(right);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == engine::error_code::refused);
  INFO(done.error().what);
  CHECK(done.error().what.find(cure) != std::string::npos);
}

TEST_CASE("a role that owned the store becomes its writer when all it owns has another owner") {
  place at;
  const auto role = new_role(at);
  at.ask(fmt::format("ALTER SCHEMA {} OWNER TO {}", at.schema, role));
  REQUIRE(at.open(std::nullopt, role));
  at.ask(fmt::format("REASSIGN OWNED BY {} TO lockstep", role));
  REQUIRE(migrate_store(at.url(), role));
  const auto opened = at.open(std::nullopt, role);
  REQUIRE(opened);
  CHECK((*opened)->commit({1, {small_fact(1, 1)}, {}, {}}).status == commit_status::committed);
  CHECK(at.refusal("DELETE FROM ledger", role) == "42501");
}

TEST_CASE("a move with its owner's rights calls no function that stands beside the tables") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit({1, {small_fact(1, 1), small_fact(1, 2)}, {}, {}}).status ==
          commit_status::committed);
  at.ask("CREATE FUNCTION format(text, bigint) RETURNS text LANGUAGE plpgsql AS"
         " $$ BEGIN DELETE FROM ledger; RETURN '(0,0)'; END $$;"
         "CREATE FUNCTION to_timestamp(numeric) RETURNS timestamptz LANGUAGE plpgsql AS"
         " $$ BEGIN DELETE FROM ledger; RETURN now(); END $$");
  CHECK(at.ask("SELECT archive_facts(1, 0, 1, 1000000)") == "0");
  CHECK(at.ask("SELECT count(*) FROM ledger") == "2");
}

TEST_CASE("an analyst sees incidents, open and resolved, in the ledger and in the archive") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit(shop()).what == "");
  const auto expect_incidents = [&] {
    CHECK(at.ask(
              "SELECT string_agg(concat_ws(' ', sku, incident, account, reference, units,"
              " resolved_at - since, coalesce(resolution, 'open')), ', ' ORDER BY incident) FROM incident") ==
          "MUG-BLUE 1 eu #1001:1 3 01:00:00 covered, MUG-BLUE 2 eu #1002:1 1 open");
  };
  expect_incidents();
  CHECK(at.ask("SELECT archive_facts(1, 0, 1, 1780000000000000)") == "3");
  expect_incidents();
  auto analyst = at.session();
  REQUIRE(analyst.execute("SET enable_seqscan = off"));
  const auto plan = analyst.ask("EXPLAIN (FORMAT JSON) SELECT * FROM incident");
  REQUIRE(plan);
  CHECK(plan->text(0, 0).find("ledger_archive_2026_02_sku_version_idx1") != std::string_view::npos);
}

TEST_CASE(
    "an analyst sees the codes of products, what channels show, and what went wrong, with times to read") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit(shop()).what == "");
  at.ask("SET timezone = 'UTC'");
  CHECK(
      at.ask(
          "SELECT string_agg(concat_ws(' ', sku, title, upc, ean, asin, walmart_item_id), ', ' ORDER BY sku)"
          " FROM product_codes") == "CUP Cup, MUG-BLUE Mug 036000291452 B000123456 77");
  CHECK(at.ask("SELECT string_agg(concat_ws(' ', account, marketplace, sku, acknowledged, acknowledged_at, "
               "expected,"
               " uncertain), ', ' ORDER BY listing_id) FROM listing_now") ==
        "eu shopify MUG-BLUE 7 2026-02-02 02:40:00+00 6 t, eu shopify CUP");
  CHECK(at.ask("SELECT concat_ws(' ', at, account, reference, reason) FROM dead_letters") ==
        "2026-02-02 02:40:00+00 eu #1003:1 unknown SKU");
  CHECK(at.ask("SELECT concat_ws(' ', sku, at, reason, released) FROM quarantined") ==
        "CUP 2026-02-02 02:40:00+00 content f");
}

TEST_CASE("every documented query runs, for a role that may only read") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  REQUIRE((*opened)->commit(shop()).what == "");
  const auto role = new_role(at);
  at.ask(fmt::format("GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {1}",
                     at.schema, role));
  auto analyst = at.session(role);
  const auto queries = documented_queries();
  CHECK(queries.size() >= 9);
  for (const auto& query : queries) {
    INFO(query);
    const auto told = analyst.ask(query.c_str());
    INFO((told ? "" : told.error().what.what));
    CHECK(told.has_value());
  }
}

TEST_CASE("a ledger that nobody cleans up or sums up is told in the statistics") {
  place at;
  const auto opened = at.open();
  REQUIRE(opened);
  const auto from = *(*opened)->open_reader();
  CHECK(from->statistics()->trouble == "");
  at.ask("ALTER TABLE ledger SET (autovacuum_enabled = off)");
  CHECK(from->statistics()->trouble == "the ledger is never cleaned up: autovacuum is off for it");
  at.ask("ALTER TABLE ledger RESET (autovacuum_enabled)");
  CHECK(from->statistics()->trouble == "");
}

TEST_CASE("an index that cannot be summed up when the store opens is told in the statistics until it is") {
  place at;
  REQUIRE(at.open());
  const auto summary = [&](const char* sql) {
    at.ask(fmt::format(
        "CREATE OR REPLACE FUNCTION summarize_ledger() RETURNS integer LANGUAGE sql AS $$ {} $$", sql));
  };
  summary("SELECT 1 / 0");
  const auto opened = at.open(postgres::archive_options{
      .after = std::chrono::days{1}, .rest = std::chrono::hours{1}, .retry = std::chrono::milliseconds{1}});
  REQUIRE(opened);
  const auto from = *(*opened)->open_reader();
  const auto trouble = from->statistics()->trouble;
  CHECK(trouble.find("the end of the ledger is not summed up") == 0);
  CHECK(trouble.find("division by zero") != std::string::npos);
  summary("SELECT 0");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!from->statistics()->trouble.empty() && std::chrono::steady_clock::now() < until) {
  }
  CHECK(from->statistics()->trouble == "");
}

} // namespace lockstep::storage
