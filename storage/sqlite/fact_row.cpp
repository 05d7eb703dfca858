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

stored_fact read_brief_fact(const statement& row) {
  stored_fact read{.row = row.integer(0), .sku = static_cast<engine::sku_id>(row.integer(1)), .fact = {}};
  auto& fact = read.fact;
  fact.version = row.integer(2);
  fact.at = time_at(row, 3);
  fact.kind = static_cast<engine::fact_kind>(row.integer(4));
  fact.units = row.integer(5);
  fact.value = row.integer(6);
  fact.available = row.integer(7);
  fact.reservation = uuid_at(row, 8);
  fact.key = uuid_at(row, 9);
  fact.content = static_cast<std::uint64_t>(row.integer(10));
  fact.location = static_cast<engine::location_id>(row.integer(11));
  return read;
}

stored_fact read_fact(const statement& row) {
  auto read = read_brief_fact(row);
  auto& fact = read.fact;
  fact.account = static_cast<engine::account_id>(row.integer(12));
  fact.expires_at = time_at(row, 13);
  fact.reference = row.text(14);
  fact.note = row.text(15);
  return read;
}

} // namespace lockstep::storage::sqlite
