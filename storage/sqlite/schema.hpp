// Which files are ours, and how old ones become new.
#pragma once

#include "storage/migrate_store.hpp"
#include "storage/sqlite/connection.hpp"

#include <string>
#include <vector>

namespace lockstep::storage::sqlite {

// Page size of a new file: 16 KiB instead of SQLite's 4. An insert costs a fifth less, a commit of one fact a
// tenth more (measured, see storage/README.md).
inline constexpr int page_bytes = 16 * 1024;

// Number of schema steps the file has taken; 0: it is empty. Writes nothing. refused: another program's file;
// too_new: more steps than this program knows (both numbers are named).
[[nodiscard]] result<std::int64_t> read_version(connection& db, const std::string& path);

// The steps this program knows and when each was taken. As read_version().
[[nodiscard]] result<std::vector<schema_step>> read_steps(connection& db, const std::string& path);

// Checks the file (corrupt), sets its mode (WAL), creates the schema or takes the steps it lacks, each in its
// own transaction.
[[nodiscard]] result<void> prepare_file(connection& db, const std::string& path);

// Settings of the writer's connection that SQLite does not keep in the file.
[[nodiscard]] result<void> configure_writer(connection& db, std::int64_t checkpoint_bytes);

} // namespace lockstep::storage::sqlite
