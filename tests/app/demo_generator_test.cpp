// The made-up log has the profile that was published for the real one.
#include "app/demo/order_generator.hpp"
#include "app/demo/pace.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace lockstep::app::demo;

namespace {

struct sku_sales {
  std::chrono::sys_days first = std::chrono::sys_days::max();
  std::chrono::sys_days last = std::chrono::sys_days::min();
  std::int64_t units = 0;

  [[nodiscard]] double per_day() const {
    return static_cast<double>(units) / static_cast<double>((last - first).count() + 1);
  }
};

std::map<std::uint32_t, sku_sales> sales_of(const order_log& log) {
  std::map<std::uint32_t, sku_sales> sales;
  for (const auto& event : log.events) {
    if (event.kind != event_kind::order) continue;
    for (const auto& line : event.lines) {
      auto& of = sales[line.sku];
      const auto day = std::chrono::floor<std::chrono::days>(event.at);
      of.first = std::min(of.first, day);
      of.last = std::max(of.last, day);
      of.units += line.units;
    }
  }
  return sales;
}

std::size_t events(const order_log& log, event_kind kind) {
  return static_cast<std::size_t>(std::ranges::count(log.events, kind, &log_event::kind));
}

// True when `value` is within `share` of `published`.
bool about(double value, double published, double share) {
  INFO(value << " against " << published);
  return value >= published * (1 - share) && value <= published * (1 + share);
}

} // namespace

TEST_CASE("order generator: SKUs sell as fast as was published") {
  for (const auto seed : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}}) {
    const auto log = generate_orders(seed);
    const auto sales = sales_of(log);
    INFO("seed " << seed);
    CHECK(sales.size() == 2'552);
    const auto fast = std::ranges::count_if(sales, [](const auto& s) { return s.second.per_day() > 10; });
    const auto slow = std::ranges::count_if(sales, [](const auto& s) { return s.second.per_day() < 1; });
    CHECK(about(static_cast<double>(fast), 816, 0.03));
    CHECK(slow == 268);
  }
}

TEST_CASE("order generator: orders are as long as was published") {
  const auto log = generate_orders(1);
  std::vector<double> lengths;
  for (const auto& event : log.events)
    if (event.kind == event_kind::order) lengths.push_back(static_cast<double>(event.lines.size()));
  std::ranges::sort(lengths);
  const auto at = [&](double share) {
    return lengths[static_cast<std::size_t>(share * static_cast<double>(lengths.size() - 1))];
  };
  CHECK(about(at(0.5), 15, 0.2));
  CHECK(about(at(0.9), 54, 0.2));
  CHECK(about(at(0.99), 219, 0.4));
}

TEST_CASE("order generator: cancellations, write-offs, days and rows are as many as was published") {
  const auto log = generate_orders(1);
  const auto orders = static_cast<double>(events(log, event_kind::order));
  const auto cancelled = static_cast<double>(events(log, event_kind::cancellation));
  CHECK(about(cancelled / (orders + cancelled), 0.14, 0.02));
  CHECK(events(log, event_kind::write_off) == 46);
  CHECK(events(log, event_kind::found) > 0);
  CHECK(about(static_cast<double>(log.rows), 36'600, 0.04));
  std::set<std::chrono::sys_days> days;
  for (const auto& event : log.events)
    if (event.kind == event_kind::order) days.insert(std::chrono::floor<std::chrono::days>(event.at));
  CHECK(days.size() == 11);
}

TEST_CASE("order generator: what is cancelled was ordered before by that customer, in most cases") {
  const auto log = generate_orders(1);
  std::map<std::pair<std::string, std::uint32_t>, std::int64_t> bought;
  std::size_t known = 0;
  std::size_t lines = 0;
  for (const auto& event : log.events)
    for (const auto& line : event.lines) {
      auto& units = bought[{event.customer, line.sku}];
      if (event.kind == event_kind::order) units += line.units;
      if (event.kind != event_kind::cancellation) continue;
      ++lines;
      if (units >= line.units) ++known;
    }
  CHECK(known > lines * 7 / 10);
  CHECK(known < lines);
}

TEST_CASE("order generator: one seed is one log, another is another") {
  const auto a = generate_orders(7);
  const auto b = generate_orders(7);
  const auto c = generate_orders(8);
  REQUIRE(a.events.size() == b.events.size());
  for (std::size_t i = 0; i < a.events.size(); ++i) {
    REQUIRE(a.events[i].at == b.events[i].at);
    REQUIRE(a.events[i].invoice == b.events[i].invoice);
    REQUIRE(a.events[i].lines.size() == b.events[i].lines.size());
  }
  CHECK(a.rows != c.rows);
  CHECK(std::ranges::is_sorted(a.events, {}, &log_event::at));
}

TEST_CASE("pace: speed is log seconds per second, or a time for everything") {
  CHECK(parse_speed("3000")->factor == 3000.0);
  CHECK(parse_speed("90s")->total == std::chrono::seconds{90});
  CHECK(parse_speed("5min")->total == std::chrono::minutes{5});
  CHECK(parse_speed("2 minutes")->total == std::chrono::minutes{2});
  CHECK(parse_speed("1.5m")->total == std::chrono::seconds{90});
  for (const auto* wrong : {"", "fast", "0", "-1", "5 parsecs", "5minx", "1e99"}) {
    INFO(wrong);
    CHECK_FALSE(parse_speed(wrong).has_value());
  }
}

TEST_CASE("pace: nights take no time, and everything ends when it was told to") {
  order_log log;
  const log_time start{std::chrono::hours{100'000}};
  for (const auto after :
       {std::chrono::minutes{0}, std::chrono::minutes{10}, std::chrono::minutes{10 + 14 * 60}})
    log.events.push_back({event_kind::order, start + after, "1", "", "", false, {{1, 0, 1}}});
  const pace a_second{log, *parse_speed("1s")};
  CHECK(a_second.length() == std::chrono::minutes{40}); // ten, and thirty for the night
  CHECK(a_second.at(1) == std::chrono::minutes{10});
  CHECK(std::abs(a_second.real(a_second.length()).count() - 1) < 0.001);
  CHECK(a_second.factor() == Approx(2400));
  CHECK(a_second.scaled(std::chrono::minutes{15}) == std::chrono::milliseconds{375});
  const pace real{log, *parse_speed("1")};
  CHECK(real.real(real.at(1)) == std::chrono::minutes{10});
}
