// Pages of the orders query. An order with more lines than a page holds goes on in the next pages, beside the
// orders that follow it: the cursor says how far the orders are and which of them are not finished.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::shopify {

// By Shopify's measured costs (README.md) a page of these sizes stays below the 1,000 points of one request.
inline constexpr int orders_per_page = 5;
inline constexpr int lines_per_page = 100;
inline constexpr int lines_per_rest = 250; // of an order that goes on

struct order_cursor {
  struct unfinished {
    std::string order; // global id
    std::string after; // Shopify's cursor within its lines
  };

  std::string after{}; // Shopify's cursor within the orders; empty: from the start
  bool more = true;    // false: all orders are read, only lines are missing
  std::vector<unfinished> rest{};
  std::vector<std::string> refunds{}; // global ids of orders whose refunds did not fit their page

  // Empty: nothing is left.
  [[nodiscard]] std::string text() const;
  // The start for an empty text, and for one that text() never made.
  [[nodiscard]] static order_cursor parse(std::string_view text);
};

} // namespace lockstep::adapters::shopify
