#include "storage/postgres/tenure.hpp"

#include "storage/postgres/fact_row.hpp"

#include <fmt/format.h>

namespace lockstep::storage::postgres {
namespace {

// Waits as long as the session waits for locks: a writer that was killed leaves its session behind for a
// moment. 1280005972 is "LKST"; the second number is the schema's, so that two stores in one database do not
// meet.
constexpr const char* lock = "SELECT pg_advisory_lock(1280005972, oid::bigint::bit(32)::int) FROM "
                             "pg_namespace WHERE nspname = current_schema()";

constexpr const char* holder =
    "SELECT a.pid, coalesce(a.application_name, '?'), coalesce(host(a.client_addr), 'a local socket'),"
    " coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '?')"
    " FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_namespace n ON n.oid = l.objid"
    " WHERE l.locktype = 'advisory' AND l.classid = 1280005972 AND l.granted AND n.nspname = current_schema()"
    " AND a.datname = current_database()";

constexpr const char* own_session = "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint"
                                    " FROM pg_stat_activity WHERE pid = pg_backend_pid()";

// Waits until it has ended.
constexpr const char* end_session =
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2";

constexpr const char* current_writer =
    "SELECT epoch, current, batch, last_row, latest FROM writer WHERE current";
constexpr const char* writer_of_epoch =
    "SELECT epoch, current, batch, last_row, latest FROM writer WHERE epoch = $1";

error held_by_another(connection& db) {
  const auto found = db.ask(holder);
  if (!found) return found.error().what;
  const auto who = found->size() == 0
                       ? std::string{"a session that has just ended"}
                       : fmt::format("server process {} ({} from {}, since {} UTC)", found->integer(0, 0),
                                     found->text(0, 1), found->text(0, 2), found->text(0, 3));
  return engine::make_error(
      engine::error_code::unavailable,
      fmt::format("the store is held by {}: one process writes a store at a time", who));
}

result<writer_row> read_row(const answer<rows>& found) {
  if (!found) return found.error().what;
  if (found->size() != 1)
    return engine::make_error(engine::error_code::fenced,
                              "the store does not know this writer: it was restored or made anew");
  return writer_row{found->integer(0, 0), found->integer(0, 1) != 0, found->integer(0, 2),
                    found->integer(0, 3), time_at(*found, 0, 4)};
}

} // namespace

// FOR UPDATE waits for a move to the archive, which holds the row FOR KEY SHARE; the UPDATE alone would not.
const char* const next_epoch =
    "SELECT 1 FROM writer WHERE current FOR UPDATE; UPDATE writer SET current = false WHERE current;"
    "INSERT INTO writer (epoch, current, batch, last_row, latest)"
    " SELECT coalesce(max(epoch), 0) + 1, true, 0, coalesce(max(last_row), 0),"
    " coalesce(max(latest), -9223372036854775808) FROM writer;";

result<session> session_of(connection& db) {
  const auto found = db.ask(own_session);
  if (!found) return found.error().what;
  if (found->size() != 1)
    return engine::make_error(engine::error_code::unavailable, "the server does not know our session");
  return session{found->integer(0, 0), found->integer(0, 1)};
}

result<void> take_lock(connection& db, const std::optional<session>& former) {
  if (former) {
    const auto ended = db.ask(end_session, parameters::of(former->process, former->started));
    if (!ended) return ended.error().what;
  }
  const auto taken = db.ask(lock);
  if (!taken) return taken.error().sqlstate == "55P03" ? held_by_another(db) : taken.error().what;
  if (taken->size() == 1) return {};
  return engine::make_error(
      engine::error_code::refused,
      "the role's search_path names no schema that exists: there is no place for the tables");
}

result<writer_row> take_epoch(connection& db) {
  if (auto taken = db.execute(fmt::format("BEGIN; {} COMMIT", next_epoch)); !taken) return taken.error().what;
  return read_row(db.ask(current_writer));
}

result<writer_row> read_writer(connection& db, storage::epoch of) {
  return read_row(db.ask(writer_of_epoch, parameters::of(of)));
}

} // namespace lockstep::storage::postgres
