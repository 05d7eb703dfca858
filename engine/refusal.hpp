// Why a request was not granted. A refusal is an answer, not an error: it changes nothing, is not remembered,
// and the same request may be granted later.
#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep::engine {

enum class refusal : std::uint8_t {
  none,                  // granted
  key_reused,            // the key already stands for other content
  in_progress,           // the same key is being decided right now
  is_bundle,             // it has no stock of its own: what is asked for is asked of its components
  invalid_quantity,      // zero, negative, or above limits::units_per_movement_max
  invalid_expiry,        // not in the future, or further than limits::hold_duration_max
  invalid_percent,       // outside 0 to 100
  invalid_text,          // too long, or not valid UTF-8, or with NUL
  invalid_location,      // a transfer from a warehouse to itself
  stale_observation,     // a newer observation of that location is known
  observation_too_old,   // before what is remembered of the SKU's movements: count again
  insufficient_stock,    // fewer units available than asked for (safety and groups under way held back)
  unknown_location,      // the SKU has no such location and the command cannot create it
  unknown_reservation,   // never granted here, or a hold that has ended: ended holds are not remembered
  unknown_transfer,      // no such transfer is under way
  unknown_return,        // no such return is announced and open
  unknown_supply,        // no such supply is expected
  reservation_closed,    // an order line cancelled or shipped whole; a hold whose time has passed
  reservation_confirmed, // a confirmed reservation is cancelled as an order, not released as a hold
  not_confirmed,         // a hold must be confirmed before it ships
  below_shipped,         // units that have left cannot be cancelled
  below_zero,            // a request would take on-hand, inspecting or a reservation's open units below zero
  stock_limit,           // total would leave +-limits::stock_max
  too_many_reservations, // limits::reservations_per_sku_max
  too_many_open,         // limits::open_matters_per_sku_max transfers, returns or supplies; or a request that
                         // comes to more than limits::members_per_group_max lines of bundles and leaves
  unknown_incident,      // no open incident with that number
  older_than_window,     // unknown, and older than the key retention: cannot be told from a repeat
  quarantined,           // the SKU is quarantined: facts are taken, requests are not
};

// Stable text of a refusal for the API, logs and scenarios: the enumerator's own name.
[[nodiscard]] std::string_view to_string(refusal reason);

} // namespace lockstep::engine
