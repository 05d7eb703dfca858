// An order as Shopify states it, whichever way it came (webhook or query), and its reading in our own words.
// README.md explains the arithmetic.
#pragma once

#include "adapters/channel.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::shopify {

struct stated_line {
  std::string id;
  std::string variant;
  std::string sku;
  quantity units = 0;                  // ever ordered, those since removed included
  std::optional<quantity> fulfillable; // still to be sent; none: not stated
};

// Units of one line in fulfilments.
struct fulfilled_units {
  quantity shipped = 0;     // of fulfilments that succeeded
  quantity in_progress = 0; // handed to a fulfilment service, neither shipped nor fulfillable
};

enum class restock : std::uint8_t { none, cancel, returned };

struct stated_refund_line {
  std::string id;
  std::string line;
  std::string variant;
  std::string sku;
  quantity units = 0;
  restock kind = restock::none;
};

struct stated_refund {
  std::string id;
  std::string order;
  time_point created_at{};
  bool test = false;
  std::vector<stated_refund_line> lines;
};

struct stated_order {
  std::string id;
  bool test = false;
  bool cancelled = false;
  time_point created_at{};
  time_point updated_at{};
  std::vector<stated_line> lines;
  bool fulfilments_stated = false; // any
  bool fulfilments_complete = false;
  std::map<std::string, fulfilled_units, std::less<>> fulfilled; // by line
  std::vector<stated_refund> refunds;
  std::vector<std::string> faults; // parts of it that could not be read, and why

  // Adds units of a line in a fulfilment; `status` in lower case. A status that is new to us makes the list
  // incomplete.
  void add_fulfilled(std::string_view line, std::string_view status, quantity units);
};

// restock_type in lower case. A type that is new to us moves nothing: the order's own totals tell its
// cancels.
[[nodiscard]] restock parse_restock(std::string_view type);

// The order's lines, then one message per refund that moves units (a refund has a time of its own), then one
// per fault.
[[nodiscard]] std::vector<order_message> to_messages(const stated_order& order);
// Empty when the refund moves no units.
[[nodiscard]] std::vector<order_message> to_messages(const stated_refund& refund);

} // namespace lockstep::adapters::shopify
