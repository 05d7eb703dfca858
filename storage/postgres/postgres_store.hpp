// PostgreSQL as the store: one transaction per batch, facts by binary COPY. The format is explained in
// storage/schema/README.md, what each failure means in storage/README.md. Needs a session of its own: no
// pooler that shares sessions between transactions.
#pragma once

#include "storage/store.hpp"

#include "engine/limits.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace lockstep::storage {

struct postgres_options {
  std::string url; // postgresql://..., see server_url.hpp; may hold a password
  std::chrono::milliseconds answer_timeout = limits::store_answer_timeout;
};

// Opens for writing, creates or checks the schema, takes the next epoch.
// Errors: malformed (the URL), unavailable (no server, or another process writes the store: it is named),
// too_new (newer schema), refused (a database that cannot hold a store, or rights that are missing).
[[nodiscard]] result<std::unique_ptr<store>> open_postgres(const postgres_options& options);

} // namespace lockstep::storage
