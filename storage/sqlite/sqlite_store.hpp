// SQLite as the embedded store: one file, WAL, synchronous=FULL, checkpoints on a connection and thread of
// their own. An exclusive lock on `<path>.lock` is the fence between processes; every transaction checks the
// epoch row as well, in case somebody removes that file. The format is explained in storage/schema/README.md.
// Local disks only: SQLite's WAL needs shared memory and honest locks.
#pragma once

#include "storage/migrate_store.hpp"
#include "storage/store.hpp"

#include "engine/limits.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lockstep::storage {

struct sqlite_options {
  std::string path;                         // created when missing; its folder must exist
  std::int64_t checkpoint_bytes = 64 << 20; // a checkpoint starts when the write-ahead log is longer
  row_number tail_rows_max =
      limits::store_tail_rows_max; // rows read on open to find the newest fact of each SKU
  bool must_exist = false;         // a missing or empty file is refused, and none is made
};

// Opens for writing, creates or checks the schema, takes the next epoch. Reads the end of the ledger (at most
// tail_rows_max rows) and checks it; a small file is checked whole.
// Errors: unavailable (another process writes it), too_new (newer schema), corrupt (a check failed), refused
// (not a Lockstep file, or no file can be made there).
[[nodiscard]] result<std::unique_ptr<store>> open_sqlite(const sqlite_options& options);

// What migrate_store.hpp promises.
[[nodiscard]] result<std::vector<schema_step>> read_sqlite_schema(const std::string& path);

} // namespace lockstep::storage
