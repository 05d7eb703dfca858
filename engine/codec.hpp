// The stored form of a snapshot: a version byte, then fixed little-endian fields in the order of sku_state.
// Closed and open reservations are included, derived members are not. Facts are stored as columns, see
// storage/store.hpp.
#pragma once

#include "engine/error.hpp"
#include "engine/sku_state.hpp"

#include <string>
#include <string_view>

namespace lockstep::engine {

// Never fails. Size is about 70 bytes and 100 per reservation.
[[nodiscard]] std::string encode_snapshot(const sku_state& state);

// error_code::corrupt (cut short, impossible values) or too_new (a format this program does not know).
[[nodiscard]] result<sku_state> decode_snapshot(std::string_view bytes, duration retention);

} // namespace lockstep::engine
