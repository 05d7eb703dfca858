#include "storage/sqlite/connection.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

namespace lockstep::storage::sqlite {
namespace {

engine::error_code meaning(int code) {
  switch (code & 0xff) {
  case SQLITE_TOOBIG:
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
  case SQLITE_RANGE: return engine::error_code::refused;
  case SQLITE_ERROR: // a table or column is missing
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_SCHEMA: return engine::error_code::corrupt;
  default: return engine::error_code::unavailable; // busy, full, I/O, memory, permission
  }
}

error last_error(sqlite3* db, std::string_view path) {
  const auto code = sqlite3_extended_errcode(db);
  return engine::make_error(meaning(code),
                            fmt::format("{}: {} (SQLite code {})", path, sqlite3_errmsg(db), code));
}

} // namespace

error last_error(sqlite3* db) {
  const auto* path = sqlite3_db_filename(db, nullptr);
  return last_error(db, path ? path : "");
}

statement& statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(prepared_.get(), index, value);
  return *this;
}

statement& statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may hold one.
  sqlite3_bind_text64(prepared_.get(), index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

statement& statement::bind(int index, std::optional<std::int64_t> value) {
  if (value) return bind(index, *value);
  sqlite3_bind_null(prepared_.get(), index);
  return *this;
}

statement& statement::bind_blob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(prepared_.get(), index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

result<bool> statement::step() {
  const auto code = sqlite3_step(prepared_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(prepared_.get());
    return false;
  }
  auto failure = last_error(sqlite3_db_handle(prepared_.get()));
  sqlite3_reset(prepared_.get());
  return failure;
}

result<void> statement::run() {
  const auto row = step();
  if (!row) return row.error();
  reset();
  return {};
}

void statement::reset() {
  sqlite3_reset(prepared_.get());
}

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(prepared_.get(), column);
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(prepared_.get(), column) == SQLITE_NULL;
}

std::string_view statement::text(int column) const {
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(prepared_.get(), column));
  return {begin ? begin : "", static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column))};
}

std::string_view statement::blob(int column) const {
  const auto* begin = static_cast<const char*>(sqlite3_column_blob(prepared_.get(), column));
  return {begin ? begin : "", static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column))};
}

result<connection> connection::open(const std::string& path, file expected) {
  sqlite3* db = nullptr;
  const int create = expected == file::may_be_new ? SQLITE_OPEN_CREATE : 0;
  // No mutex: each connection stays with one thread.
  const auto code =
      sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, nullptr);
  if (!db) return engine::make_error(engine::error_code::unavailable, path + ": out of memory");
  connection opened{db};
  if (code != SQLITE_OK) return last_error(db, path);
  sqlite3_extended_result_codes(db, 1);
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(limits::store_busy_timeout);
  sqlite3_busy_timeout(db, static_cast<int>(timeout.count()));
  return opened;
}

result<void> connection::execute(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return last_error(db_.get());
  return {};
}

result<statement> connection::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const auto code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                       SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return last_error(db_.get());
  return statement{prepared};
}

result<std::int64_t> connection::number(std::string_view sql) {
  auto query = prepare(sql);
  if (!query) return query.error();
  const auto row = query->step();
  if (!row) return row.error();
  return *row ? query->integer(0) : 0;
}

} // namespace lockstep::storage::sqlite
