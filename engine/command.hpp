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
  // dynamic: units that follow the SKU's velocity (see dynamic_safety.hpp); each change of them is a fact.
  enum class kind : std::uint8_t { units, percent, dynamic };
  kind mode = kind::units;
  quantity value = 0; // units, or percent of on-hand (0 to 100, result rounded up)
  friend bool operator==(const safety_rule&, const safety_rule&) = default;
};

// Who speaks: a fact happened and is recorded even below zero; a request is granted or refused.
enum class line_mode : std::uint8_t { fact, request };

// Sellable units arrived from a supplier. `supply`: the one they were expected with, or nil; more than it
// has open is received all the same. `completes`: what has not arrived of it never will.
struct receive {
  location_id location = main_location;
  quantity units = 0;
  std::string note{};
  uuid supply{};
  bool completes = false;
};

// On-hand corrected by a signed difference; the reason is required. A request: it never takes more than is
// available. What is gone for certain, promised or not, is recorded by a count.
// One observed before the location was last counted is in that count already and refused as stale.
struct adjust {
  location_id location = main_location;
  quantity change = 0;
  std::string reason{};
  time_point observed_at{}; // zero: now
};

// On-hand as a person counted it, or another system knows it. What happened here since `observed_at` is
// added: facts of its own second count as after it.
struct count {
  location_id location = main_location;
  quantity counted = 0;
  std::string note{};
  time_point observed_at{}; // zero: now
};

// Available as another system knows it: on-hand of the location is corrected so that available was
// `available` at `observed_at`, under the present safety rule.
struct count_available {
  location_id location = main_location;
  quantity available = 0;
  std::string note{};
  time_point observed_at{}; // zero: now
};

// A rule, not a movement: always granted, though it may take available below zero.
struct set_safety {
  safety_rule rule{};
};

// What the engine itself finds the dynamic safety stock to be. Nothing happens unless the rule is dynamic.
struct follow_velocity {
  quantity units = 0;
};

// Units that only `account` may sell: what it sells afterwards lowers them. Zero: none. Always granted.
struct fence {
  account_id account{};
  quantity units = 0;
};

// Promise `units` until `expires_at`. The reservation's id is `reservation`. `sells_ahead`: incoming units
// may be promised when available is used up.
struct hold {
  uuid reservation{};
  location_id location = main_location;
  quantity units = 0;
  time_point expires_at{};
  bool sells_ahead = false;
};

// A hold ends at another time, later or earlier, as if it had been made now.
struct extend {
  uuid reservation{};
  time_point expires_at{};
};

// A hold becomes an order: it no longer expires. `units`: fewer than it has open, the rest is given back; 0:
// all.
struct confirm {
  uuid reservation{};
  quantity units = 0;
};

// A hold is given up: all its open units return. Once confirmed it is an order and is not released but
// cancelled, in whole or in part: record_line{line = its reservation, mode = request, cancelled}.
struct release {
  uuid reservation{};
};

// Units of a confirmed hold (or of a line) left a location; `shipped` is cumulative, lower or equal is old
// news. `anywhere`: they left from where they were promised.
struct ship {
  uuid reservation{};
  quantity shipped = 0;
  location_id location = anywhere;
};

// Where a promise is to be served from is changed: `units` of it move from one location to another.
struct allocate {
  uuid reservation{};
  location_id from = main_location;
  location_id to = main_location;
  quantity units = 0;
};

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
  bool sells_ahead = false;     // a request may take incoming units when available is used up
  bool found_open = false;      // read when its account was connected: when the line is unknown, what it has
                                // shipped left before stock was counted here, and no age is too old
};

// Units will come back. The command's key is the return's id.
struct announce_return {
  uuid line{}; // nil when nobody knows which order they belong to
  location_id location = main_location;
  quantity units = 0;
  std::string note{};
};

// Units came back and wait for inspection: not sellable, not in total.
struct take_return {
  uuid line{}; // nil when nobody knows which order they belong to
  location_id location = main_location;
  quantity units = 0;
  std::string note{};
  uuid announced{}; // the return they belong to, or nil; its line counts then, not `line`
};

// Returned units were inspected: `sellable` of them go to on-hand, `damaged` are written off. An announced
// return ends when as many are inspected as were announced, or arrived if those are more.
struct inspect_return {
  location_id location = main_location;
  quantity sellable = 0;
  quantity damaged = 0;
  std::string note{};
  uuid announced{}; // the return they belong to, or nil
};

// What has not arrived of an announced return never will.
struct close_return {
  uuid announced{};
  std::string note{};
};

// Units leave a warehouse for another. Until they arrive they are in transit: in total, not available.
struct send_transfer {
  uuid transfer{};
  location_id from = main_location;
  location_id to = main_location;
  quantity units = 0;
  line_mode mode = line_mode::request;
  std::string note{};
};

// Units of a transfer arrived, more than were sent (the rest is found) or fewer. `completes`: what has not
// arrived is lost.
struct receive_transfer {
  uuid transfer{};
  quantity units = 0;
  bool completes = false;
  std::string note{};
};

// What has not arrived is back where it came from.
struct cancel_transfer {
  uuid transfer{};
  std::string note{};
};

// A supplier will deliver: `units` in all, those that have arrived included, at `due`. Told again, it
// replaces both.
struct expect_supply {
  uuid supply{};
  location_id location = main_location;
  quantity units = 0;
  time_point due{};
  std::string note{};
};

// What has not arrived of a supply never will.
struct cancel_supply {
  uuid supply{};
  std::string note{};
};

// A person closes an oversold incident, saying how it ended.
struct resolve_incident {
  version incident = 0;
  std::string note{};
};

// Holds whose time has come are expired, supplies whose time has passed are late. Sent by the SKU's own
// timer; every command does it first anyway, unless the SKU is quarantined.
struct expire_holds {};

// Asks for the figures only. With `detail` also for reservations, locations and incidents.
struct read_stock {
  bool detail = false;
};

using command_body =
    std::variant<receive, adjust, count, set_safety, hold, confirm, release, ship, record_line, take_return,
                 inspect_return, resolve_incident, expire_holds, read_stock, count_available, follow_velocity,
                 fence, extend, allocate, announce_return, close_return, send_transfer, receive_transfer,
                 cancel_transfer, expect_supply, cancel_supply>;

struct command {
  uuid key{}; // business key of the movement; nil for reads and timers and for a line's cumulative values
  std::uint64_t content = 0; // content_hash of the body: tells a repeat from a reused key
  account_id account{};      // who says it
  time_point occurred_at{}; // when it happened (of a line's cumulative values: when the order was placed), as
                            // the sender tells; zero when it does not
  std::string reference{};  // order and line, document, or user: for the audit, never parsed
  command_body body{};
};

} // namespace lockstep::engine
