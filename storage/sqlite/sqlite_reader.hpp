// Reads a SQLite store on a connection of its own.
#pragma once

#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/sku_heads.hpp"
#include "storage/store.hpp"

#include <memory>
#include <string>

namespace lockstep::storage::sqlite {

// What the store and its readers share; lives as long as the last of them.
struct shared_parts {
  shared_parts(std::string file, row_number tail_rows_max) : path(std::move(file)), heads(tail_rows_max) {}

  const std::string path;
  sku_heads heads;
  trouble checkpoint_trouble;
};

[[nodiscard]] result<std::unique_ptr<reader>> open_reader(std::shared_ptr<const shared_parts> shared);

} // namespace lockstep::storage::sqlite
