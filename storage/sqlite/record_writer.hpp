// Writes everything of a batch but its facts: each record replaces the row of its id.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/sku_heads.hpp"
#include "storage/store.hpp"

#include <span>

namespace lockstep::storage::sqlite {

class record_writer {
 public:
  [[nodiscard]] static result<record_writer> prepare(connection& db);

  // Inside a transaction; after an error the caller rolls back.
  [[nodiscard]] result<void> write(const record& item);
  [[nodiscard]] result<void> write(const snapshot& taken);
  [[nodiscard]] result<void> write(const milestone& reached);

 private:
  [[nodiscard]] result<void> put(const engine::product& item);
  [[nodiscard]] result<void> put(const engine::account& item);
  [[nodiscard]] result<void> put(const engine::listing& item);
  [[nodiscard]] result<void> put(const engine::bundle& item);
  [[nodiscard]] result<void> put(const engine::location& item);
  [[nodiscard]] result<void> put(const engine::account_rule& item);
  [[nodiscard]] result<void> put(const publication& item);
  [[nodiscard]] result<void> put(const dead_letter& item);
  [[nodiscard]] result<void> put(const watermark& item);
  [[nodiscard]] result<void> put(const quarantined& item);
  [[nodiscard]] result<void> put(const proposal& item);

  statement product_;
  statement forget_identifiers_;
  statement identifier_;
  statement account_;
  statement relist_;
  statement forget_sources_;
  statement source_;
  statement location_;
  statement forget_rule_;
  statement rule_;
  statement listing_;
  statement bundle_part_;
  statement publication_;
  statement new_letter_;
  statement letter_;
  statement watermark_;
  statement quarantined_;
  statement proposal_;
  statement snapshot_;
  statement milestone_;
};

} // namespace lockstep::storage::sqlite
