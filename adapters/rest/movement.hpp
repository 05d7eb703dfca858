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
};

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
  std::optional<hold_id> hold; // of confirm, release, ship_hold
  std::int64_t seconds = 0;    // of hold
};

// The body of `op`. Names told by the path ("order", "hold", "sku", "incident") have been put into the object
// before; see path_members(). Problems: invalid_body with every mistake found, duplicate_sku, unknown_hold.
[[nodiscard]] decoded<movement> decode_movement(operation op, const boost::json::object& body,
                                                const movement_context& context);

} // namespace lockstep::adapters::rest
