#include "storage/sqlite/schema.hpp"

#include "storage/schema/sqlite_migrations.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace lockstep::storage::sqlite {
namespace {

// Working set of a commit, snapshots of 10,000 SKUs included.
constexpr int writer_cache_kib = 32 * 1024;

error not_ours(const std::string& path) {
  return engine::make_error(engine::error_code::refused, path + " is not a Lockstep store");
}

result<void> take_step(connection& db, std::size_t number) {
  return db.execute(
      fmt::format("BEGIN IMMEDIATE; {} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT",
                  schema::steps[number - 1].sql, schema::application_id, number));
}

// A whole check reads every page, so it is only for files where that takes a moment.
result<void> check_whole(connection& db, const std::string& path) {
  std::error_code failure;
  if (const auto size = std::filesystem::file_size(path, failure);
      failure || size > limits::store_check_bytes_max)
    return {};
  auto check = db.prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  const auto row = check->step();
  if (!row) return row.error();
  if (*row && check->text(0) == "ok") return {};
  return engine::make_error(engine::error_code::corrupt,
                            fmt::format("{} is damaged: {}", path, check->text(0)));
}

// SQLite answers the old mode where it cannot do WAL.
result<void> set_wal(connection& db, const std::string& path) {
  if (auto sized = db.execute(fmt::format("PRAGMA page_size = {}", page_bytes)); !sized) return sized;
  auto mode = db.prepare("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  const auto row = mode->step();
  if (!row) return row.error();
  if (*row && mode->text(0) == "wal") return {};
  return engine::make_error(engine::error_code::refused,
                            path + ": no write-ahead log is possible on this file system");
}

} // namespace

result<std::int64_t> read_version(connection& db, const std::string& path) {
  const auto owner = db.number("PRAGMA application_id");
  if (!owner) return db.last_code() == SQLITE_NOTADB ? not_ours(path) : owner.error();
  const auto objects = db.number("SELECT count(*) FROM sqlite_schema");
  if (!objects) return objects.error();
  if (*owner == 0 && *objects == 0) return 0;
  if (*owner != schema::application_id) return not_ours(path);
  const auto version = db.number("PRAGMA user_version");
  const auto known = static_cast<std::int64_t>(schema::steps.size());
  if (!version || *version <= known) return version;
  return engine::make_error(
      engine::error_code::too_new,
      fmt::format("{} has schema {}, this program knows up to {}: use the newer program", path, *version,
                  known));
}

// A file keeps a number and no times, but its first step was taken when it was first opened for writing.
result<std::vector<schema_step>> read_steps(connection& db, const std::string& path) {
  const auto version = read_version(db, path);
  if (!version) return version.error();
  std::vector<schema_step> all;
  for (const auto& each : schema::steps)
    all.push_back({each.name, {}});
  if (*version == 0) return all;
  auto first = db.prepare("SELECT datetime(min(opened_at) / 1000000, 'unixepoch') FROM writer");
  if (!first) return first.error();
  if (const auto row = first->step(); !row) return row.error();
  for (std::int64_t step = 0; step < *version; ++step)
    all[static_cast<std::size_t>(step)].taken_at = step == 0 ? first->text(0) : "";
  return all;
}

result<void> prepare_file(connection& db, const std::string& path) {
  const auto version = read_version(db, path);
  if (!version) return version.error();
  if (*version > 0)
    if (auto sound = check_whole(db, path); !sound) return sound;
  auto done = set_wal(db, path);
  for (auto step = static_cast<std::size_t>(*version); done && step < schema::steps.size(); ++step)
    done = take_step(db, step + 1);
  return done;
}

result<void> configure_writer(connection& db, std::int64_t checkpoint_bytes) {
  // secure_delete would write zeros over every replaced snapshot; checkpoints have a thread of their own. A
  // log that grew beyond twice the bound while a reader held it is cut when it starts over; a shorter one
  // keeps its blocks, so that a commit into it changes no file size.
  return db.execute(
      fmt::format("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = OFF;"
                  "PRAGMA cache_size = -{}; PRAGMA journal_size_limit = {}",
                  writer_cache_kib, 2 * checkpoint_bytes));
}

} // namespace lockstep::storage::sqlite
