// PostgreSQL as the store: one transaction per batch, facts by binary COPY. The format is explained in
// storage/schema/README.md, what each failure means in storage/README.md. Needs a session of its own: no
// pooler that shares sessions between transactions.
#pragma once

#include "storage/migrate_store.hpp"
#include "storage/postgres/archiver.hpp"
#include "storage/store.hpp"

#include "engine/limits.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::storage {

struct postgres_options {
  std::string url; // postgresql://..., see server_url.hpp; may hold a password
  std::chrono::milliseconds answer_timeout = limits::store_answer_timeout;
  bool must_exist = false; // a database without a store is refused, not made one
  std::optional<postgres::archive_options> archive = std::nullopt; // nothing: facts stay where they are
};

// Opens for writing, creates or checks the schema, takes the next epoch.
// Errors: malformed (the URL), unavailable (no server, or another process writes the store: it is named),
// too_new (newer schema), refused (a database that cannot hold a store, or rights that are missing).
[[nodiscard]] result<std::unique_ptr<store>> open_postgres(const postgres_options& options);

// What migrate_store.hpp promises.
[[nodiscard]] result<std::vector<schema_step>> read_postgres_schema(const std::string& url);
[[nodiscard]] result<void> migrate_postgres(const std::string& url, const std::string& writer);

} // namespace lockstep::storage
