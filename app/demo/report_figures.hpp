// Figures that the table and the JSON of a result share.
#pragma once

#include "app/demo/report.hpp"

#include <chrono>
#include <vector>

namespace lockstep::app::demo {

[[nodiscard]] inline double milliseconds_of(std::chrono::microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

[[nodiscard]] inline quantity sum(const std::vector<adapters::sandbox::shown_row>& rows,
                                  quantity adapters::sandbox::shown_row::*of) {
  quantity units = 0;
  for (const auto& row : rows)
    units += row.*of;
  return units;
}

// Orders of the seller's own checkout for one article.
struct own_sales {
  std::size_t orders = 0, refused = 0, cancelled = 0;
  quantity sold = 0, shipped = 0;
};

[[nodiscard]] inline own_sales sales_of(const demo_result& result, std::size_t article) {
  own_sales sales;
  for (const auto& order : result.own_orders) {
    if (order.of != article) continue;
    ++(order.granted ? sales.orders : sales.refused);
    sales.cancelled += order.cancelled > 0;
    sales.sold += order.granted ? order.ordered - order.cancelled : 0;
    sales.shipped += order.shipped;
  }
  return sales;
}

} // namespace lockstep::app::demo
