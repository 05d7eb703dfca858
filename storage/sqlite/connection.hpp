// SQLite's C interface with owners and errors: one connection and its prepared statements, used by one
// thread.
#pragma once

#include "engine/error.hpp"
#include "engine/types.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::storage::sqlite {

using engine::error;
using engine::result;

// A prepared statement. Parameters and columns are named by position as in SQL: parameters from 1, columns
// from 0. Bound text and blobs are not copied: they must live until the statement has run.
class statement {
 public:
  statement() = default;

  explicit statement(sqlite3_stmt* prepared) : prepared_(prepared) {}

  template <class... Values>
  statement& bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  statement& bind(int index, std::int64_t value);
  statement& bind(int index, std::string_view text);
  statement& bind(int index, std::optional<std::int64_t> value); // nothing: NULL
  statement& bind_blob(int index, std::string_view bytes);

  // True: a row is there to be read. False: it has run to its end. After false or an error it is ready to run
  // again.
  [[nodiscard]] result<bool> step();
  // Runs a statement that returns no rows.
  [[nodiscard]] result<void> run();
  // Ends a run whose rows were not all read.
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  // Valid until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;

 private:
  struct finalize {
    void operator()(sqlite3_stmt* prepared) const { sqlite3_finalize(prepared); }
  };

  std::unique_ptr<sqlite3_stmt, finalize> prepared_;
};

class connection {
 public:
  enum class file { exists, may_be_new };

  // Sets what every connection of ours has in common, and nothing in the file.
  [[nodiscard]] static result<connection> open(const std::string& path, file expected = file::exists);

  [[nodiscard]] result<void> execute(const std::string& sql);
  // For statements that live as long as the connection.
  [[nodiscard]] result<statement> prepare(std::string_view sql);
  // The one number a query answers; 0 when it has no row or the value is NULL.
  [[nodiscard]] result<std::int64_t> number(std::string_view sql);

  [[nodiscard]] std::int64_t rows_changed() const { return sqlite3_changes64(db_.get()); }

  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

  // SQLite's code for the last call that failed, without its extended part.
  [[nodiscard]] int last_code() const { return sqlite3_errcode(db_.get()) & 0xff; }

  [[nodiscard]] sqlite3* handle() const { return db_.get(); }

 private:
  struct close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  explicit connection(sqlite3* db) : db_(db) {}

  std::unique_ptr<sqlite3, close> db_;
};

// What the last failed call on `db` means: unavailable (may pass), corrupt, refused (content) or too long.
[[nodiscard]] error last_error(sqlite3* db);

} // namespace lockstep::storage::sqlite
