#include "app/demo/order_generator.hpp"

#include "app/demo/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace lockstep::app::demo {

using engine::quantity;

namespace {

using namespace std::chrono_literals;

constexpr log_time first_day = std::chrono::sys_days{std::chrono::year{2011} / 11 / 28};
// Calendar days after the first on which the shop trades: no Saturday.
constexpr std::array<int, 11> trading_days{0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11};
constexpr auto opens = 8h;
constexpr auto closes = 18h;

// How many SKUs sell how fast, and in how many lines on average.
struct speed_class {
  std::size_t skus;
  double units_per_day_min, units_per_day_max; // per calendar day, first to last sale
  int lines_min, lines_max;
};

constexpr std::array speed_classes{
    speed_class{816, 10.5, 90, 12, 43},
    speed_class{1'468, 1.05, 9.5, 2, 15},
    speed_class{268, 0.2, 0.9, 2, 3},
};

// Lines of an order as (share of orders, at most so many lines), logarithmic in between.
constexpr std::array<std::pair<double, double>, 5> order_lengths{
    {{0.0, 1}, {0.5, 15}, {0.9, 54}, {0.99, 219}, {1.0, 600}}};

constexpr double cancellations_share = 0.14; // of all invoices
constexpr double sold_before_share = 0.14;   // of their lines: nothing in the log is what they take back
constexpr std::size_t write_offs = 46;
constexpr std::size_t finds = 20;
constexpr std::size_t web_shop_lines = 150; // the web shop's invoices are long: a day's orders in one
constexpr int customers = 800;

struct sale {
  std::uint32_t sku = 0;
  quantity units = 0;
};

class generator {
 public:
  explicit generator(std::uint64_t seed) : chance_(seed) {}

  order_log run();

 private:
  void make_skus();
  void plan_sales(std::uint32_t sku, const speed_class& speed);
  void sell_day(std::size_t day);
  void cancel();
  void adjust(event_kind kind, const std::vector<std::string>& reasons);
  log_event& add(event_kind kind, log_time at);
  std::size_t order_length();
  log_time some_time(std::size_t day);

  std::string next_invoice() { return fmt::format("{}", ++invoice_); }

  chance chance_;
  order_log log_;
  std::array<std::vector<sale>, trading_days.size()> days_;
  int invoice_ = 579'000;
};

order_log generator::run() {
  make_skus();
  for (std::size_t day = 0; day < days_.size(); ++day)
    sell_day(day);
  const auto orders = log_.events.size();
  const auto cancelled = static_cast<std::size_t>(
      std::lround(static_cast<double>(orders) * cancellations_share / (1 - cancellations_share)));
  for (std::size_t i = 0; i < cancelled; ++i)
    cancel();
  for (std::size_t i = 0; i < write_offs; ++i)
    adjust(event_kind::write_off, {"damaged", "check", "thrown away", "?"});
  for (std::size_t i = 0; i < finds; ++i)
    adjust(event_kind::found, {"found", "adjustment", "check"});
  std::ranges::stable_sort(log_.events, {}, &log_event::at);
  return std::move(log_);
}

void generator::make_skus() {
  for (const auto& speed : speed_classes)
    for (std::size_t i = 0; i < speed.skus; ++i) {
      const auto place = static_cast<std::uint32_t>(log_.skus.size());
      log_.skus.push_back(
          {fmt::format("{}{}", 20'000 + place, i % 9 == 0 ? "A" : ""), fmt::format("ARTICLE {}", place)});
      plan_sales(place, speed);
    }
}

// Days first, because the span between the first and the last is what the rate is measured over.
void generator::plan_sales(std::uint32_t sku, const speed_class& speed) {
  const auto count = static_cast<std::size_t>(chance_.whole(speed.lines_min, speed.lines_max));
  std::vector<std::size_t> at;
  const bool slow = speed.units_per_day_max < 1;
  if (slow)
    at = {static_cast<std::size_t>(chance_.whole(0, 4)), static_cast<std::size_t>(chance_.whole(8, 10))};
  while (at.size() < count)
    at.push_back(static_cast<std::size_t>(chance_.whole(0, trading_days.size() - 1)));
  const auto [first, last] = std::ranges::minmax(at);
  const auto span = trading_days[last] - trading_days[first] + 1;
  const auto rate =
      speed.units_per_day_min * std::pow(speed.units_per_day_max / speed.units_per_day_min, chance_.real());
  auto left = std::max<quantity>(static_cast<quantity>(std::ceil(rate * span)), static_cast<quantity>(count));
  if (slow) left = static_cast<quantity>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto others = static_cast<quantity>(count - i - 1);
    const auto share = static_cast<double>(left - others) / static_cast<double>(others + 1);
    const auto units =
        others == 0 ? left
                    : std::clamp<quantity>(std::lround(share * chance_.between(0.3, 1.7)), 1, left - others);
    days_[at[i]].push_back({sku, units});
    left -= units;
  }
}

std::size_t generator::order_length() {
  const auto share = chance_.real();
  for (std::size_t i = 1; i < order_lengths.size(); ++i) {
    const auto [from_share, from] = order_lengths[i - 1];
    const auto [to_share, to] = order_lengths[i];
    if (share < to_share)
      return static_cast<std::size_t>(
          std::lround(from * std::pow(to / from, (share - from_share) / (to_share - from_share))));
  }
  return static_cast<std::size_t>(order_lengths.back().second);
}

log_time generator::some_time(std::size_t day) {
  const auto open = std::chrono::duration_cast<std::chrono::minutes>(closes - opens).count();
  return first_day + std::chrono::days{trading_days[day]} + opens +
         std::chrono::minutes{chance_.whole(0, open - 1)};
}

log_event& generator::add(event_kind kind, log_time at) {
  auto& event = log_.events.emplace_back();
  event.kind = kind;
  event.at = at;
  return event;
}

void generator::sell_day(std::size_t day) {
  auto& sales = days_[day];
  chance_.shuffle(sales);
  for (std::size_t from = 0; from < sales.size();) {
    const auto length = std::min(order_length(), sales.size() - from);
    auto& order = add(event_kind::order, some_time(day));
    order.invoice = next_invoice();
    order.customer = fmt::format("{}", 12'000 + chance_.whole(0, customers - 1));
    order.web_shop = length > web_shop_lines && chance_.happens(0.6);
    for (std::size_t i = 0; i < length; ++i)
      order.lines.push_back({++log_.rows, sales[from + i].sku, sales[from + i].units});
    if (order.web_shop) ++log_.rows, ++log_.ignored["DOT"];
    if (!order.web_shop && chance_.happens(0.1)) ++log_.rows, ++log_.ignored["POST"];
    from += length;
  }
}

// Parts of an earlier order, soon after it or days later.
void generator::cancel() {
  const auto orders = static_cast<std::int64_t>(log_.events.size());
  const log_event* of = nullptr;
  do
    of = &log_.events[static_cast<std::size_t>(chance_.whole(0, orders - 1))];
  while (of->kind != event_kind::order);
  const auto of_place = static_cast<std::size_t>(of - log_.events.data());
  const auto wait = chance_.happens(0.3) ? std::chrono::minutes{chance_.whole(5, 60)}
                                         : std::chrono::minutes{chance_.whole(60, 4 * 24 * 60)};
  const auto latest = first_day + std::chrono::days{trading_days.back()} + closes;
  auto& back = add(event_kind::cancellation, std::min<log_time>(of->at + wait, latest));
  const auto& order = log_.events[of_place];
  back.invoice = fmt::format("C{}", next_invoice());
  const bool sold_before = chance_.happens(sold_before_share);
  back.customer = sold_before ? "11000" : order.customer;
  const auto count = std::min<std::size_t>(static_cast<std::size_t>(chance_.whole(1, 4)), order.lines.size());
  const auto first =
      static_cast<std::size_t>(chance_.whole(0, static_cast<std::int64_t>(order.lines.size() - count)));
  for (std::size_t i = first; i < first + count; ++i) {
    const auto& line = order.lines[i];
    const auto units = chance_.happens(0.3) ? line.units : chance_.whole(1, line.units);
    back.lines.push_back({++log_.rows, line.sku, units});
  }
}

void generator::adjust(event_kind kind, const std::vector<std::string>& reasons) {
  auto& event = add(kind, some_time(static_cast<std::size_t>(chance_.whole(0, trading_days.size() - 1))));
  event.invoice = next_invoice();
  event.reason = chance_.of(reasons);
  const auto sku =
      static_cast<std::uint32_t>(chance_.whole(0, static_cast<std::int64_t>(log_.skus.size()) - 1));
  event.lines.push_back({++log_.rows, sku, chance_.whole(1, 30)});
}

} // namespace

order_log generate_orders(std::uint64_t seed) {
  return generator{seed}.run();
}

} // namespace lockstep::app::demo
