// Orders made up, with the velocity profile that was published for eleven trading days in peak season of the
// UCI Online Retail data set (Chen, Sain & Guo 2012, doi 10.1057/dbm.2012.17), 2011-11-28 to 2011-12-09:
//
//   2,552 SKUs; units per calendar day between first and last sale: 816 above 10, 1,468 from 1 to 10, 268
//   less lines per order: median 15, 90 % up to 54, 99 % up to 219 14 % of the invoices are cancellations,
//   about two lines each, of part of what was ordered 46 write-offs; about 36,600 rows
#pragma once

#include "app/demo/order_log.hpp"

#include <cstdint>

namespace lockstep::app::demo {

// The same seed makes the same log, on every platform.
[[nodiscard]] order_log generate_orders(std::uint64_t seed);

} // namespace lockstep::app::demo
