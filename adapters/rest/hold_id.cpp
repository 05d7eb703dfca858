#include "adapters/rest/hold_id.hpp"

#include "adapters/rest/base64url.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace lockstep::adapters::rest {

namespace {

void put_number(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7)
    bytes += static_cast<char>((number & 0x7F) | 0x80);
  bytes += static_cast<char>(number);
}

// Takes one number off the front; nothing when it is cut short or longer than 63 bits.
std::optional<std::uint64_t> take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return number;
  }
  return std::nullopt;
}

} // namespace

engine::uuid hold_id::reservation(engine::sku_id sku) const {
  if (skus.size() == 1) return key;
  return engine::movement_key(key, "hold", std::to_string(static_cast<std::int64_t>(sku)));
}

std::string encode(const hold_id& id) {
  std::string bytes{reinterpret_cast<const char*>(id.key.data), id.key.size()};
  std::int64_t before = 0;
  for (const auto sku : id.skus) {
    const auto number = static_cast<std::int64_t>(sku);
    put_number(bytes, static_cast<std::uint64_t>(number - before));
    before = number;
  }
  return encode_base64url(bytes);
}

std::optional<hold_id> decode_hold_id(std::string_view text) {
  const auto bytes = decode_base64url(text);
  hold_id id;
  if (!bytes || bytes->size() <= id.key.size()) return std::nullopt;
  std::copy_n(bytes->begin(), id.key.size(), reinterpret_cast<char*>(id.key.data));
  std::string_view rest{*bytes};
  rest.remove_prefix(id.key.size());
  std::uint64_t number = 0;
  while (!rest.empty()) {
    const auto step = take_number(rest);
    const bool ascends = step && *step > 0;
    if (!ascends || *step > std::numeric_limits<std::int64_t>::max() - number) return std::nullopt;
    number += *step;
    id.skus.push_back(engine::sku_id{static_cast<std::int64_t>(number)});
    if (id.skus.size() > limits::lines_per_group_max) return std::nullopt;
  }
  return id;
}

} // namespace lockstep::adapters::rest
