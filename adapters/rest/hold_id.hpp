// The public id of a hold. It names the SKUs it touches, so that it can be confirmed, released and shipped
// without any index of holds: base64url (RFC 4648, no padding) of the 16 bytes of its key and the SKU
// numbers, ascending, each as the LEB128 difference to the one before. A hold of one line is 23 to 26
// characters long. Forging one gains nothing: a SKU knows the reservations it granted.
#pragma once

#include "engine/types.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::rest {

struct hold_id {
  engine::uuid key{};               // engine::request_key of the request that created it
  std::vector<engine::sku_id> skus; // ascending, no duplicates, 1 to limits::lines_per_group_max

  // Id of the reservation at one of its SKUs: the key itself for a hold of one line, else derived from key
  // and SKU.
  [[nodiscard]] engine::uuid reservation(engine::sku_id sku) const;
};

[[nodiscard]] std::string encode(const hold_id& id);
// Nothing when it is none of ours.
[[nodiscard]] std::optional<hold_id> decode_hold_id(std::string_view text);

} // namespace lockstep::adapters::rest
