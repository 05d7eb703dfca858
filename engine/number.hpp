// The number of a SKU as it leaves its owner: what channels are told is derived from this and nothing else.
#pragma once

#include "engine/types.hpp"
#include "engine/velocity.hpp"

namespace lockstep::engine {

struct number {
  sku_id sku{};
  engine::version version = 0; // the fact that made it
  quantity available = 0;      // may be negative
  bool known = false;          // false: never counted or received; it must not be published, not even as zero
  bool by_person = false;      // a person changed it: real time whatever the tier
  bool by_sale = false;        // moved by a sale, a hold or their end; false: the brake counts it
  bool announced = false;      // told again though no fact made it: for a start, or for who needs it
  engine::velocity velocity;   // orders over all channels
};

// Units an account's own shop has sold and just reported: its shown number fell by them already.
struct own_sale {
  account_id account{};
  sku_id sku{};
  quantity units = 0; // negative when the shop took them back (an edit or cancel that it restocked itself)
  time_point occurred_at{}; // order time as the channel tells it
};

} // namespace lockstep::engine
