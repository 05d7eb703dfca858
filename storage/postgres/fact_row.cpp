#include "storage/postgres/fact_row.hpp"

#include <algorithm>
#include <array>

namespace lockstep::storage::postgres {
namespace {

constexpr std::int16_t columns = 19;
constexpr std::int32_t null_size = -1;

template <class Integer>
void append(std::string& out, Integer value) {
  std::array<char, sizeof value> bytes{};
  auto bits = static_cast<std::uint64_t>(value);
  for (auto at = bytes.rbegin(); at != bytes.rend(); ++at, bits >>= 8)
    *at = static_cast<char>(bits & 0xff);
  out.append(bytes.data(), bytes.size());
}

template <class Integer>
void append_field(std::string& out, Integer value) {
  append(out, static_cast<std::int32_t>(sizeof value));
  append(out, value);
}

// Zero, nil and empty are NULL.
void append_or_null(std::string& out, std::int64_t value) {
  if (value == 0) return append(out, null_size);
  append_field(out, value);
}

void append_or_null(std::string& out, const engine::uuid& id) {
  if (id.is_nil()) return append(out, null_size);
  append(out, static_cast<std::int32_t>(id.size()));
  out.append(reinterpret_cast<const char*>(id.data), id.size());
}

void append_or_null(std::string& out, const std::string& text) {
  if (text.empty()) return append(out, null_size);
  append(out, static_cast<std::int32_t>(text.size()));
  out.append(text);
}

engine::uuid uuid_at(const rows& from, int row, int column) {
  engine::uuid id{};
  const auto bytes = from.text(row, column);
  if (bytes.size() == id.size()) std::ranges::copy(bytes, reinterpret_cast<char*>(id.data));
  return id;
}

} // namespace

void append_copy_header(std::string& out) {
  out.append("PGCOPY\n\377\r\n\0", 11);
  append(out, std::int32_t{0}); // flags
  append(out, std::int32_t{0}); // length of a header extension
}

void append_copy_row(std::string& out, const sku_fact& item, const row_place& place) {
  const auto& fact = item.fact;
  append(out, columns);
  append_field(out, place.row);
  append_field(out, fact.version);
  append_field(out, stored(fact.at));
  append_field(out, fact.units);
  append_field(out, fact.available);
  append_field(out, static_cast<std::int32_t>(item.sku));
  append_field(out, static_cast<std::int16_t>(fact.kind));
  append_or_null(out, fact.value);
  append_or_null(out, static_cast<std::int64_t>(fact.content));
  append_or_null(out, fact.reservation);
  append_or_null(out, fact.key);
  append_field(out, static_cast<std::int32_t>(fact.location));
  append_field(out, static_cast<std::int32_t>(fact.account));
  append_or_null(out, stored(fact.expires_at));
  append_or_null(out, fact.reference);
  append_or_null(out, fact.note);
  append_field(out, place.batch);
  append_field(out, static_cast<std::int32_t>(place.epoch));
  append_or_null(out, place.late.count());
}

void append_copy_trailer(std::string& out) {
  append(out, std::int16_t{-1});
}

stored_fact read_brief_fact(const rows& from, int row) {
  stored_fact read{
      .row = from.integer(row, 0), .sku = static_cast<engine::sku_id>(from.integer(row, 5)), .fact = {}};
  auto& fact = read.fact;
  fact.version = from.integer(row, 1);
  fact.at = time_at(from, row, 2);
  fact.units = from.integer(row, 3);
  fact.available = from.integer(row, 4);
  fact.kind = static_cast<engine::fact_kind>(from.integer(row, 6));
  fact.value = from.integer(row, 7);
  fact.content = static_cast<std::uint64_t>(from.integer(row, 8));
  fact.reservation = uuid_at(from, row, 9);
  fact.key = uuid_at(from, row, 10);
  fact.location = static_cast<engine::location_id>(from.integer(row, 11));
  return read;
}

stored_fact read_folded_fact(const rows& from, int row) {
  stored_fact read{.sku = static_cast<engine::sku_id>(from.integer(row, 0)), .fact = {}};
  auto& fact = read.fact;
  fact.version = from.integer(row, 1);
  fact.at = time_at(from, row, 2);
  fact.units = from.integer(row, 3);
  fact.kind = static_cast<engine::fact_kind>(from.integer(row, 4));
  fact.value = from.integer(row, 5);
  fact.reservation = uuid_at(from, row, 6);
  fact.account = static_cast<engine::account_id>(from.integer(row, 7));
  fact.location = static_cast<engine::location_id>(from.integer(row, 8));
  fact.expires_at = time_at(from, row, 9);
  fact.key = uuid_at(from, row, 10);
  return read;
}

stored_fact read_fact(const rows& from, int row) {
  auto read = read_brief_fact(from, row);
  auto& fact = read.fact;
  fact.account = static_cast<engine::account_id>(from.integer(row, 12));
  fact.expires_at = time_at(from, row, 13);
  fact.reference = from.text(row, 14);
  fact.note = from.text(row, 15);
  return read;
}

std::vector<int> in_row_order(const rows& from, row_number after, row_number last) {
  constexpr int nothing = -1;
  std::vector<int> places(static_cast<std::size_t>(std::max<row_number>(0, last - after)), nothing);
  for (int row = 0; row < from.size(); ++row)
    places[static_cast<std::size_t>(from.integer(row, 0) - after - 1)] = row;
  std::erase(places, nothing);
  return places;
}

} // namespace lockstep::storage::postgres
