// What a marketplace adapter does: pure encoding and decoding. No clock, no sockets, no state; the channel actor moves
// the requests and the push machine judges the answers.
#pragma once

#include "adapters/http_client.hpp"
#include "engine/error.hpp"
#include "engine/types.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters {

using engine::quantity;
using engine::result;
using engine::time_point;

// What the channel can do, and how its numbers behave; figures with their source in the adapter's README.
struct capabilities {
  std::size_t rows_per_write = 1;
  std::size_t rows_per_read = 1;
  bool compare_and_set = false;                 // a stale write is refused by the channel
  bool idempotency_key = false;                 // a repeated write with the same key is recognised
  std::chrono::milliseconds settle{0};          // a write that was sent may still land this long after its answer was lost
  std::chrono::milliseconds signal_lag{0};      // how late the channel usually tells a sale
};

// One listing as the channel names it.
struct channel_item {
  std::string item;
  std::string location;
};

// One row of a write: the number to show, and what the channel should be showing now (compare-and-set; none: unchecked).
struct write_row {
  channel_item target;
  quantity value = 0;
  std::optional<quantity> expected;
};

enum class row_verdict : std::uint8_t {
  applied,     // acknowledged: the channel shows it
  not_applied, // innocent row of a refused batch: send it again
  stale,       // compare-and-set failed: read, then decide
  rejected,    // permanently wrong (unknown item, not stocked here): park with the reason
  uncertain,   // nobody knows
};

struct row_result {
  row_verdict verdict = row_verdict::uncertain;
  std::string reason; // channel's own code and words when rejected
};

enum class batch_verdict : std::uint8_t {
  judged,       // see rows
  throttled,    // not done; wait
  unauthorized, // credentials refused: pause the account
  retry,        // not done, the channel is unwell: back off
  uncertain,    // may be done: every row is uncertain
  repeat_key,   // send again with the same key (still running there)
  new_key,      // send again under a new key
};

// What the answer tells of the channel's limits.
struct throttle_report {
  std::optional<double> cost;                // points the request cost (or would)
  std::optional<double> available;           // points left
  std::optional<double> maximum;
  std::optional<double> restore_per_second;
  std::optional<std::chrono::milliseconds> retry_after;
};

struct write_result {
  batch_verdict verdict = batch_verdict::uncertain;
  std::vector<row_result> rows; // as many as were sent when judged
  throttle_report throttle;
  std::string what; // words for log and console when not judged
};

// What the channel shows for an item.
struct shown {
  channel_item target;
  std::optional<quantity> value; // none: not tracked or not stocked
  std::string variant;           // channel's id in orders, when the read tells it
  std::string sku;               // channel's SKU text, when the read tells it
};

struct read_result {
  batch_verdict verdict = batch_verdict::uncertain;
  std::vector<shown> items;
  std::string next_cursor; // listing pages: empty at the end
  throttle_report throttle;
  std::string what;
};

// One line of an order as the channel states it now. Cumulative values, see engine::record_line.
struct order_line {
  std::string line_id;
  std::string variant; // may be empty
  std::string sku;     // may be empty; not unique on every channel
  std::optional<quantity> ordered;
  std::optional<quantity> cancelled;
  std::optional<quantity> shipped;
  quantity cancelled_now = 0; // with movement_id: a refund that cancels
  quantity returned_now = 0;  // with movement_id: a refund of units that came back
  std::string movement_id;
};

struct order_message {
  std::string order_id;
  bool test = false; // never touches stock
  time_point occurred_at{}; // when the order was placed; of a refund's lines: when it was refunded
  time_point updated_at{};
  bool found_open = false; // read when its account was connected, placed before: its totals count, not what once
                           // moved them
  std::vector<order_line> lines{};
  std::string fault{}; // why a part of the order could not be read; such a message has no lines, the rest of the order
                       // comes in messages of its own
};

struct orders_result {
  batch_verdict verdict = batch_verdict::uncertain;
  std::vector<order_message> orders;
  std::string next_cursor;
  throttle_report throttle;
  std::string what;
};

// Credentials and address of one account; `secrets` are wiped by their owner, never logged.
struct channel_account {
  std::string name;
  std::string base_url;
  std::string access_token;
  std::vector<std::string> webhook_secrets; // two during rotation
  std::string location;                     // default channel location
};

class channel_adapter {
 public:
  virtual ~channel_adapter() = default;

  [[nodiscard]] virtual capabilities able_to() const = 0;

  // `key`: one per logical write; `reference` names the push in the channel's own history.
  [[nodiscard]] virtual http_request encode_write(std::span<const write_row> rows, std::string_view key,
                                                  std::string_view reference) const = 0;
  [[nodiscard]] virtual write_result decode_write(const http_response& answer, std::size_t rows) const = 0;

  [[nodiscard]] virtual http_request encode_read(std::span<const channel_item> items) const = 0;
  [[nodiscard]] virtual read_result decode_read(const http_response& answer) const = 0;

  // Pages over everything the account lists; empty cursor: from the start.
  [[nodiscard]] virtual http_request encode_list(std::string_view cursor) const = 0;
  [[nodiscard]] virtual read_result decode_list(const http_response& answer) const = 0;

  // Orders changed since `since`, oldest change first; for a `since` of zero every order that is open. An order that
  // cannot be read is told as a fault; a page that does not say how it goes on is batch_verdict::retry.
  [[nodiscard]] virtual http_request encode_orders(time_point since, std::string_view cursor) const = 0;
  [[nodiscard]] virtual orders_result decode_orders(const http_response& answer) const = 0;

  // True when any current secret signed exactly these bytes. Constant time.
  [[nodiscard]] virtual bool verify_webhook(std::span<const header> headers, std::string_view body) const = 0;
  // Orders told by a verified webhook; an empty list for a topic that carries none. error_code::malformed with the place
  // when the order itself cannot be read, a fault for a refund in it.
  [[nodiscard]] virtual result<std::vector<order_message>> decode_webhook(std::span<const header> headers,
                                                                          std::string_view body) const = 0;
};

} // namespace lockstep::adapters
