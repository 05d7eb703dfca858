#include "storage/sqlite/fact_row.hpp"

#include <algorithm>

namespace lockstep::storage::sqlite {
namespace {

// NULL, and anything that is not 16 bytes, is nil.
engine::uuid uuid_at(const statement& row, int column) {
  engine::uuid id{};
  const auto bytes = row.blob(column);
  if (bytes.size() == id.size()) std::ranges::copy(bytes, reinterpret_cast<char*>(id.data));
  return id;
}

} // namespace

stored_fact read_fact(const statement& row) {
  return {.row = row.integer(0),
          .sku = static_cast<engine::sku_id>(row.integer(1)),
          .fact = {.version = row.integer(2),
                   .at = time_at(row, 3),
                   .kind = static_cast<engine::fact_kind>(row.integer(4)),
                   .location = static_cast<engine::location_id>(row.integer(5)),
                   .account = static_cast<engine::account_id>(row.integer(6)),
                   .units = row.integer(7),
                   .value = row.integer(8),
                   .available = row.integer(9),
                   .expires_at = time_at(row, 10),
                   .reservation = uuid_at(row, 11),
                   .key = uuid_at(row, 12),
                   .content = static_cast<std::uint64_t>(row.integer(13)),
                   .reference = std::string{row.text(14)},
                   .note = std::string{row.text(15)}}};
}

} // namespace lockstep::storage::sqlite
