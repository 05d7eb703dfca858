// The number of a SKU as it leaves its owner: what channels are told is derived from this and nothing else.
#pragma once

#include "engine/types.hpp"
#include "engine/velocity.hpp"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace lockstep::engine {

struct sku_state;

// Where a SKU's units are and whom they are kept for.
struct number_detail {
  struct place {
    location_id location{};
    quantity free = 0; // on hand and not promised
    quantity incoming = 0;
    friend bool operator==(const place&, const place&) = default;
  };

  // Available units that an account cannot have.
  struct fence {
    account_id account{};
    quantity units = 0;
    friend bool operator==(const fence&, const fence&) = default;
  };

  std::vector<place> places; // by location; empty: everything is at the main location
  std::vector<fence> fences; // by account: those that others cannot have alike
  quantity fenced = 0;       // from the accounts that `fences` does not name
  friend bool operator==(const number_detail&, const number_detail&) = default;
};

struct number {
  sku_id sku{};
  engine::version version = 0; // the fact that made it
  quantity available = 0;      // may be negative
  bool known = false;          // false: never counted or received; it must not be published, not even as zero
  bool by_person = false;      // a person changed it: real time whatever the tier
  bool by_sale = false;        // moved by a sale, a hold or their end; false: the brake counts it
  bool announced = false;      // told again though no fact made it: for a start, or for who needs it
  engine::velocity velocity;   // orders over all channels
  quantity incoming = 0;       // what suppliers will deliver
  // Null in the usual case: everything is at the main location, and for everybody. Every listing keeps a number,
  // and numbers of one fact are the same, so they share it.
  std::shared_ptr<const number_detail> detail{};
};

// Of the present state; by_person and announced are false, and `known` does not say whether it is quarantined.
[[nodiscard]] number number_of(sku_id sku, const sku_state& state);

// Units of available that the account cannot have.
[[nodiscard]] quantity fenced_from(const number& of, account_id account);

// What is free at these locations, `ahead` with what will be delivered there. Nothing: they hold all that there is.
[[nodiscard]] std::optional<quantity> units_at(const number& of, std::span<const location_id> locations,
                                               bool ahead);

// Units an account's own shop has sold and just reported: its shown number fell by them already.
struct own_sale {
  account_id account{};
  sku_id sku{};
  quantity units = 0; // negative when the shop took them back (an edit or cancel that it restocked itself)
  time_point occurred_at{}; // order time as the channel tells it
};

} // namespace lockstep::engine
