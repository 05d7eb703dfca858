#include "storage/postgres/schema.hpp"

#include "storage/schema/postgres_migrations.hpp"

#include <fmt/format.h>

namespace lockstep::storage::postgres {
namespace {

using schema::postgres::steps;

// pg_terminate_backend() takes a time to wait, and target_session_attrs knows `primary`, from 14 on.
constexpr int server_version_min = 140'000;

error refused(std::string what) {
  return engine::make_error(engine::error_code::refused, std::move(what));
}

result<void> check_server(connection& db) {
  const auto found =
      db.ask("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')");
  if (!found) return found.error().what;
  if (found->integer(0, 0) < server_version_min) return refused("the server is older than PostgreSQL 14");
  if (found->text(0, 1) == "UTF8") return {};
  return refused(
      fmt::format("the database is encoded in {}: create one with ENCODING 'UTF8'", found->text(0, 1)));
}

result<std::int64_t> steps_taken(connection& db) {
  const auto exists =
      db.ask("SELECT to_regclass(quote_ident(current_schema()) || '.lockstep_schema') IS NOT NULL");
  if (!exists) return exists.error().what;
  if (exists->integer(0, 0) == 0) return 0;
  const auto taken = db.ask("SELECT max(step) FROM lockstep_schema");
  if (!taken) return taken.error().what;
  return taken->integer(0, 0);
}

// What is wrong here is wrong until somebody changes a right or a name, unless the connection was lost.
result<void> take_step(connection& db, std::size_t number) {
  const auto first = number == 1 ? "CREATE TABLE lockstep_schema (step integer PRIMARY KEY,"
                                   " taken_at timestamptz NOT NULL DEFAULT now());"
                                 : "";
  const auto done =
      db.execute(fmt::format("BEGIN; {} {} INSERT INTO lockstep_schema (step) VALUES ({}); COMMIT", first,
                             steps[number - 1], number));
  if (done) return {};
  const auto& failed = done.error();
  if (!failed.told_by_server) return failed.what;
  return refused(fmt::format("step {} of the schema: {}", number, failed.what.what));
}

} // namespace

result<void> prepare_schema(connection& db) {
  if (auto fit = check_server(db); !fit) return fit;
  const auto taken = steps_taken(db);
  if (!taken) return taken.error();
  if (*taken > static_cast<std::int64_t>(steps.size()))
    return engine::make_error(
        engine::error_code::too_new,
        fmt::format("the store has schema {}, this program knows up to {}: use the newer program", *taken,
                    steps.size()));
  for (auto step = static_cast<std::size_t>(*taken); step < steps.size(); ++step)
    if (auto done = take_step(db, step + 1); !done) return done;
  return {};
}

} // namespace lockstep::storage::postgres
