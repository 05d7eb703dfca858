#include "storage/postgres/schema.hpp"

#include "storage/postgres/tenure.hpp"
#include "storage/schema/postgres_migrations.hpp"

#include <fmt/format.h>

namespace lockstep::storage::postgres {
namespace {

using schema::postgres::steps;

error refused(std::string what) {
  return engine::make_error(engine::error_code::refused, std::move(what));
}

result<void> check_database(connection& db) {
  const auto found = db.ask("SELECT current_setting('server_encoding')");
  if (!found) return found.error().what;
  if (found->text(0, 0) == "UTF8") return {};
  return refused(
      fmt::format("the database is encoded in {}: create one with ENCODING 'UTF8'", found->text(0, 0)));
}

result<std::int64_t> steps_taken(connection& db) {
  const auto exists =
      db.ask("SELECT to_regclass(quote_ident(current_schema()) || '.lockstep_schema') IS NOT NULL");
  if (!exists) return exists.error().what;
  if (exists->integer(0, 0) == 0) return 0;
  const auto taken = db.ask("SELECT max(step) FROM lockstep_schema");
  if (!taken) return taken.error().what;
  const auto count = taken->integer(0, 0);
  if (count <= static_cast<std::int64_t>(steps.size())) return count;
  return engine::make_error(
      engine::error_code::too_new,
      fmt::format("the store has schema {}, this program knows up to {}: use the newer program", count,
                  steps.size()));
}

error step_failed(std::size_t number, const failure& failed) {
  const auto what = fmt::format("step {} of the schema: {}", number, failed.what.what);
  if (!failed.told_by_server) return failed.what;
  if (failed.sqlstate == "42501" && number > 1)
    return refused(what + "; the store's schema is older than this program and its role may not change it:"
                          " run `lockstep migrate up` as the owner of the tables");
  // Somebody's query holds a table; whatever else is wrong stays so until a right or a name is changed.
  if (failed.sqlstate == "55P03") return engine::make_error(engine::error_code::unavailable, what);
  return refused(what);
}

result<void> take_step(connection& db, std::size_t number, bool had_writers) {
  const auto first = number == 1 ? "CREATE TABLE lockstep_schema (step integer PRIMARY KEY,"
                                   " taken_at timestamptz NOT NULL DEFAULT now());"
                                 : "";
  // A program that wrote the older schema may have lost its session, and come back: it finds itself replaced.
  const auto* last = had_writers ? next_epoch : "";
  const auto done =
      db.execute(fmt::format("BEGIN; {} {} INSERT INTO lockstep_schema (step) VALUES ({}); {} COMMIT", first,
                             steps[number - 1].sql, number, last));
  if (done) return {};
  return step_failed(number, done.error());
}

} // namespace

result<std::vector<schema_step>> read_steps(connection& db) {
  const auto count = steps_taken(db);
  if (!count) return count.error();
  std::vector<schema_step> all;
  for (const auto& each : steps)
    all.push_back({each.name, {}});
  if (*count == 0) return all;
  const auto taken = db.ask("SELECT to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
                            " FROM lockstep_schema ORDER BY step");
  if (!taken) return taken.error().what;
  for (int row = 0; row < taken->size() && row < static_cast<int>(all.size()); ++row)
    all[static_cast<std::size_t>(row)].taken_at = taken->text(row, 0);
  return all;
}

result<void> prepare_schema(connection& db, std::chrono::milliseconds answer_timeout) {
  if (auto fit = check_database(db); !fit) return fit;
  const auto taken = steps_taken(db);
  if (!taken) return taken.error();
  db.set_answer_timeout(migration_timeout);
  for (auto step = static_cast<std::size_t>(*taken); step < steps.size(); ++step)
    if (auto done = take_step(db, step + 1, *taken > 0); !done) return done;
  db.set_answer_timeout(answer_timeout);
  return {};
}

result<void> grant_writer(connection& db, const std::string& role) {
  const auto done = db.ask("SELECT grant_writer($1)", parameters::of(role));
  if (done) return {};
  if (!done.error().told_by_server) return done.error().what;
  return refused(done.error().what.what);
}

} // namespace lockstep::storage::postgres
