// The words of the domain as types: ids, quantities, time. Values only, no behaviour beyond checked
// arithmetic.
#pragma once

#include <boost/uuid/uuid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace lockstep::engine {

// Number of a SKU in the catalogue: given once, never used again. The SKU's text is its code.
enum class sku_id : std::int64_t {};

// Number of a channel account ("shopify main shop") or of a caller of our own API. 0: the engine itself.
enum class account_id : std::int32_t {};

// Number of a warehouse. 0 is `main`, which always exists.
enum class location_id : std::int32_t {};
inline constexpr location_id main_location{0};
// In a command: wherever the account's sourcing rule finds units. Never in a fact.
inline constexpr location_id anywhere{-1};

// Number of a listing: (account, item, channel location), the unit of pushing.
enum class listing_id : std::int64_t {};

// Version of a SKU: its facts carry 1, 2, 3, ... without a gap. 0: nothing ever happened to it.
using version = std::int64_t;

// Whole sellable units. Signed, because available may be below zero.
using quantity = std::int64_t;

// Wall time advanced by the steady clock (never backwards); UTC, microseconds since 1970.
using time_point = std::chrono::sys_time<std::chrono::microseconds>;
using duration = std::chrono::microseconds;

// A business key or a reservation: UUID version 5 of its text (see key.hpp). Nil: none.
using uuid = boost::uuids::uuid;

// Any eight bytes of one are a good hash already: they are of a SHA-1.
struct uuid_hash {
  using is_avalanching = void;

  std::size_t operator()(const uuid& id) const noexcept {
    std::size_t bits = 0;
    std::memcpy(&bits, id.data + 8, sizeof bits);
    return bits * 0x9E3779B97F4A7C15ULL;
  }
};

// Sum, or nothing when it does not fit in 64 bits.
[[nodiscard]] constexpr std::optional<quantity> checked_add(quantity a, quantity b) {
  quantity sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

} // namespace lockstep::engine
