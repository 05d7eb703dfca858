// Who may write. Two fences, because a session can end without its process noticing, and a process can wake
// after its session ended:
//   * an advisory lock of the schema, held by the writer's session: a second writer is refused while the
//   first lives;
//   * the row of `writer` that is current: taking over makes the old one past, and every transaction checks
//   its own.
// A session that got the lock knows that the one before it is gone: nothing of that one can be committed
// later.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/store.hpp"

#include <optional>

namespace lockstep::storage::postgres {

// A session of the server, as nobody else's later one can be.
struct session {
  std::int64_t process = 0;
  std::int64_t started = 0;
};

struct writer_row {
  storage::epoch epoch = 0;
  bool current = false;
  batch_number batch = 0;
  row_number last_row = 0;
  engine::time_point latest{};
};

[[nodiscard]] result<session> session_of(connection& db);

// Takes the lock. A session of our own that lost its connection, and may not know, is ended first.
// unavailable: the error names who holds it.
[[nodiscard]] result<void> take_lock(connection& db, const std::optional<session>& former);

// What makes the next epoch, as statements of a transaction.
extern const char* const next_epoch;

// Next epoch, once the lock is taken.
[[nodiscard]] result<writer_row> take_epoch(connection& db);

// fenced: there is no such epoch.
[[nodiscard]] result<writer_row> read_writer(connection& db, storage::epoch of);

} // namespace lockstep::storage::postgres
