// Which databases can hold a store, and how an old one becomes new.
#pragma once

#include "storage/postgres/connection.hpp"

namespace lockstep::storage::postgres {

// Checks server and database, creates the schema or takes the steps it lacks, each in its own transaction.
// The caller holds the writer's lock. refused: what is wrong with the database or the role's rights; too_new:
// more steps than this program knows (both numbers are named).
[[nodiscard]] result<void> prepare_schema(connection& db);

} // namespace lockstep::storage::postgres
