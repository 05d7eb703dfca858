// A local Shopify on loopback: the Admin GraphQL API as strict as the real one (see README.md), a storefront
// that sells against the number it shows, and signed webhooks with the faults of real ones. For tests and the
// demo.
//
// Thread: every public function may be called from any thread; none blocks but the destructor, which ends the
// shop's own thread. Everything random comes from `seed`.
#pragma once

#include "engine/error.hpp"
#include "engine/types.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::sandbox {

using engine::quantity;
using engine::result;
using engine::time_point;

// What the shop lists.
struct shop_item {
  std::string sku;          // as the shop writes it; may be empty, need not be unique
  std::int64_t variant = 0; // number of the variant, in orders
  std::int64_t inventory_item = 0;
  quantity available = 0;
  bool tracked = true;
};

// Probabilities (0 to 1) of what may befall a webhook; each is drawn for each event.
struct webhook_faults {
  double lost = 0;      // never sent
  double duplicate = 0; // sent once more under another Webhook-Id and the same Event-Id
  double late = 0;      // sent after up to `lateness_max`; so it is overtaken by others
  std::chrono::milliseconds lateness_max{0};
};

// Probabilities of what may befall a request to the Admin API; at most one is drawn per request.
struct api_faults {
  double server_error = 0; // 500, not executed
  double html = 0;         // 200 with a page instead of an answer, not executed
  double answer_lost = 0;  // executed, then the connection closes without an answer
  double lands_late = 0;   // the connection closes without an answer; executed after `lateness`
  std::chrono::milliseconds lateness{200};
};

// What the shop does to the next requests, whatever is drawn.
enum class misbehaviour : std::uint8_t {
  none,
  server_error, // 500, not executed
  html,         // 200 and a page, not executed
  truncated,    // executed, the JSON is cut in the middle
  answer_lost,  // executed, then the connection closes
  lands_late,   // the connection closes; executed after api_faults::lateness
  silent,       // not executed, never answered
  slow,         // executed, answered after api_faults::lateness
  throttled,    // refused as THROTTLED
  down,         // the connection closes at once, not executed
};

struct shop_options {
  std::string name = "shop";
  std::uint64_t seed = 1;
  std::uint16_t port = 0; // 0: any
  std::string access_token = "shpat_sandbox";
  std::string webhook_secret = "hush";
  std::int64_t location = 2;
  std::int64_t first_id = 1; // of orders, lines, refunds; beyond 2^53 to test readers
  // Shop time: of orders, changes and the headers of webhooks. Default: the system clock.
  std::function<time_point()> now{};

  double cost_maximum = 2000; // points of the bucket, and refill; a development store's
  double cost_restore_per_second = 100;
  bool throttled_as_429 = false; // status of THROTTLED is disputed: 200 otherwise

  std::size_t webhook_connections = 4;
  std::chrono::milliseconds webhook_timeout{5'000};
  std::chrono::milliseconds webhook_retry_first{60'000}; // doubles: 8 retries within about 4 hours
  std::size_t webhook_retries = 8;
  std::size_t webhook_failures_max = 8; // in a row, then the subscription is removed; 0: never
  bool echo_levels = true;              // inventory_levels/update after every change of a level
  webhook_faults webhooks{};
  api_faults api{};
};

struct order_request {
  std::int64_t variant = 0;
  quantity units = 0;
};

struct placed_line {
  std::int64_t line = 0; // 0: refused, the shop shows fewer units
  std::int64_t variant = 0;
  quantity units = 0;
  quantity shown = 0;      // before this line
  time_point written_at{}; // when the last write of it was applied; zero: never
};

// Units of a line of an order.
struct line_units {
  std::int64_t line = 0;
  quantity units = 0;
};

struct placed_order {
  std::int64_t order = 0; // 0: every line was refused and there is no order
  std::vector<placed_line> lines;
};

// How refunded units are treated: as Shopify's restock_type.
enum class restock_type : std::uint8_t { cancel, return_, no_restock };

// What one item shows, and what became of it here.
struct shown_row {
  std::string sku;
  std::int64_t variant = 0;
  std::int64_t inventory_item = 0;
  quantity available = 0;
  quantity sold = 0;      // units ordered, edits included
  quantity refused = 0;   // units asked for that the shop did not show
  quantity cancelled = 0; // units of orders cancelled, refunded before shipping or edited away
  quantity returned = 0;
  quantity shipped = 0;
};

struct shop_statistics {
  std::uint64_t orders = 0;
  std::uint64_t lines_sold = 0, lines_refused = 0;
  quantity units_sold = 0, units_refused = 0;
  std::uint64_t writes = 0;       // inventorySetQuantities applied
  std::uint64_t rows_written = 0; // rows of these
  std::uint64_t writes_stale = 0; // refused by compare-and-set
  std::uint64_t requests = 0, requests_throttled = 0,
                requests_refused = 0;   // refused: invalid documents or values
  std::uint64_t webhooks_sent = 0;      // attempts
  std::uint64_t webhooks_delivered = 0; // answered 2xx in time
  std::uint64_t webhooks_failed = 0;    // attempts that were not
  std::uint64_t webhooks_lost = 0;      // by fault, by removal, or after the last retry
  std::size_t webhooks_waiting = 0;     // to be sent or retried
  bool subscribed = false;
};

class shopify_shop {
 public:
  // Opens the port and starts the shop's thread. unavailable: the port is taken.
  [[nodiscard]] static result<std::unique_ptr<shopify_shop>> start(shop_options options);
  ~shopify_shop();

  [[nodiscard]] std::string base_url() const;    // "http://127.0.0.1:PORT"
  [[nodiscard]] std::string location_id() const; // the global id
  [[nodiscard]] static std::string item_id(std::int64_t inventory_item);

  // Lists items; an item already there is replaced.
  void list(const std::vector<shop_item>& items);
  // Sends webhooks of all topics there from now on ("http://127.0.0.1:PORT/path"); empty: nowhere.
  void subscribe(std::string url);
  // The next `requests` to the Admin API meet this; `none` ends it.
  void misbehave(misbehaviour what, std::size_t requests = SIZE_MAX);

  // Sells each line if the shop shows enough units, else refuses that line. The level falls before any
  // webhook leaves.
  placed_order place_order(const std::vector<order_request>& lines, bool test = false);
  // Cancels the order: units not shipped go back on sale. False: unknown, cancelled, or nothing left to
  // cancel.
  bool cancel(std::int64_t order);
  // Refunds units of a line. cancel: units not shipped, back on sale. return_: shipped units, on hold at the
  // warehouse. False: unknown, or more than there is.
  bool refund(std::int64_t order, std::int64_t line, quantity units, restock_type type);
  // The same for several lines in one refund: all of them or none.
  bool refund(std::int64_t order, const std::vector<line_units>& lines, restock_type type);
  // Ships units of a line (all that are open when 0). False: unknown, or more than there is.
  bool fulfil(std::int64_t order, std::int64_t line, quantity units = 0);
  // Several lines in one parcel: all of them or none.
  bool fulfil(std::int64_t order, const std::vector<line_units>& lines);
  // Changes the quantity of a line, by a difference. False: unknown, not enough shown, or more than there is.
  bool edit(std::int64_t order, std::int64_t line, quantity difference);
  // A person at the shop sets the number by hand.
  bool set_by_hand(std::int64_t inventory_item, quantity available);

  [[nodiscard]] std::vector<shown_row> shown() const;
  [[nodiscard]] shop_statistics statistics() const;

 private:
  struct parts;
  explicit shopify_shop(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

} // namespace lockstep::adapters::sandbox
