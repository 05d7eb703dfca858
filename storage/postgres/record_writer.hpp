// Writes everything of a batch but its facts: each record replaces the row of its id.
#pragma once

#include "storage/postgres/connection.hpp"
#include "storage/store.hpp"

#include <span>

namespace lockstep::storage::postgres {

// What the writer's connection must prepare.
[[nodiscard]] std::span<const statement> record_statements();

// Between begin_queue() and finish_queue() of a transaction.
[[nodiscard]] answer<void> queue_record(connection& to, const record& item);
[[nodiscard]] answer<void> queue_snapshot(connection& to, const snapshot& taken);

} // namespace lockstep::storage::postgres
