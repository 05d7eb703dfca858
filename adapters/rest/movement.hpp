// What a caller asks of stock, decoded: the same members for a request of its own and for a line of a batch.
// Pure. SKUs are still the caller's codes here; whoever knows the catalogue binds them.
#pragma once

#include "adapters/rest/hold_id.hpp"
#include "adapters/rest/problem.hpp"
#include "engine/command.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::rest {

enum class operation : std::uint8_t {
  receipt,
  adjustment,
  count,
  safety,
  hold,
  confirm, // of a hold
  release,
  ship_hold,
  order,
  cancel, // of an order
  ship,
  take_return,
  inspection,
  resolve, // an incident
  extend,  // a hold
  allocate,
  available,
  fence,
  transfer,
  transfer_receipt,
  cancel_transfer,
  supply,
  cancel_supply,
  announce_return,
  return_arrival,
  close_return,
};

// What has an id of its caller's own and goes on over several movements: a transfer, a supply, a return. Its id is
// for every caller the same.
struct matter {
  std::string_view kind; // "transfer", "supply", "return"
  std::string id;
};

// True when a movement of `op` needs no Idempotency-Key, because the thing it begins has an id already.
[[nodiscard]] bool has_natural_key(operation op);

// The words for `op` in a batch line.
[[nodiscard]] std::string_view to_string(operation op);
[[nodiscard]] std::optional<operation> find_operation(std::string_view name);

// Who asks, and when.
struct movement_context {
  std::string_view caller;
  engine::account_id account{};
  engine::time_point now{}; // a hold's seconds count from here
};

struct movement_line {
  std::string sku; // the caller's code; empty when `target` is known already, from a hold's id
  engine::sku_id target{};
  std::string line;           // of an order
  engine::quantity units = 0; // as asked, for the answer
  std::string pointer;        // where the line stands in the body
  std::string location;       // the code of the body's `location`, or of where a transfer comes from; empty: not said
  std::string to;             // the code of where units go to
  std::string account;        // by name: of a fence; whose order is allocated, empty: the caller's
  engine::command_body body;  // a hold's reservation is bound later: its id needs the SKUs' numbers
  std::string reference;
};

struct movement {
  operation op{};
  bool together = false; // a request: all lines or none. Otherwise each line is recorded for itself.
  std::vector<movement_line> lines;
  std::uint64_t content = 0; // hash of everything asked, the same for each layout of the same body
  engine::time_point occurred_at{};
  std::string order;           // of order, cancel, ship
  std::optional<hold_id> hold; // of all that is about a hold
  std::int64_t seconds = 0;    // of hold and extend
  std::optional<matter> about;
};

// The body of `op`. Names told by the path ("order", "hold", "sku", "incident", "transfer", "supply", "return") have been put into the object
// before; see path_members(). Problems: invalid_body with every mistake found, duplicate_sku, unknown_hold.
[[nodiscard]] decoded<movement> decode_movement(operation op, const boost::json::object& body,
                                                const movement_context& context);

} // namespace lockstep::adapters::rest
