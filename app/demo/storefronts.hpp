// Three shops that sell what the log says, each against the number it shows, and the record of what they
// sold: what the ledger must hold in the end.
#pragma once

#include "adapters/sandbox/shopify_shop.hpp"
#include "app/demo/order_log.hpp"
#include "app/demo/warehouse.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::app::demo {

using adapters::sandbox::shopify_shop;
using engine::quantity;

inline constexpr std::array<std::string_view, 3> shop_names{"web", "market", "trade"};
using shops = std::array<std::unique_ptr<shopify_shop>, shop_names.size()>;

// Item of a SKU in every shop, and the variant in orders: numbers made of its place in the log.
[[nodiscard]] constexpr std::int64_t item_of(std::uint32_t sku) {
  return 1'000'000 + sku;
}

[[nodiscard]] constexpr std::int64_t variant_of(std::uint32_t sku) {
  return 2'000'000 + sku;
}

// A line that a shop sold. Cumulative values, as the shop has them.
struct sold_line {
  std::uint32_t sku = 0;
  std::uint8_t shop = 0;
  std::int64_t order = 0;
  std::int64_t line = 0;
  quantity ordered = 0;
  quantity removed = 0; // cancelled or refunded before shipping
  quantity shipped = 0;
  quantity returned = 0;
  quantity shown = 0; // by the shop just before
  engine::time_point sold_at{};
  engine::time_point written_at{}; // last write to the shop before it; zero: none yet

  [[nodiscard]] quantity open() const { return ordered - removed - shipped; }
};

// Units of a cancelled line that a shop puts back on sale, before anybody else hears of it.
struct put_back {
  std::uint32_t sku = 0;
  std::uint8_t shop = 0;
  quantity units = 0;
  engine::time_point at{};
};

// An order is a run of lines.
struct order_lines {
  std::size_t first = 0;
  std::size_t count = 0;
};

struct take_back_counts {
  std::size_t cancelled_lines = 0, returned_lines = 0, unlinked_lines = 0;
  std::size_t of_refused_lines = 0; // the shop never sold what the log takes back
  std::size_t orders_cancelled = 0; // whole ones
};

// One thread.
class storefronts {
 public:
  // Everything outlives it. `seed` decides which shop takes an order.
  storefronts(shops& open, warehouse& stock, std::uint64_t seed);

  // Orders placed for it; long ones are several, as a checkout takes so many lines and no more.
  std::vector<order_lines> sell(const log_event& order);
  // Cancels what is still to be sent, returns what was sent, takes the rest back without an order.
  void take_back(const log_event& cancellation);
  // Ships what the shelves hold. False: some units are short, try again another day.
  [[nodiscard]] bool ship(const order_lines& order);

  [[nodiscard]] const std::vector<sold_line>& lines() const { return lines_; }

  [[nodiscard]] const std::vector<put_back>& put_backs() const { return put_backs_; }

  [[nodiscard]] const take_back_counts& taken_back() const { return taken_back_; }

 private:
  using sku_of_customer = std::pair<std::string, std::uint32_t>;
  using batch_of_order =
      std::map<std::pair<std::uint8_t, std::int64_t>, std::vector<std::pair<std::size_t, quantity>>>;

  [[nodiscard]] std::uint8_t shop_of(const log_event& order) const;
  [[nodiscard]] order_lines place(const log_event& order, std::uint8_t shop, std::size_t from,
                                  std::size_t to);
  void remember(const log_event& order, const event_line& asked, const adapters::sandbox::placed_line& said,
                std::int64_t placed, std::uint8_t shop);
  [[nodiscard]] quantity match(const event_line& wanted, const std::vector<std::size_t>& earlier,
                               batch_of_order& cancels, batch_of_order& returns);
  void cancel(const batch_of_order& cancels);
  void give_back(const batch_of_order& returns);
  [[nodiscard]] bool is_whole(const std::vector<std::pair<std::size_t, quantity>>& part) const;

  shops& shops_;
  warehouse& stock_;
  std::uint64_t seed_;
  std::vector<sold_line> lines_;
  std::vector<put_back> put_backs_; // oldest first
  std::map<sku_of_customer, std::vector<std::size_t>> bought_;
  std::map<sku_of_customer, quantity> refused_; // units a customer asked for and did not get
  std::map<std::pair<std::uint8_t, std::int64_t>, order_lines> orders_;
  take_back_counts taken_back_;
};

} // namespace lockstep::app::demo
