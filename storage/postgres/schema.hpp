// Which databases can hold a store, and how an old one becomes new.
#pragma once

#include "storage/migrate_store.hpp"
#include "storage/postgres/connection.hpp"

#include <string>
#include <vector>

namespace lockstep::storage::postgres {

// Of what reads the whole ledger: a step that makes an index, a summary after a copy.
inline constexpr auto migration_timeout = std::chrono::hours{12};

// Checks the database, creates the schema or takes the steps it lacks, each in its own transaction,
// which ends the epoch of who wrote the older schema. The caller holds the writer's lock. refused:
// what is wrong with the database or the role's rights; too_new: more steps than this program knows (both
// numbers are named); unavailable: a table is in use. A step may take as long as the ledger is large;
// afterwards the connection waits `answer_timeout` again.
[[nodiscard]] result<void> prepare_schema(connection& db, std::chrono::milliseconds answer_timeout);

// The steps this program knows and when each was taken. too_new as above.
[[nodiscard]] result<std::vector<schema_step>> read_steps(connection& db);

// Gives a role what a writer needs and no more. The schema is up to date. refused: the server's reason.
[[nodiscard]] result<void> grant_writer(connection& db, const std::string& role);

} // namespace lockstep::storage::postgres
