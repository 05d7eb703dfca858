#include "app/demo/order_log.hpp"

#include "app/csv.hpp"
#include "app/demo/gzip_stream.hpp"
#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>

namespace lockstep::app::demo {

using engine::error_code;
using engine::make_error;
using engine::quantity;
using engine::result;

namespace {

constexpr std::array<std::string_view, 8> header{"InvoiceNo",   "StockCode", "Description", "Quantity",
                                                 "InvoiceDate", "UnitPrice", "CustomerID",  "Country"};
constexpr std::string_view web_shop_code = "DOT";

enum column : std::size_t {
  invoice_no,
  stock_code,
  description,
  quantity_of,
  invoice_date,
  unit_price,
  customer_id
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

bool is_sku(std::string_view code) {
  if (code.starts_with("DCGS")) return true;
  if (code.size() < 5 || !std::all_of(code.begin(), code.begin() + 5, is_digit)) return false;
  return std::all_of(code.begin() + 5, code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// "2011-11-28 08:48:00", without a zone: the seller's own clock.
std::optional<log_time> read_time(std::string_view text) {
  if (text.size() != 19 || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto year = read_number<int>(text.substr(0, 4));
  const auto month = read_number<unsigned>(text.substr(5, 2));
  const auto day = read_number<unsigned>(text.substr(8, 2));
  const auto hour = read_number<int>(text.substr(11, 2));
  const auto minute = read_number<int>(text.substr(14, 2));
  const auto second = read_number<int>(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

// "17850.0" and "17850" are one customer.
std::string read_customer(std::string text) {
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

// What a row says, before it finds its event.
struct read_row {
  event_kind kind{};
  quantity units = 0;
  log_time at{};
};

// The kind of a row of goods, or what is wrong with it.
result<read_row> judge(const std::vector<std::string>& fields) {
  const auto bad = [](std::string what) { return make_error(error_code::malformed, std::move(what)); };
  const auto units = read_number<quantity>(fields[quantity_of]);
  if (!units || *units == 0) return bad(fmt::format("'{}' is no quantity", fields[quantity_of]));
  if (*units > limits::units_per_movement_max || *units < -limits::units_per_movement_max)
    return bad(fmt::format("the quantity {} is beyond every movement", *units));
  const auto at = read_time(fields[invoice_date]);
  if (!at) return bad(fmt::format("'{}' is no date and time", fields[invoice_date]));
  const auto price = read_number<double>(fields[unit_price]);
  if (!price || *price < 0) return bad(fmt::format("'{}' is no price", fields[unit_price]));
  const std::string_view invoice = fields[invoice_no];
  if (invoice.empty() || invoice.size() > limits::reference_bytes_max) return bad("no usable invoice number");
  const bool taken_back = invoice.starts_with('C');
  if (taken_back && *units > 0) return bad("a cancellation of a positive quantity");
  if (!taken_back && *units < 0 && *price > 0)
    return bad("a negative quantity with a price, outside a cancellation");
  read_row row{event_kind::order, std::abs(*units), *at};
  if (taken_back)
    row.kind = event_kind::cancellation;
  else if (*units < 0)
    row.kind = event_kind::write_off;
  else if (*price == 0 && fields[customer_id].empty())
    row.kind = event_kind::found;
  return row;
}

class log_builder {
 public:
  void add(std::size_t row, std::vector<std::string> fields);
  void add_bad(std::size_t row, std::string what);
  order_log take();

 private:
  std::uint32_t sku_of(std::string code, const std::string& title);
  log_event& event_of(const read_row& read, const std::vector<std::string>& fields);

  order_log log_;
  std::unordered_map<std::string, std::uint32_t> sku_places_;
  std::unordered_map<std::string, std::size_t> open_;     // invoice: its event
  std::unordered_map<std::string, bool> web_shop_orders_; // invoices with a line of the web shop's postage
};

void log_builder::add_bad(std::size_t row, std::string what) {
  ++log_.rows;
  if (++log_.bad_rows <= bad_rows_told) log_.bad.push_back({row, std::move(what)});
}

void log_builder::add(std::size_t row, std::vector<std::string> fields) {
  if (fields.size() != header.size())
    return add_bad(row, fmt::format("{} fields, {} expected", fields.size(), header.size()));
  auto code = upper(fields[stock_code]);
  if (!is_sku(code)) {
    ++log_.rows;
    if (code == web_shop_code) web_shop_orders_[fields[invoice_no]] = true;
    ++log_.ignored[code];
    return;
  }
  if (code.size() > limits::sku_code_bytes_max) return add_bad(row, "a stock code longer than any SKU");
  const auto read = judge(fields);
  if (!read) return add_bad(row, read.error().what);
  ++log_.rows;
  event_of(*read, fields).lines.push_back({row, sku_of(std::move(code), fields[description]), read->units});
}

std::uint32_t log_builder::sku_of(std::string code, const std::string& title) {
  const auto [found, added] =
      sku_places_.try_emplace(std::move(code), static_cast<std::uint32_t>(log_.skus.size()));
  if (added) log_.skus.push_back({found->first, {}});
  auto& known = log_.skus[found->second].title;
  if (known.empty() && engine::is_valid_text(title, limits::note_bytes_max)) known = title;
  return found->second;
}

// Lines of one invoice are one event; each write-off and find is one of its own, because each has its reason.
log_event& log_builder::event_of(const read_row& read, const std::vector<std::string>& fields) {
  const bool shared = read.kind == event_kind::order || read.kind == event_kind::cancellation;
  if (shared) {
    const auto [found, added] = open_.try_emplace(fields[invoice_no], log_.events.size());
    if (!added) return log_.events[found->second];
  }
  auto& event = log_.events.emplace_back();
  event.kind = read.kind;
  event.at = read.at;
  event.invoice = fields[invoice_no];
  event.customer = read_customer(fields[customer_id]);
  if (shared) return event;
  event.reason = fields[description];
  if (event.reason.empty() || !engine::is_valid_text(event.reason, limits::note_bytes_max))
    event.reason = "no reason given";
  return event;
}

order_log log_builder::take() {
  for (auto& event : log_.events)
    event.web_shop = event.kind == event_kind::order && web_shop_orders_.contains(event.invoice);
  std::ranges::stable_sort(log_.events, {}, &log_event::at);
  return std::move(log_);
}

} // namespace

std::size_t order_log::ignored_lines() const {
  std::size_t sum = 0;
  for (const auto& [code, lines] : ignored)
    sum += lines;
  return sum;
}

std::size_t order_log::lines(event_kind kind) const {
  std::size_t sum = 0;
  for (const auto& event : events)
    if (event.kind == kind) sum += event.lines.size();
  return sum;
}

result<order_log> read_order_log(std::istream& from) {
  csv_reader reader{from};
  const auto first = reader.next();
  if (!first || !*first || !std::ranges::equal((*first)->fields, header))
    return make_error(error_code::malformed,
                      "this is no order log: the header InvoiceNo,StockCode,Description,"
                      "Quantity,InvoiceDate,UnitPrice,CustomerID,Country is expected");
  log_builder building;
  for (;;) {
    auto record = reader.next();
    if (!record) {
      building.add_bad(reader.line(), record.error().what);
      continue;
    }
    if (!*record) return building.take();
    const auto row = (*record)->line;
    building.add(row, std::move((*record)->fields));
  }
}

result<order_log> read_order_log_file(const std::string& path) {
  gzip_source file{path};
  if (!file.is_open()) return make_error(error_code::unavailable, fmt::format("{} cannot be opened", path));
  std::istream stream{&file};
  auto log = read_order_log(stream);
  if (!file.damage().empty())
    return make_error(error_code::corrupt, fmt::format("{}: {}", path, file.damage()));
  if (!log) return make_error(log.error().code, fmt::format("{}: {}", path, log.error().what));
  return log;
}

order_log first_orders(const order_log& log, std::size_t orders) {
  order_log kept;
  kept.rows = log.rows;
  kept.ignored = log.ignored;
  kept.bad = log.bad;
  kept.bad_rows = log.bad_rows;
  std::unordered_map<std::uint32_t, std::uint32_t> places;
  for (const auto& event : log.events) {
    if (event.kind == event_kind::order && orders-- == 0) break;
    auto& copy = kept.events.emplace_back(event);
    for (auto& line : copy.lines) {
      const auto [found, added] = places.try_emplace(line.sku, static_cast<std::uint32_t>(kept.skus.size()));
      if (added) kept.skus.push_back(log.skus[line.sku]);
      line.sku = found->second;
    }
  }
  return kept;
}

} // namespace lockstep::app::demo
