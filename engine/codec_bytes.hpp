// The bytes of a stored snapshot: little-endian, without padding. Internal to the codec.
#pragma once

#include "engine/limits.hpp"
#include "engine/sku_state.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::engine::codec {

// No sum of stored quantities comes near the edge of 64 bits while each stays below this (a thousand times
// stock_max).
inline constexpr quantity quantity_max = 1'000 * limits::stock_max;
// A thousand facts a second for thirty thousand years.
inline constexpr version version_max = 1'000'000'000'000'000;
// Year 6400: far from the edge when a retention is added or taken away.
inline constexpr std::int64_t microseconds_max = 140'000'000'000'000'000;

class writer {
 public:
  template <class Integer>
  void integer(Integer value) {
    const auto bits = static_cast<std::uint64_t>(value);
    std::array<char, sizeof value> little{};
    for (std::size_t i = 0; i < sizeof value; ++i)
      little[i] = static_cast<char>(bits >> (8 * i) & 0xff);
    bytes_.append(little.data(), little.size());
  }

  void time(time_point at) { integer(at.time_since_epoch().count()); }

  void id(const uuid& value) {
    std::array<char, 16> bytes{};
    std::ranges::transform(value, bytes.begin(), [](std::uint8_t byte) { return static_cast<char>(byte); });
    bytes_.append(bytes.data(), bytes.size());
  }

  void place(location_id location) { integer(static_cast<std::int32_t>(location)); }

  void size(std::size_t count) { integer(static_cast<std::uint32_t>(count)); }

  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads until the first thing wrong; from then on everything reads as zero and ok() is false.
class parser {
 public:
  explicit parser(std::string_view bytes) : bytes_(bytes) {}

  template <class Integer>
  Integer integer() {
    if (!take_bytes(sizeof(Integer))) return {};
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken_[i])) << (8 * i);
    }
    return static_cast<Integer>(bits);
  }

  quantity units(quantity lowest = 0) {
    const auto value = integer<std::int64_t>();
    require(value >= lowest && value <= quantity_max);
    return ok_ ? value : 0;
  }

  time_point time() {
    const auto value = integer<std::int64_t>();
    require(value >= -microseconds_max && value <= microseconds_max);
    return time_point{duration{ok_ ? value : 0}};
  }

  bool flag() {
    const auto value = integer<std::uint8_t>();
    require(value <= 1);
    return value == 1;
  }

  uuid id() {
    uuid value{};
    if (take_bytes(value.size())) {
      std::ranges::transform(taken_, value.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    }
    return value;
  }

  location_id place() {
    const auto value = integer<std::int32_t>();
    require(value >= 0);
    return static_cast<location_id>(value);
  }

  // A count of things of which each takes `bytes_each`: never more than the rest of the text can hold.
  std::size_t size(std::size_t bytes_each) {
    const std::size_t count = integer<std::uint32_t>();
    require(count <= bytes_.size() / bytes_each);
    return ok_ ? count : 0;
  }

  void require(bool holds) { ok_ = ok_ && holds; }

  [[nodiscard]] bool ok() const { return ok_; }

  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  bool take_bytes(std::size_t count) {
    require(count <= bytes_.size());
    if (!ok_) return false;
    taken_ = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return true;
  }

  std::string_view bytes_;
  std::string_view taken_;
  bool ok_ = true;
};

// What the third format added (codec_matters.cpp).
void write_matters(writer& out, const sku_state& state);
void parse_matters(parser& in, sku_state& state);

} // namespace lockstep::engine::codec
