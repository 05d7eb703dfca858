// What may be asked of a SKU, or reported to it. A command is decoded, mapped to its SKU and bounded in its
// texts before it gets here; decide() judges the rest.
#pragma once

#include "engine/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace lockstep::engine {

// How much is held back from sale.
struct safety_rule {
  enum class kind : std::uint8_t { units, percent };
  kind mode = kind::units;
  quantity value = 0; // units, or percent of on-hand (0 to 100, result rounded up)
  friend bool operator==(const safety_rule&, const safety_rule&) = default;
};

// Sellable units arrived from a supplier.
struct receive {
  location_id location = main_location;
  quantity units = 0;
  std::string note{};
};

// On-hand corrected by a signed difference; the reason is required. A request: it never takes more than is
// available. What is gone for certain, promised or not, is recorded by a count.
struct adjust {
  location_id location = main_location;
  quantity change = 0;
  std::string reason{};
};

// On-hand as a person counted it.
struct count {
  location_id location = main_location;
  quantity counted = 0;
  std::string note{};
};

// A rule, not a movement: always granted, though it may take available below zero.
struct set_safety {
  safety_rule rule{};
};

// Promise `units` until `expires_at`. The reservation's id is `reservation`.
struct hold {
  uuid reservation{};
  location_id location = main_location;
  quantity units = 0;
  time_point expires_at{};
};

// A hold becomes an order: it no longer expires.
struct confirm {
  uuid reservation{};
};

// A hold is given up: all its open units return. Once confirmed it is an order and is not released but
// cancelled, in whole or in part: record_line{line = its reservation, mode = request, cancelled}.
struct release {
  uuid reservation{};
};

// Units of a confirmed hold (or of a line) left its location; `shipped` is cumulative, lower or equal is old
// news.
struct ship {
  uuid reservation{};
  quantity shipped = 0;
};

// Who speaks about an order line: a fact happened and is recorded even below zero; a request is granted or
// refused.
enum class line_mode : std::uint8_t { fact, request };

// The state of one order line as its channel (or caller) tells it. Every value is cumulative since the order
// was placed; what is not stated stays as it is; a value lower than the recorded one is old news.
// `cancelled_now` is the one difference: units that a message with an id of its own (a refund) cancels; the
// command's key is that id. `location` is where the line is promised from when it is new, and where the units
// left when they ship. A request is never told of an unknown line without `ordered`. A confirmed hold is a
// line too, until it is closed; nobody remembers it then, so whoever speaks about one uses mode = request.
struct record_line {
  uuid line{}; // line_key(account, order, line)
  location_id location = main_location;
  line_mode mode = line_mode::fact;
  std::optional<quantity> ordered{};
  std::optional<quantity> cancelled{};
  std::optional<quantity> shipped{};
  quantity cancelled_now = 0;
  bool ships_when_sold = false; // accounts that report no shipment (`sale = decrement`): what is sold has
                                // left, what is cancelled is back; `shipped` is not read
  bool found_open = false;      // read when its account was connected: when the line is unknown, what it has
                           // shipped left before stock was counted here, and no age is too old
};

// Units came back and wait for inspection: not sellable, not in total.
struct take_return {
  uuid line{}; // nil when nobody knows which order they belong to
  location_id location = main_location;
  quantity units = 0;
  std::string note{};
};

// Returned units were inspected: `sellable` of them go to on-hand, `damaged` are written off.
struct inspect_return {
  location_id location = main_location;
  quantity sellable = 0;
  quantity damaged = 0;
  std::string note{};
};

// A person closes an oversold incident, saying how it ended.
struct resolve_incident {
  version incident = 0;
  std::string note{};
};

// Holds whose time has come are expired. Sent by the SKU's own timer; every command does it first anyway,
// unless the SKU is quarantined.
struct expire_holds {};

// Asks for the figures only. With `detail` also for reservations, locations and incidents.
struct read_stock {
  bool detail = false;
};

using command_body =
    std::variant<receive, adjust, count, set_safety, hold, confirm, release, ship, record_line, take_return,
                 inspect_return, resolve_incident, expire_holds, read_stock>;

struct command {
  uuid key{}; // business key of the movement; nil for reads and timers and for a line's cumulative values
  std::uint64_t content = 0; // content_hash of the body: tells a repeat from a reused key
  account_id account{};      // who says it
  time_point occurred_at{}; // when it happened (of a line's cumulative values: when the order was placed), as
                            // the sender tells; zero when it does not
  std::string reference{}; // order and line, document, or user: for the audit, never parsed
  command_body body{};
};

} // namespace lockstep::engine
