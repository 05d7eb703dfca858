// What happened at a seller, in time order: what the demo replays. Read from a CSV in the layout of the UCI
// Online Retail data set, or made by order_generator:
//
//   InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
//
//   a number with a positive quantity and a price    a line of an order
//   the same at price 0, with a customer             a line too: a free sample leaves the warehouse
//   the same at price 0, without a customer          found stock, the description says why
//   C and a number, negative quantity                units taken back; of which order is not said
//   a negative quantity at price 0, without C        a write-off, the description says why
//   a stock code that is no SKU (POST, M, ...)       no goods: counted, and that is all
//
// A SKU is five digits and letters, or DCGS and more, in upper case. Lines that repeat a SKU within an
// invoice stay lines of their own.
#pragma once

#include "engine/error.hpp"
#include "engine/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app::demo {

using log_time = std::chrono::sys_seconds;

enum class event_kind : std::uint8_t { order, cancellation, write_off, found };

struct event_line {
  std::size_t row = 0;        // of the file, from 1; of the generator: a number of its own
  std::uint32_t sku = 0;      // place in order_log::skus
  engine::quantity units = 0; // always positive
};

struct log_event {
  event_kind kind{};
  log_time at{};
  std::string invoice;
  std::string customer;          // empty: not told
  std::string reason;            // of a write-off or found stock
  bool web_shop = false;         // a line of postage by the web shop (DOT) says so
  std::vector<event_line> lines; // at least one
};

struct log_sku {
  std::string code;
  std::string title;
};

struct order_log {
  std::vector<log_sku> skus;
  std::vector<log_event> events;              // by time, then as written
  std::size_t rows = 0;                       // all that were read, without the header
  std::map<std::string, std::size_t> ignored; // lines by stock code that is no SKU

  struct bad_row {
    std::size_t row = 0;
    std::string what;
  };

  std::vector<bad_row> bad; // left out; the first of them, see bad_rows
  std::size_t bad_rows = 0;

  [[nodiscard]] std::size_t ignored_lines() const;
  [[nodiscard]] std::size_t lines(event_kind kind) const;
};

// Rows of order_log::bad that are kept with their words.
inline constexpr std::size_t bad_rows_told = 20;

// error_code::malformed: another header. A row that cannot be read is left out and told.
[[nodiscard]] engine::result<order_log> read_order_log(std::istream& from);

// A file, compressed by gzip or not. unavailable: it cannot be opened; corrupt: its compression is damaged.
[[nodiscard]] engine::result<order_log> read_order_log_file(const std::string& path);

// Keeps the first `orders` orders and everything else up to the last of them; SKUs that are not named any
// more are gone.
[[nodiscard]] order_log first_orders(const order_log& log, std::size_t orders);

} // namespace lockstep::app::demo
