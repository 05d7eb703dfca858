// A shop as a plain value: what it shows, what it sold, what it has to tell. No sockets, threads or clock;
// whoever shares it guards it.
#pragma once

#include "adapters/sandbox/shopify_shop.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lockstep::adapters::sandbox {

struct sold_line {
  std::int64_t id = 0;
  std::int64_t variant = 0;
  quantity ordered = 0; // ever, edits included
  quantity removed = 0; // cancelled, refunded before shipping, or edited away
  quantity returned = 0;
  quantity shipped = 0;

  [[nodiscard]] quantity open() const { return ordered - removed - shipped; }

  [[nodiscard]] quantity current() const { return ordered - removed - returned; }
};

struct fulfilled_line {
  std::int64_t id = 0;
  std::int64_t line = 0;
  quantity units = 0;
};

struct fulfilment {
  std::int64_t id = 0;
  time_point created_at{};
  std::vector<fulfilled_line> lines;
};

struct refund_line {
  std::int64_t id = 0;
  std::int64_t line = 0;
  quantity units = 0;
  restock_type type = restock_type::no_restock;
};

struct refund {
  std::int64_t id = 0;
  std::int64_t order = 0;
  bool test = false;
  time_point created_at{};
  std::vector<refund_line> lines;
};

struct sold_order {
  std::int64_t id = 0;
  bool test = false;
  time_point created_at{};
  time_point updated_at{};
  std::optional<time_point> cancelled_at;
  std::vector<sold_line> lines;
  std::vector<fulfilment> fulfilments;
  std::vector<refund> refunds;

  [[nodiscard]] sold_line* find_line(std::int64_t line);
};

// Something the shop tells its subscriber. The payload is what was true then, and stays so however late it is
// sent.
struct shop_event {
  std::string topic;
  std::string payload;
  time_point triggered_at{};
};

// One row of a write, ids already taken apart; 0: the id names nothing of its kind.
struct level_write {
  std::int64_t inventory_item = 0;
  std::int64_t location = 0;
  quantity value = 0;
  std::optional<quantity> expected;
};

struct level_fault {
  std::size_t row = 0;
  std::string_view member; // "inventoryItemId", "locationId", "quantity", "changeFromQuantity"
  std::string_view code;
  std::string_view message;
};

class shop_model {
 public:
  shop_model(std::int64_t location, std::int64_t first_id, bool echo_levels)
      : location_(location), next_id_(first_id), echo_levels_(echo_levels) {}

  void list(const shop_item& item);

  // All that is wrong with a write; empty: it may be applied. Nothing changes.
  [[nodiscard]] std::vector<level_fault> check(const std::vector<level_write>& rows) const;
  // Applies rows that check() found right; returns the difference of each.
  std::vector<quantity> apply(const std::vector<level_write>& rows, time_point now);

  placed_order place_order(const std::vector<order_request>& lines, bool test, time_point now);
  bool cancel(std::int64_t order, time_point now);
  bool refund_units(std::int64_t order, const std::vector<line_units>& lines, restock_type type,
                    time_point now);
  // 0 units: all that are open.
  bool fulfil(std::int64_t order, const std::vector<line_units>& lines, time_point now);
  bool edit(std::int64_t order, std::int64_t line, quantity difference, time_point now);

  // What happened since the last call.
  [[nodiscard]] std::vector<shop_event> take_events() { return std::exchange(events_, {}); }

  struct listed {
    shop_item item;
    shown_row counts;
    time_point updated_at{};
    time_point written_at{}; // last write of it
  };

  [[nodiscard]] const listed* find_item(std::int64_t inventory_item) const;
  [[nodiscard]] const listed* find_variant(std::int64_t variant) const;
  [[nodiscard]] const sold_order* find_order(std::int64_t order) const;
  // Items in the order of their variants, from `after` on.
  [[nodiscard]] std::vector<const listed*> items_after(std::int64_t variant, std::size_t count) const;
  // Orders changed at or after `since` and after the cursor (update, id), oldest change first.
  [[nodiscard]] std::vector<const sold_order*>
  orders_after(time_point since, std::pair<time_point, std::int64_t> after, std::size_t count) const;
  [[nodiscard]] std::vector<shown_row> shown() const;

  [[nodiscard]] std::int64_t location() const { return location_; }

  [[nodiscard]] std::int64_t next_id() { return next_id_++; }

  [[nodiscard]] const shop_statistics& counts() const { return counts_; }

 private:
  listed* find_variant(std::int64_t variant);
  sold_order* find_order(std::int64_t order);
  void change_level(listed& of, quantity difference, time_point now);
  void remove_units(sold_line& line, quantity units, time_point now);
  void refund_line_units(sold_line& line, quantity units, restock_type type, time_point now);
  void touch(sold_order& order, time_point now);
  void tell_order(std::string_view topic, const sold_order& order);
  void tell_refund(const sold_order& order, const refund& given);
  refund& add_refund(sold_order& order, time_point now);

  std::int64_t location_;
  std::int64_t next_id_;
  bool echo_levels_;
  std::map<std::int64_t, listed> by_variant_;
  std::unordered_map<std::int64_t, std::int64_t> variant_of_item_;
  std::unordered_map<std::int64_t, sold_order> orders_;
  std::set<std::pair<time_point, std::int64_t>> by_update_;
  std::vector<shop_event> events_;
  shop_statistics counts_;
};

} // namespace lockstep::adapters::sandbox
